"""The command `metricbox agent`: its options, and what it refuses before anything runs.

Imports nothing that measuring does not need; the rest of the program does not come into memory.
"""

import logging
import os
import re
import signal
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from metricbox.durations import parse_duration_ms
from metricbox.errors import CommandError, UsageError
from metricbox.sizes import parse_bytes

Command = TypeVar("Command", bound=Callable[..., Any])

_LABEL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_OWN_LABELS = {"instance": "--host-name names the host", "job": "it says who measured"}
_MIN_INTERVAL_MS, _MAX_INTERVAL_MS = 1_000, 3_600_000
_MIN_SPOOL_BYTES = 1_000_000
# The end must come within 2 s, whatever a disk or a mount is doing.
_END_S = 1.5

_PATH = click.Path(path_type=Path)


def _measuring(command: Command) -> Command:
    """Options about what is measured."""
    options = [
        click.option("--interval", default="10s", show_default=True,
                     help="How often to measure."),
        click.option("--host-name", default=None,
                     help="What the host is called, its tag instance; default: the system's own name."),
        click.option("--label", "labels", multiple=True, metavar="NAME=VALUE",
                     help="A tag for every series. May be repeated."),
        click.option("--textfile", type=_PATH, default=None,
                     help="Folder with *.prom files that other programs write."),
        click.option("--scrape", "targets", multiple=True, metavar="[JOB=]URL",
                     help="Metrics of a program, as Prometheus would scrape them. May be repeated."),
        click.option("--ca-file", type=_PATH, default=None,
                     help="Certificates (PEM) that are trusted instead of the system's."),
        click.option("--insecure", is_flag=True, help="Take any certificate. For trying things out."),
    ]  # fmt: skip
    return _with(options, command)


def _sending(command: Command) -> Command:
    """Options about where it goes."""
    options = [
        click.option("--server", default=None, metavar="URL", envvar="METRICBOX_SERVER",
                     help="The server's address, as in the browser.  [METRICBOX_SERVER]"),
        click.option("--token", default=None, envvar="METRICBOX_TOKEN",
                     help="A token of scope ingest. Other users of this machine see arguments: better by "
                     "the environment or --token-file.  [METRICBOX_TOKEN]"),
        click.option("--token-file", type=_PATH, default=None,
                     help="A file that holds the token alone."),
        click.option("--spool", type=_PATH, default=None,
                     help="Folder for what the server has not taken yet; default: metricbox-agent in the "
                     "user's state directory."),
        click.option("--spool-size", default="100MB", show_default=True,
                     help="Most that may be held; the oldest goes first."),
        click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True,
                     help="One line, or one JSON object, for each message."),
    ]  # fmt: skip
    return _with(options, command)


def _with(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


@click.group("agent", invoke_without_command=True)
@_sending
@_measuring
@click.option("--once", is_flag=True, help="Measure and push once; exit 1 when it was not taken.")
@click.option("--dry-run", is_flag=True, help="Measure once and print what would be pushed; needs no server.")
@click.pass_context
def agent(context: click.Context, /, *, once: bool, dry_run: bool, **given: Any) -> None:
    """Push the metrics of this machine to a metricbox server."""
    if context.invoked_subcommand is not None:
        if any(
            context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
            for name in context.params
        ):
            raise UsageError(f"put the options behind {context.invoked_subcommand}")
        return
    from metricbox.log import setup_logging

    setup_logging(given["log_format"])
    if dry_run:
        _print_once(given)
    else:
        _push(given, is_once=once)


@agent.command("install")
@_sending
@_measuring
@click.option("--print", "is_shown", is_flag=True, help="Show the files, and write nothing.")
@click.option("--root", type=_PATH, default=Path("/"), help="Write below this folder, and start nothing.")
def install(*, is_shown: bool, root: Path, **given: Any) -> None:
    """Make the agent a systemd service that starts with the machine."""
    from metricbox.agent.remote import service_unit

    server, token = _read_server(given), _read_token(given)
    _read_options(given)
    _read_spool_bytes(given)
    service = service_unit.Service(
        [*service_unit.find_program(), "agent", *_arguments_of(given)], str(server), token
    )
    if is_shown:
        click.echo(service.describe(), nl=False)
        return
    for line in service_unit.install(service, root):
        click.echo(line)


@agent.command("uninstall")
@click.option("--root", type=_PATH, default=Path("/"), help="Work below this folder.")
def uninstall(*, root: Path) -> None:
    """Stop the service and remove its files. The spool stays."""
    from metricbox.agent.remote import service_unit

    for line in service_unit.uninstall(root):
        click.echo(line)


# ---- what runs


def _print_once(given: dict[str, Any]) -> None:
    from metricbox.agent.remote.agent import measure_once, show_samples
    from metricbox.clock import SystemClock

    options = _read_options(given)
    click.echo(show_samples(measure_once(options, SystemClock()), options.labels), nl=False)


def _push(given: dict[str, Any], *, is_once: bool) -> None:
    from metricbox.agent.remote.agent import RemoteAgent
    from metricbox.clock import SystemClock

    remote = RemoteAgent(
        _read_options(given),
        _read_server(given),
        _read_token(given),
        _spool_folder(given["spool"]),
        _read_spool_bytes(given),
        SystemClock(),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, partial(_end, remote))
    if not is_once:
        remote.run()
    elif not remote.run_once():
        raise CommandError("the server did not take everything; the spool keeps it for the next time")


def _end(remote: Any, _number: int, _frame: object) -> None:
    """Of a signal. What is measured is in the spool already, so that nothing is lost by not waiting."""
    remote.stop.set()
    watch = threading.Timer(_END_S, _end_now)
    watch.daemon = True
    watch.start()


def _end_now() -> NoReturn:
    logging.shutdown()
    os._exit(0)


# ---- what was given


def _read_options(given: dict[str, Any]) -> Any:
    from metricbox.agent.host import find_host_name
    from metricbox.agent.remote.address import make_tls_context
    from metricbox.agent.remote.agent import AgentOptions
    from metricbox.agent.remote.scrape import MAX_TARGETS, parse_target

    host_name = given["host_name"] or find_host_name()
    interval_ms = _parse("--interval", parse_duration_ms, given["interval"])
    if not _MIN_INTERVAL_MS <= interval_ms <= _MAX_INTERVAL_MS:
        raise UsageError("--interval must be from 1s to 1h")
    targets = [
        _parse("--scrape", partial(parse_target, host_name=host_name), text) for text in given["targets"]
    ]
    if len(targets) > MAX_TARGETS:
        raise UsageError(f"--scrape may be given {MAX_TARGETS} times")
    if len({(target.job, target.instance) for target in targets}) < len(targets):
        raise UsageError(
            "--scrape: two targets have the same job and instance; name them, as in --scrape db=URL"
        )
    if given["textfile"] is not None and not given["textfile"].is_dir():
        raise UsageError(f"--textfile: {given['textfile']} is no folder")
    urls = [given.get("server") or "", *given["targets"]]
    context = None
    if given["ca_file"] is not None or any("https:" in url for url in urls):
        try:
            context = make_tls_context(given["ca_file"], is_verified=not given["insecure"])
        except OSError as error:
            raise UsageError(f"--ca-file: no certificates can be read from {given['ca_file']}") from error
    return AgentOptions(
        host_name, interval_ms, _read_labels(given["labels"]), given["textfile"], targets, context
    )


def _read_labels(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    labels: dict[str, str] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not value or not _LABEL_NAME.fullmatch(name) or name.startswith("__"):
            raise UsageError(f"--label: {text!r} is not like room=cellar")
        if name in _OWN_LABELS:
            raise UsageError(f"--label: {name} is set by the agent; {_OWN_LABELS[name]}")
        labels[name] = value
    return tuple(sorted(labels.items()))


def _read_server(given: dict[str, Any]) -> Any:
    from metricbox.agent.remote.address import parse_http_address

    if not given["server"]:
        raise UsageError("--server is needed: the server's address, like http://box:8642")
    address = _parse("--server", parse_http_address, given["server"])
    if address.authorization:
        raise UsageError(
            "--server must not hold a password; the token goes by --token, METRICBOX_TOKEN or --token-file"
        )
    return address._replace(path=address.path.rstrip("/"))


def _read_token(given: dict[str, Any]) -> str:
    token, path = given["token"], given["token_file"]
    if token and path is not None:
        raise UsageError("--token and --token-file (or METRICBOX_TOKEN) are given both; leave one out")
    if path is not None:
        try:
            token = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"--token-file: {path} cannot be read") from error
    token = (token or "").strip()
    if not token:
        raise UsageError("a token is needed: --token, METRICBOX_TOKEN or --token-file")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError("the token has characters that no token has; it is one word, like mbx_…")
    return str(token)


def _read_spool_bytes(given: dict[str, Any]) -> int:
    size_bytes: int = _parse("--spool-size", parse_bytes, given["spool_size"])
    if size_bytes < _MIN_SPOOL_BYTES:
        raise UsageError("--spool-size must be 1MB or more")
    return size_bytes


def _parse(option: str, parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error


def _spool_folder(given: Path | None) -> Path:
    if given is not None:
        return given.expanduser()
    # systemd names the folder that it made for the service.
    state = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    if state:
        return Path(state)
    base = os.environ.get("XDG_STATE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".local" / "state") / "metricbox-agent"


def _arguments_of(given: dict[str, Any]) -> list[str]:
    """The options of a service as they were given, but for what stands in its environment file."""
    words = []
    for name in ("interval", "host_name", "textfile", "ca_file", "spool", "spool_size", "log_format"):
        value = given[name]
        if isinstance(value, Path):
            value = value.expanduser().absolute()
        if value is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    for option, texts in (("--label", given["labels"]), ("--scrape", given["targets"])):
        for text in texts:
            words += [option, text]
    return [*words, "--insecure"] if given["insecure"] else words
