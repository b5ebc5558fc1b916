"""The command line: reads settings, runs a command, turns errors into one line and an exit code.

Exit codes: 0 done, 1 failed, 2 wrong use. Options for settings are made from the table in settings.py.
"""

import getpass
import platform
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version as library_version
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from metricbox import __version__
from metricbox.agent.command import agent
from metricbox.errors import CommandError, MetricboxError, UsageError
from metricbox.settings import MASK, EffectiveSettings, Row, list_rows, load_settings
from metricbox.transfer.commands import export_group, import_group

Command = TypeVar("Command", bound=Callable[..., Any])

LIBRARIES = ("sanic", "duckdb", "apsw", "numpy", "pydantic", "msgspec")


def main() -> NoReturn:
    """The entry point. Never shows a traceback for an error that a person can act on."""
    try:
        code = cli.main(_with_default_command(sys.argv[1:]), prog_name="metricbox", standalone_mode=False)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.Abort:
        code = _complain("interrupted", 1)
    except click.exceptions.NoArgsIsHelpError as error:
        code = _complain(_name_commands(error), 2)
    except click.ClickException as error:
        code = _complain(error.format_message(), 2)
    except UsageError as error:
        code = _complain(error.message, 2)
    except MetricboxError as error:
        code = _complain(error.message, 1)
    except KeyboardInterrupt:
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


def _with_default_command(arguments: list[str]) -> list[str]:
    """`metricbox --data X` is `metricbox serve --data X`."""
    if arguments and arguments[0].startswith("-") and arguments[0] not in {"-h", "--help"}:
        return ["serve", *arguments]
    return arguments


def _complain(message: str, code: int) -> int:
    # One line, also for those messages of click that are several.
    click.echo(f"metricbox: {' '.join(message.split())}", err=True)
    return code


def _name_commands(error: click.exceptions.NoArgsIsHelpError) -> str:
    context = error.ctx
    group = context.command
    names = ", ".join(group.list_commands(context)) if isinstance(group, click.Group) else "its commands"
    return f"{context.command_path} needs one of {names}; `{context.command_path} --help` tells more"


def _with_settings(*names: str) -> Callable[[Command], Command]:
    """Options for the named settings (all when none is named) and `--config`; the command gets `effective`."""

    def decorate(command: Command) -> Command:
        for row in reversed([row for row in list_rows() if not names or row.name in names]):
            command = _option(row)(command)
        option = click.option(
            "--config",
            type=click.Path(path_type=Path),
            envvar="METRICBOX_CONFIG",
            help="Settings file in TOML.",
        )
        return option(command)

    return decorate


def _option(row: Row) -> Callable[[Command], Command]:
    text = f"{row.help}  [{row.environment_name}; default: {row.default_text or 'none'}]"
    if row.is_flag:
        name = row.option_name.removeprefix("--")
        return click.option(f"--{name}/--no-{name}", row.name, default=None, help=text)
    return click.option(row.option_name, row.name, default=None, metavar="TEXT", help=text)


def _load(config: Path | None, given: dict[str, Any]) -> EffectiveSettings:
    flags = {}
    for name, value in given.items():
        if isinstance(value, bool):
            flags[name] = "true" if value else "false"
        elif value is not None:
            flags[name] = str(value)
    return load_settings(flags, config_file=config)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """Metrics, dashboards and alerts for one site in one executable. Without a command it serves."""
    if context.invoked_subcommand is None:
        context.invoke(serve)


@cli.command()
@_with_settings()
def serve(config: Path | None = None, **given: Any) -> None:
    """Run the server, the browser pages and the built-in agent for this host."""
    from metricbox.app import run_server

    run_server(_load(config, given).settings)


cli.add_command(agent)


@cli.command("check-config")
@_with_settings()
def check_config(config: Path | None, **given: Any) -> None:
    """Print the effective settings, secrets masked, and where each came from."""
    effective = _load(config, given)
    rows = list_rows()
    width = max(len(row.name) for row in rows)
    for row in rows:
        value = getattr(effective.settings, row.name)
        shown = MASK if row.is_secret and value else row.show(value)
        click.echo(f"{row.name:<{width}} = {shown or '(empty)':<24} # {effective.origins[row.name]}")
    for job in effective.settings.scrape:
        for name, text in job.shown:
            click.echo(f"scrape {job.job}: {name} = {text or '(empty)':<24} # file")


@cli.command()
def version() -> None:
    """Print the version, the build and the versions of the libraries."""
    click.echo(f"metricbox {__version__}")
    click.echo(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    for name in LIBRARIES:
        click.echo(f"{name} {library_version(name)}")


def _run(command: str, arguments: dict[str, Any], config: Path | None, given: dict[str, Any]) -> Any:
    """Run a command of commands.py on the data folder: through the server when one runs there."""
    from metricbox.commands import run_on_folder

    return run_on_folder(_load(config, given).settings.data, command, arguments)


@cli.command()
@_with_settings()
def doctor(config: Path | None, **given: Any) -> None:
    """Look for damage: files, chunks, rollups, clock, disk. Exit 1 when something is wrong."""
    from metricbox.app import examine_files
    from metricbox.commands import run_on_folder

    settings = _load(config, given).settings
    faults = run_on_folder(
        settings.data, "doctor", {}, lambda appdb, clock: examine_files(settings, appdb, clock)
    )
    for fault in faults:
        click.echo(fault)
    if faults:
        msg = f"{len(faults)} faults found"
        raise CommandError(msg)
    click.echo("nothing is wrong")


@cli.command()
@click.option(
    "--timeout", default="2m", show_default=True, metavar="DURATION", help="For all steps together."
)
@click.option("--keep", is_flag=True, help="Leave the folder with its data there, and say where it is.")
def selftest(timeout: str, *, keep: bool) -> None:
    """Try this program on this machine: a throw-away server writes, queries, alerts, is killed, and loses nothing."""
    from metricbox.durations import parse_duration_ms
    from metricbox.selftest import run_selftest

    try:
        timeout_ms = parse_duration_ms(timeout)
    except ValueError as error:
        raise UsageError(f"--timeout: {error}") from error
    run_selftest(click.echo, timeout_ms=timeout_ms, keep=keep)


@cli.command()
@click.argument("name", required=False)
@click.option("--full", is_flag=True, help="Print every text.")
def licenses(name: str | None, *, full: bool) -> None:
    """List what metricbox is made of and under which terms; with a NAME, print the licence of that part."""
    from metricbox.licenses import find_licence, list_licences

    if name is None and not full:
        _print_table(("PART", "VERSION", "LICENCE"), [licence[:3] for licence in list_licences()])
        return
    for licence in list_licences() if name is None else [find_licence(name)]:
        click.echo(f"{licence.name} {licence.version}: {licence.terms}\n\n{licence.text}\n")


cli.add_command(export_group)
cli.add_command(import_group)


@cli.group()
def token() -> None:
    """API tokens for agents and scripts."""


@token.command("create")
@click.option("--name", required=True, help="What the token is for.")
@click.option(
    "--scope", required=True, type=click.Choice(["ingest", "read", "admin"]), help="What it may do."
)
@click.option("--owner", default=None, help="E-mail of the account that owns it; default: the first admin.")
@click.option("--expires", default=None, help="When it ends: after so long (90d), or at a time in ISO 8601.")
@click.option("--metric-prefix", default=None, help="With scope ingest: refuse metrics that do not begin so.")
@click.option(
    "--max-series",
    type=click.IntRange(min=1),
    default=None,
    help="With scope ingest: most series it may make.",
)
@click.option(
    "--relabel",
    type=click.File("r", encoding="utf-8"),
    default=None,
    help="With scope ingest: a YAML file with relabel rules as Prometheus has them, which change or drop what is sent.",
)
@_with_settings("data")
def token_create(config: Path | None, **given: Any) -> None:
    """Make a token and print it, alone, on standard output. It is shown this once."""
    names = ("name", "scope", "owner", "expires", "metric_prefix", "max_series")
    rules = _read_rules(given.pop("relabel"))
    arguments = {name: given.pop(name) for name in names} | {"relabel": rules}
    result = _run("token.create", arguments, config, given)
    click.echo(result["secret"])


@token.command("list")
@_with_settings("data")
def token_list(config: Path | None, **given: Any) -> None:
    """List the tokens, without their secrets."""
    _print_table(
        ("ID", "NAME", "SCOPE", "OWNER", "CREATED", "LAST USED", "EXPIRES", "LIMITS"),
        [
            (
                row["id"],
                row["name"],
                row["scope"],
                row["owner"],
                _day(row["createdMs"]),
                _day(row["lastUsedMs"]),
                _day(row["expiresMs"]),
                _limits(row),
            )
            for row in _run("token.list", {}, config, given)
        ],
    )


def _read_rules(file: Any) -> list[Any] | None:
    if file is None:
        return None
    import yaml

    try:
        rules = yaml.safe_load(file)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{file.name} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(rules, list):
        raise UsageError(f"{file.name} holds no list of rules; begin each with `- action: …`")
    return rules


def _limits(row: Mapping[str, Any]) -> str:
    limits = [f"{row['metricPrefix']}*"] if row["metricPrefix"] else []
    if row["maxSeries"] is not None:
        limits.append(f"{row['maxSeries']} series")
    if row.get("hasRules"):
        limits.append("relabelled")
    return ", ".join(limits) or "-"


@token.command("revoke")
@click.argument("token_id", metavar="ID")
@_with_settings("data")
def token_revoke(token_id: str, config: Path | None, **given: Any) -> None:
    """Revoke a token by its id (or by its name, where only one has it)."""
    _run("token.revoke", {"token": token_id}, config, given)


@cli.group()
def user() -> None:
    """Accounts."""


@user.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(["viewer", "editor", "admin"]), default="viewer", show_default=True)
@click.option("--password", default=None, help="Read from the terminal or standard input when not given.")
@_with_settings("data")
def user_add(email: str, role: str, password: str | None, config: Path | None, **given: Any) -> None:
    """Make an account."""
    arguments = {"email": email, "role": role, "password": password or _ask_password()}
    _run("user.add", arguments, config, given)


@user.command("list")
@_with_settings("data")
def user_list(config: Path | None, **given: Any) -> None:
    """List the accounts."""
    _print_table(
        ("E-MAIL", "ROLE", "STATE", "CREATED", "LAST SEEN"),
        [
            (
                row["email"],
                row["role"],
                "disabled" if row["disabled"] else "active",
                _day(row["createdMs"]),
                _day(row["lastSeenMs"]),
            )
            for row in _run("user.list", {}, config, given)
        ],
    )


@user.command("passwd")
@click.argument("email")
@click.option("--password", default=None, help="Read from the terminal or standard input when not given.")
@_with_settings("data")
def user_passwd(email: str, password: str | None, config: Path | None, **given: Any) -> None:
    """Set the password of an account; its sessions end."""
    _run("user.passwd", {"email": email, "password": password or _ask_password()}, config, given)


@user.command("disable")
@click.argument("email")
@_with_settings("data")
def user_disable(email: str, config: Path | None, **given: Any) -> None:
    """Keep an account out: its sessions end, its tokens stop working. Nothing of it is deleted."""
    _run("user.disable", {"email": email}, config, given)


@user.command("enable")
@click.argument("email")
@_with_settings("data")
def user_enable(email: str, config: Path | None, **given: Any) -> None:
    """Let a disabled account in again; its tokens work again, too."""
    _run("user.enable", {"email": email}, config, given)


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise UsageError("the two passwords differ")
    return password


def _day(ts_ms: int | None) -> str:
    return "-" if ts_ms is None else datetime.fromtimestamp(ts_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _print_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(str(row[column])) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        click.echo(
            "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
