"""`metricbox export` and `metricbox import`.

What works on data is imported when a command runs: the agent starts by the same command line and shall not pay for it.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from metricbox.errors import CommandError, UsageError

if TYPE_CHECKING:
    from metricbox.transfer.connection import Connection
    from metricbox.transfer.importing import Progress, Report

Command = TypeVar("Command", bound=Callable[..., Any])

FORMATS = ("jsonl", "line", "prometheus", "csv", "parquet")
_HOUR_MS = 3_600_000


def _server_options(command: Command) -> Command:
    for option in (
        click.option("--config", type=click.Path(path_type=Path), envvar="METRICBOX_CONFIG", hidden=True),
        click.option(
            "--data",
            default=None,
            metavar="FOLDER",
            help="Data folder of the server on this machine; the default of `metricbox serve`.",
        ),
        click.option("--token", envvar="METRICBOX_TOKEN", default=None, help="Token for --server."),
        click.option(
            "--server",
            envvar="METRICBOX_SERVER",
            default=None,
            metavar="URL",
            help="A server elsewhere, like http://box:8642. Without it: the one on --data.",
        ),
    ):
        command = option(command)
    return command


@contextmanager
def _connect(scope: str, given: dict[str, Any]) -> "Iterator[Connection]":
    from metricbox.settings import load_settings
    from metricbox.transfer.connection import connect

    flags = {} if given["data"] is None else {"data": str(given["data"])}
    folder = load_settings(flags, config_file=given["config"]).settings.data
    with connect(
        given["server"], given["token"], folder, scope, lambda text: click.echo(text, err=True)
    ) as one:
        yield one


@click.group("export")
def export_group() -> None:
    """Take metrics, dashboards and rules out, as files."""


@export_group.command("metrics")
@click.argument("matches", metavar="SELECTOR...", nargs=-1, required=True)
@click.option(
    "--start", default=None, help="ISO 8601, milliseconds, or now-7d; all that is kept when absent."
)
@click.option("--end", default=None, help="Likewise; not part of the range.")
@click.option("--tier", type=click.Choice(["raw", "1min", "1hour"]), default="raw", show_default=True,
              help="Samples as they came, or the averages of a rollup.")  # fmt: skip
@click.option("--format", "format_name", type=click.Choice(FORMATS), default=None,
              help="jsonl, or what the name of the file says.")  # fmt: skip
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), default=None,
              help="File; standard output when absent.")  # fmt: skip
@_server_options
def export_metrics(
    matches: tuple[str, ...],
    start: str | None,
    end: str | None,
    tier: str,
    format_name: str | None,
    output: Path | None,
    **given: Any,
) -> None:
    """Samples of every series that a selector selects, such as cpu, 'disk{host="web3"}' or '{job="x"}'."""
    from metricbox.transfer.exporting import export_file
    from metricbox.transfer.readers import guess_format

    if format_name is None:
        format_name = "jsonl" if output is None else guess_format(output)
    parameters = {"tier": tier} | {name: value for name, value in (("start", start), ("end", end)) if value}
    counted = _Counter("samples")
    with _connect("read", given) as connection:
        exported = export_file(connection, matches, parameters, format_name, output, counted.add)
    counted.end()
    if exported.left_out:
        click.echo(f"{exported.left_out} samples left out: {format_name} cannot hold them", err=True)
    if not exported.samples:
        raise CommandError("nothing was found; is the selector right, and the range?")


@export_group.command("dashboards")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), default=None)
@_server_options
def export_dashboards(output: Path | None, **given: Any) -> None:
    """Every dashboard, as JSON."""
    from metricbox.transfer import objects

    with _connect("admin", given) as connection:
        _write_json(objects.export_dashboards(connection), output, "dashboards")


@export_group.command("rules")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), default=None)
@_server_options
def export_rules(output: Path | None, **given: Any) -> None:
    """Every alert rule, as JSON, without its channels."""
    from metricbox.transfer import objects

    with _connect("admin", given) as connection:
        _write_json(objects.export_rules(connection), output, "rules")


@click.group("import")
def import_group() -> None:
    """Take metrics, dashboards and rules in."""


@import_group.command("metrics")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--format", "format_name", type=click.Choice(FORMATS), default=None,
              help="What the name of the file says when absent.")  # fmt: skip
@click.option("--precision", type=click.Choice(["ns", "us", "ms", "s"]), default=None,
              help="Unit of the time stamps of line protocol; told by their size when absent.")  # fmt: skip
@click.option("--values", "value_columns", default="", metavar="NAMES",
              help="Of tables: columns that are metrics, divided by commas.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Read everything, send nothing, say what would be taken.")
@click.option("--restart", is_flag=True, help="Begin a file anew that was imported in part.")
@_server_options
def import_metrics(
    files: tuple[Path, ...],
    format_name: str | None,
    precision: str | None,
    value_columns: str,
    *,
    dry_run: bool,
    restart: bool,
    **given: Any,
) -> None:
    """Samples from files. A file that was interrupted goes on where it was."""
    from metricbox.transfer.readers import Source, guess_format

    columns = [name.strip() for name in value_columns.split(",") if name.strip()]
    sources = [Source(path, format_name or guess_format(path), columns) for path in files]
    if dry_run:
        _try_files(sources, precision, given)
        return
    from metricbox.transfer.importing import Mark, Report, import_file

    report = Report()
    with _connect("ingest", given) as connection:
        for source in sources:
            mark = Mark(source)
            start = 0 if restart else mark.read()
            if start:
                click.echo(f"{source.path}: going on where an earlier import ended", err=True)
            _follow(source, import_file(source, connection, precision, start), report, start, mark.write)
            mark.clear()
    _tell(report)


def _try_files(sources: list[Any], precision: str | None, given: dict[str, Any]) -> None:
    from metricbox.transfer.dry_run import DryRun
    from metricbox.transfer.importing import Report, import_file
    from metricbox.transfer.writers import format_time

    trial = DryRun(_read_retention_ms(given))
    report = Report()
    for source in sources:
        _follow(source, import_file(source, trial, precision), report, 0, lambda _: None)
    click.echo(f"{trial.samples} samples of {trial.series} series would be taken")
    if trial.oldest_ms is not None and trial.newest_ms is not None:
        click.echo(f"from {format_time(trial.oldest_ms)} to {format_time(trial.newest_ms)}")
    for reason, count in trial.refused.most_common():
        click.echo(f"{count} would be refused: {reason}")
    if trial.refused.get("too_old"):
        click.echo(
            "raise the retention of raw samples for the import to take these, see docs/import-export.md"
        )
    _tell(report)


def _read_retention_ms(given: dict[str, Any]) -> int | None:
    """Of raw samples; None where nobody tells."""
    from metricbox.durations import parse_duration_ms

    try:
        with _connect("read", given) as connection:
            rows = connection.get("/api/v1/storage/retention")
        return parse_duration_ms(str(rows["metrics_raw"]))
    except (CommandError, UsageError, KeyError, TypeError, ValueError):
        click.echo("no server was asked: what is too old for it is not known", err=True)
        return None


@import_group.command("prometheus")
@click.argument("url")
@click.option(
    "--match", "matches", multiple=True, default=('{__name__!=""}',), help="Selector; may be repeated."
)
@click.option("--start", required=True, help="ISO 8601, milliseconds, or now-7d.")
@click.option("--end", default="now", show_default=True)
@click.option("--bearer-token", envvar="METRICBOX_SOURCE_TOKEN", default=None, help="For the other server.")
@click.option("--insecure", is_flag=True, help="Believe any certificate of the other server.")
@_server_options
def import_prometheus(
    url: str,
    matches: tuple[str, ...],
    start: str,
    end: str,
    bearer_token: str | None,
    *,
    insecure: bool,
    **given: Any,
) -> None:
    """Samples of another server that speaks Prometheus's API; URL is what goes before /api/v1."""
    from metricbox.transfer.importing import Report, import_blocks
    from metricbox.transfer.prometheus import PrometheusServer

    start_ms, end_ms = _read_time("--start", start), _read_time("--end", end)
    if end_ms <= start_ms:
        raise UsageError("--end must be after --start")
    headers = {} if bearer_token is None else {"Authorization": f"Bearer {bearer_token}"}
    report = Report()
    other = PrometheusServer(url, headers, is_verified=not insecure)
    try:
        names = other.find_names(matches, start_ms, end_ms)
        if not names:
            raise CommandError(f"{url} has no metrics that match in this range")
        with _connect("ingest", given) as connection:
            hours = -(-(end_ms - start_ms) // _HOUR_MS)
            steps = import_blocks(other.read(matches, names, start_ms, end_ms), connection)
            with click.progressbar(length=hours, label=f"{len(names)} metrics", file=sys.stderr) as bar:
                done = 0
                for progress in steps:
                    report.note(progress)
                    bar.update(progress.piece.end - done)
                    done = progress.piece.end
    finally:
        other.close()
    _tell(report)


@import_group.command("dashboards")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@_server_options
def import_dashboards(file: Any, **given: Any) -> None:
    """Dashboards from JSON: an export, one dashboard, or a dashboard of Grafana."""
    _import_objects(file.read(), "/api/v1/dashboards/import", given)


@import_group.command("rules")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@_server_options
def import_rules(file: Any, **given: Any) -> None:
    """Alert rules from JSON, as an export has them. They have no channels until somebody gives them some."""
    _import_objects(file.read(), "/api/v1/alerts/rules", given)


def _import_objects(text: str, path: str, given: dict[str, Any]) -> None:
    from metricbox.transfer.objects import import_objects, read_objects

    objects = read_objects(text)
    failed = 0
    with _connect("admin", given) as connection:
        for name, fault in import_objects(connection, path, objects):
            failed += bool(fault)
            click.echo(f"{name}: {fault or 'taken'}")
    if failed:
        raise CommandError(f"{failed} of {len(objects)} were refused")


# ---- what is shown while it works, and after


def _follow(
    source: Any,
    steps: "Iterator[Progress]",
    report: "Report",
    start: int,
    mark: Callable[[int], None],
) -> None:
    from metricbox.transfer.readers import size_of

    size = size_of(source)
    if size is None:
        counted = _Counter("bytes")
        for progress in steps:
            report.note(progress)
            mark(progress.piece.end)
            counted.add(len(progress.piece.body))
        counted.end()
        return
    with click.progressbar(length=max(size, 1), label=source.path.name, file=sys.stderr) as bar:
        bar.update(start)
        done = start
        for progress in steps:
            report.note(progress)
            mark(progress.piece.end)
            bar.update(progress.piece.end - done)
            done = progress.piece.end


def _tell(report: "Report") -> None:
    sentences = list(report.describe())
    for sentence in sentences:
        click.echo(sentence, err=True)
    if report.refusals:
        raise CommandError("some samples were refused, as said above; what is not named there was taken")


class _Counter:
    """A count on a terminal, where it is not known how much there will be."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._total = 0
        self._shown_s = 0.0
        self._is_terminal = sys.stderr.isatty()

    def add(self, count: int) -> None:
        self._total += count
        if self._is_terminal and time.monotonic() - self._shown_s > 0.2:
            self._shown_s = time.monotonic()
            click.echo(f"\r{self._total:,} {self._what}", err=True, nl=False)

    def end(self) -> None:
        click.echo(f"{chr(13) if self._is_terminal else ''}{self._total:,} {self._what}", err=True)


def _read_time(option: str, text: str) -> int:
    from metricbox.query.times import parse_time_ms

    try:
        return parse_time_ms(text, time.time_ns() // 1_000_000)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error


def _write_json(objects: list[Any], output: Path | None, what: str) -> None:
    import json

    text = json.dumps(objects, indent=2, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{output} cannot be written: {error.strerror}") from error
    click.echo(f"{len(objects)} {what}", err=True)
