"""The one table of settings: flags, environment, TOML file, defaults and the reference page come from it.

Precedence: flag > environment (`METRICBOX_` + upper-case name) > TOML file (`--config`) > default. Every field of
`Settings` is a row of the table; its metadata says how text becomes a value and what a person is told.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from metricbox.addresses import Address, Peers, SocketPath, parse_address, parse_listen, parse_peers
from metricbox.durations import format_duration, parse_duration_ms
from metricbox.errors import UsageError
from metricbox.graphite_templates import Templates, parse_templates
from metricbox.sizes import parse_bytes

if TYPE_CHECKING:
    from metricbox.scrape_settings import ScrapeJob

ENVIRONMENT_PREFIX = "METRICBOX_"
MASK = "***"


def parse_bool(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in {"1", "true", "yes", "on"}:
        return True
    if lowered in {"0", "false", "no", "off"}:
        return False
    msg = f"{text!r} is neither true nor false"
    raise ValueError(msg)


def parse_count(text: str) -> int:
    if not text.strip().isascii() or not text.strip().isdigit():
        msg = f"{text!r} is not a whole number of 0 or more"
        raise ValueError(msg)
    return int(text)


def parse_names(text: str) -> tuple[str, ...]:
    """`a, b` -> a and b."""
    return tuple(name for part in text.split(",") if (name := part.strip().lower()))


def parse_url(text: str) -> str:
    """An http or https address without a slash at its end; empty is none."""
    url = text.strip().rstrip("/")
    if url and not re.match(r"https?://[^/\s]", url):
        raise ValueError("must be an address, like http://box:8642")
    return url


def parse_path(text: str) -> Path:
    if not text:
        msg = "a path must not be empty"
        raise ValueError(msg)
    return Path(text).expanduser()


def parse_optional_path(text: str) -> Path | None:
    return parse_path(text) if text else None


def parse_optional_address(text: str) -> Address | None:
    """An address for a protocol without credentials: `2003` and `:2003` mean this machine alone; empty is none."""
    text = text.strip()
    if not text:
        return None
    host, _, port = text.rpartition(":")
    return parse_address(text if host else f"127.0.0.1:{port}")


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            msg = f"{text!r} is not one of {', '.join(choices)}"
            raise ValueError(msg)
        return text

    return parse


def _parse_store(text: str) -> str:
    """The text may hold a password, so that no message repeats it."""
    if text:
        raise ValueError("this version has the built-in engine only; leave store empty")
    return text


def duration_between(least: str, most: str) -> Callable[[str], int]:
    """A duration in milliseconds within bounds, the bounds included."""

    def parse(text: str) -> int:
        duration_ms = parse_duration_ms(text)
        if not parse_duration_ms(least) <= duration_ms <= parse_duration_ms(most):
            msg = f"{text} is outside {least} to {most}"
            raise ValueError(msg)
        return duration_ms

    return parse


class Row(NamedTuple):
    """One setting as the command line, the file and the reference page see it."""

    name: str
    default_text: str
    help: str
    parse: Callable[[str], Any]
    show: Callable[[Any], str]
    is_secret: bool
    is_flag: bool
    """A boolean that is written as `--name/--no-name`."""

    @property
    def environment_name(self) -> str:
        return ENVIRONMENT_PREFIX + self.name.upper()

    @property
    def option_name(self) -> str:
        return "--" + self.name.replace("_", "-")


def _show(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _setting(
    default: str,
    parse: Callable[[str], Any],
    help_text: str,
    *,
    show: Callable[[Any], str] = _show,
    secret: bool = False,
) -> Any:
    return field(
        default_factory=lambda: parse(default),
        metadata={"default": default, "parse": parse, "help": help_text, "show": show, "secret": secret},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Effective settings. Durations are in milliseconds (`_ms`) whatever the text said."""

    data: Path = _setting("./metricbox-data", parse_path, "Folder that holds everything metricbox stores.")
    listen: Address | SocketPath = _setting(
        "0.0.0.0:8642",
        parse_listen,
        "Address and port to serve on, port 0 taking a free one; or a Unix socket, as unix:/run/metricbox.sock.",
    )
    store: str = _setting(
        "",
        _parse_store,
        "Where metrics are kept: empty for the built-in engine. A postgresql:// URL comes with a later release.",
    )
    tls_cert: Path | None = _setting(
        "", parse_optional_path, "Certificate file (PEM). With tls_key it turns HTTPS on."
    )
    tls_key: Path | None = _setting("", parse_optional_path, "Private key file (PEM) of tls_cert.")
    trusted_proxies: Peers = _setting(
        "",
        parse_peers,
        "Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, divided by "
        "commas; unix stands for callers of the Unix socket.",
    )
    explore: bool = _setting(
        "true",
        parse_bool,
        "Viewers may run queries of their own; without it they get the panels of dashboards they may see, alone.",
    )
    retention_raw: int = _setting(
        "7d",
        duration_between("4h", "100y"),
        "How long raw samples are kept; also the oldest time stamp that is accepted.",
        show=format_duration,
    )
    retention_1min: int = _setting(
        "30d", duration_between("2d", "100y"), "How long 1-minute rollups are kept.", show=format_duration
    )
    retention_1hour: int = _setting(
        "365d", duration_between("60d", "100y"), "How long 1-hour rollups are kept.", show=format_duration
    )
    lateness: int = _setting(
        "10m",
        duration_between("0s", "1d"),
        "How long after its end a chunk waits for late samples before it is sealed.",
        show=format_duration,
    )
    future_tolerance: int = _setting(
        "10m",
        duration_between("0s", "1d"),
        "How far ahead of the server's clock a time stamp may be.",
        show=format_duration,
    )
    alert_interval: int = _setting(
        "10s",
        duration_between("1s", "1h"),
        "Distance between two evaluations of the alert rules.",
        show=format_duration,
    )
    notify_hosts: tuple[str, ...] = _setting(
        "",
        parse_names,
        "Hosts that notification channels may talk to, divided by commas; empty allows all.",
        show=", ".join,
    )
    public_url: str = _setting(
        "",
        parse_url,
        "Address under which people reach this server, for links in messages, such as http://box:8642.",
    )
    query_timeout: int = _setting(
        "30s", duration_between("100ms", "1h"), "Time limit of one query.", show=format_duration
    )
    query_max_samples: int = _setting("5000000", parse_count, "Samples that one query may read.")
    query_max_series: int = _setting(
        "200", parse_count, "Series that one query returns unless it names a limit of its own."
    )
    query_cache_bytes: int = _setting(
        "64MiB", parse_bytes, "Memory for results that are kept to be shown again; 0 keeps none."
    )
    column_cache_bytes: int = _setting(
        "128MiB", parse_bytes, "Memory for columns that queries read again and again; 0 keeps none."
    )
    max_body_bytes: int = _setting("64MiB", parse_bytes, "Largest request body, counted after decompression.")
    max_series: int = _setting(
        "1000000", parse_count, "Largest number of series; samples of further ones are refused."
    )
    max_series_per_metric: int = _setting(
        "200000", parse_count, "Largest number of series of one metric; 0 is no cap."
    )
    max_series_per_token: int = _setting(
        "0", parse_count, "Largest number of series that come with one API token; 0 is no cap."
    )
    otlp_names: str = _setting(
        "prometheus",
        one_of("prometheus", "raw"),
        "Names and labels of metrics that come by OTLP: by Prometheus's conventions, or raw, as they are sent.",
    )
    graphite_listen: Address | None = _setting(
        "",
        parse_optional_address,
        "Address of the Graphite listener, TCP and UDP, as 127.0.0.1:2003; a port alone is on this machine only. "
        "Empty is off. Senders are not asked who they are.",
    )
    graphite_templates: Templates = _setting(
        "",
        parse_templates,
        "What parts of Graphite paths mean, as in servers.{host}.cpu.{cpu}.*; several are divided by commas.",
    )
    statsd_listen: Address | None = _setting(
        "",
        parse_optional_address,
        "Address of the StatsD listener, UDP and TCP, as 127.0.0.1:8125; a port alone is on this machine only. "
        "Empty is off. Senders are not asked who they are.",
    )
    statsd_flush_interval: int = _setting(
        "10s",
        duration_between("1s", "5m"),
        "How often StatsD's totals, gauges and timers are stored.",
        show=format_duration,
    )
    influx_udp_listen: Address | None = _setting(
        "",
        parse_optional_address,
        "Address for InfluxDB line protocol by UDP, as 127.0.0.1:8089; a port alone is on this machine only. "
        "Empty is off. Senders are not asked who they are.",
    )
    influx_db_label: bool = _setting(
        "false",
        parse_bool,
        "Keep the database or bucket of an InfluxDB write as the label db; one series is then several.",
    )
    write_queue_samples: int = _setting(
        "1000000",
        parse_count,
        "Samples that may wait for the writer before senders are told to come back later.",
    )
    disk_reserve: int = _setting(
        "512MB", parse_bytes, "Free disk space under which new samples are refused with 507."
    )
    memory_limit: int = _setting("512MiB", parse_bytes, "Memory that the metric store may use.")
    admin_email: str = _setting(
        "", str, "E-mail of the first admin, created at the first start together with admin_password."
    )
    admin_password: str = _setting("", str, "Password of the first admin.", secret=True)
    session_lifetime: int = _setting(
        "30d",
        duration_between("5m", "365d"),
        "How long a sign-in lasts without being used.",
        show=format_duration,
    )
    agent: bool = _setting("true", parse_bool, "Watch this host with the built-in agent.")
    agent_interval: int = _setting(
        "10s",
        duration_between("1s", "1h"),
        "Distance between two measurements of this host.",
        show=format_duration,
    )
    log_format: str = _setting("text", one_of("text", "json"), "Format of the log on standard error.")
    log_level: str = _setting(
        "info", one_of("debug", "info", "warning", "error"), "Least severity that is logged."
    )
    assets_dir: Path | None = _setting(
        "",
        parse_optional_path,
        "Serve the browser files from this folder instead of the built-in ones (for developers).",
    )
    scrape: "tuple[ScrapeJob, ...]" = field(default=(), metadata={"is_tables": True})
    """The `[[scrape]]` tables of the file: no row of the table, since no option or variable could hold them."""


def list_rows() -> list[Row]:
    """The table, in the order of the reference page."""
    rows = []
    for entry in fields(Settings):
        meta = entry.metadata
        if meta.get("is_tables"):
            continue
        if entry.default_factory is MISSING:
            msg = f"setting {entry.name} has no default"
            raise TypeError(msg)
        rows.append(
            Row(
                name=entry.name,
                default_text=meta["default"],
                help=meta["help"],
                parse=meta["parse"],
                show=meta["show"],
                is_secret=meta["secret"],
                is_flag=meta["parse"] is parse_bool,
            )
        )
    return rows


class EffectiveSettings(NamedTuple):
    settings: Settings
    origins: Mapping[str, str]
    """Setting name -> where its value came from: `flag`, `environment`, `file` or `default`."""


def load_settings(
    flags: Mapping[str, str], environment: Mapping[str, str] | None = None, config_file: Path | None = None
) -> EffectiveSettings:
    """Settings from all four sources. `flags` holds the texts given on the command line, by setting name.

    Raises UsageError naming the setting and where its bad value came from.
    """
    environment = os.environ if environment is None else environment
    rows = {row.name: row for row in list_rows()}
    _refuse_unknown_environment(rows, environment)
    content = _read_config_file(config_file) if config_file else {}
    values: dict[str, Any] = {"scrape": _read_scrape(content.pop("scrape", None), config_file)}
    file_texts = _read_flat_values(content, config_file, rows)
    origins: dict[str, str] = {}
    for row in rows.values():
        if row.name in flags:
            text, origin, where = flags[row.name], "flag", f"option {row.option_name}"
        elif row.environment_name in environment:
            text, origin, where = (
                environment[row.environment_name],
                "environment",
                f"environment variable {row.environment_name}",
            )
        elif row.name in file_texts:
            text, origin, where = file_texts[row.name], "file", f"{row.name} in {config_file}"
        else:
            text, origin, where = row.default_text, "default", "default"
        try:
            values[row.name] = row.parse(text)
        except ValueError as error:
            shown = MASK if row.is_secret else str(error)
            msg = f"{where}: {shown}"
            raise UsageError(msg) from error
        origins[row.name] = origin
    settings = Settings(**values)
    _check_together(settings)
    return EffectiveSettings(settings, origins)


def _check_together(settings: Settings) -> None:
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise UsageError("tls_cert and tls_key belong together: set both, or none of them for plain HTTP")
    if bool(settings.admin_email) != bool(settings.admin_password):
        raise UsageError(
            "admin_email and admin_password belong together: set both, or none and use the set-up page"
        )
    if not settings.retention_raw <= settings.retention_1min <= settings.retention_1hour:
        raise UsageError(
            "retention must grow from tier to tier: retention_raw <= retention_1min <= retention_1hour"
        )


# Read by the program that starts metricbox, not by metricbox itself.
_FOREIGN_ENVIRONMENT = frozenset(
    {"METRICBOX_CONFIG", "METRICBOX_CMD", "METRICBOX_SERVER", "METRICBOX_TOKEN", "METRICBOX_SOURCE_TOKEN"}
)


def _refuse_unknown_environment(rows: Mapping[str, Row], environment: Mapping[str, str]) -> None:
    known = {row.environment_name for row in rows.values()} | _FOREIGN_ENVIRONMENT
    unknown = sorted(
        name for name in environment if name.startswith(ENVIRONMENT_PREFIX) and name not in known
    )
    if unknown:
        msg = f"environment variable {unknown[0]} names no setting; `metricbox check-config` lists them"
        raise UsageError(msg)


def _read_config_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"the settings file {path} cannot be read: {error.strerror}"
        raise UsageError(msg) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"the settings file {path} is not TOML: {error}"
        raise UsageError(msg) from error


def _read_scrape(tables: Any, path: Path | None) -> "tuple[ScrapeJob, ...]":
    if tables is None:
        return ()
    # Few files have them, and reading them takes pydantic, which commands without them start faster without.
    from metricbox.scrape_settings import read_scrape_tables

    try:
        return read_scrape_tables(tables)
    except ValueError as error:
        msg = f"{path}: {error}"
        raise UsageError(msg) from error


def _read_flat_values(
    content: Mapping[str, Any], path: Path | None, rows: Mapping[str, Row]
) -> dict[str, str]:
    texts = {}
    for name, value in content.items():
        if name not in rows:
            msg = f"{name} in {path} is no setting; `metricbox check-config` lists them"
            raise UsageError(msg)
        if isinstance(value, bool):
            texts[name] = "true" if value else "false"
        elif isinstance(value, str | int):
            texts[name] = str(value)
        else:
            msg = f"{name} in {path} must be a text, a whole number, true or false"
            raise UsageError(msg)
    return texts
