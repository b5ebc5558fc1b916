"""The `[[scrape]]` tables of the settings file: what is scraped, how often, with which credentials.

One table is a job: its targets, named there or in files that are read again when they change, and how to ask them.
Times are integer milliseconds whatever the text said. Secrets are SecretStr, so that nothing prints them. Pure.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from metricbox.durations import format_duration, parse_duration_ms
from metricbox.relabel import RelabelRule, is_label_name
from metricbox.sizes import parse_bytes

MASK = "***"
LEAST_INTERVAL_MS = 1_000
LONGEST_INTERVAL_MS = 24 * 3_600_000
DEFAULT_TIMEOUT_MS = 10_000

_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%a-z]+\]|[^\s:/@?#\[\]]+)(?::(?P<port>\d{1,5}))?", re.ASCII)
# Parameters of a URL that are nobody's business.
_SECRET_PARAM = re.compile(r"token|passw|secret|key|auth|sig|credential", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _read_duration(value: Any) -> Any:
    return parse_duration_ms(value) if isinstance(value, str) else value


def _read_size(value: Any) -> Any:
    return parse_bytes(value) if isinstance(value, str) else value


def _read_values(value: Any) -> Any:
    """`"a"` as well as `["a", "b"]`."""
    if isinstance(value, Mapping):
        return {name: [one] if isinstance(one, str) else one for name, one in value.items()}
    return value


Duration = Annotated[int, BeforeValidator(_read_duration)]
Size = Annotated[int, BeforeValidator(_read_size), Field(ge=0)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)


class BasicAuth(_Table):
    """A name and a password, which may stand in a file that is read before each scrape."""

    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.password_file and self.password.get_secret_value():
            raise ValueError("set password or password_file, not both")
        return self


class Tls(_Table):
    """How a target's certificate is checked, and the one that is shown to it."""

    ca: Path | None = None
    """Authorities (PEM) that are trusted instead of the system's."""
    insecure: bool = False
    """Any certificate is taken."""
    cert: Path | None = None
    key: Path | None = None

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if (self.cert is None) != (self.key is None):
            raise ValueError("cert and key belong together: set both, or none of them")
        return self


class ScrapeJob(_Table):
    """One `[[scrape]]` table. Raises pydantic's ValidationError; `read_scrape_tables` makes sentences of it."""

    job: Text
    targets: tuple[str, ...] = ()
    files: tuple[Text, ...] = ()
    """Paths or patterns (`targets/*.yml`) of JSON and YAML files: lists of `{targets, labels}`."""
    interval_ms: Duration = Field(15_000, alias="interval", ge=LEAST_INTERVAL_MS, le=LONGEST_INTERVAL_MS)
    timeout_ms: Duration = Field(0, alias="timeout", ge=0)
    """Never 0 once read."""
    path: str = "/metrics"
    scheme: Literal["http", "https"] = "http"
    params: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_read_values)] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
    honor_labels: bool = False
    honor_timestamps: bool = True
    basic_auth: BasicAuth | None = None
    bearer_token: SecretStr = SecretStr("")
    bearer_token_file: Path | None = None
    tls: Tls = Tls()
    relabel: tuple[RelabelRule, ...] = ()
    metric_relabel: tuple[RelabelRule, ...] = ()
    sample_limit: int = Field(0, ge=0)
    """A target that has more samples after `metric_relabel` fails as a whole; 0 is no limit."""
    body_size_limit_bytes: Size = Field(32 * 2**20, alias="body_size_limit")
    """Of an answer, packed and unpacked; 0 is no limit but that of one request (`max_body_bytes`)."""

    @field_validator("targets")
    @classmethod
    def _check_targets(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            split_address(text)
        return value

    @field_validator("path")
    @classmethod
    def _check_path(cls, value: str) -> str:
        if not value.startswith("/") or _CONTROL.search(value) or "#" in value:
            raise ValueError("must begin with /, as in /metrics")
        return value

    @field_validator("labels")
    @classmethod
    def _check_labels(cls, value: dict[str, str]) -> dict[str, str]:
        check_labels(value)
        return value

    @model_validator(mode="before")
    @classmethod
    def _fill_timeout(cls, values: Any) -> Any:
        if not isinstance(values, Mapping) or "timeout" in values or "timeout_ms" in values:
            return values
        interval = values.get("interval", DEFAULT_TIMEOUT_MS)
        try:
            interval_ms = parse_duration_ms(interval) if isinstance(interval, str) else DEFAULT_TIMEOUT_MS
        except ValueError:  # said of the interval itself
            interval_ms = DEFAULT_TIMEOUT_MS
        return {**values, "timeout": f"{min(DEFAULT_TIMEOUT_MS, max(interval_ms, 1))}ms"}

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if not self.targets and not self.files:
            raise ValueError('has no targets; write targets = ["web1:9100"], or files = ["targets/*.yml"]')
        if not 0 < self.timeout_ms <= self.interval_ms:
            raise ValueError("timeout must be more than 0 and no longer than interval")
        has_token = bool(self.bearer_token.get_secret_value()) or self.bearer_token_file is not None
        if self.bearer_token.get_secret_value() and self.bearer_token_file:
            raise ValueError("set bearer_token or bearer_token_file, not both")
        if has_token and self.basic_auth:
            raise ValueError("set basic_auth or a bearer token, not both")
        return self

    @property
    def shown(self) -> Iterator[tuple[str, str]]:
        """Each field that was set, as in the file, secrets masked."""
        for name in type(self).model_fields:
            if name in self.model_fields_set and name != "job":
                alias = type(self).model_fields[name].alias or name
                yield alias, _show(alias, getattr(self, name))


def read_scrape_tables(tables: Any) -> tuple[ScrapeJob, ...]:
    """The jobs in order. Raises ValueError with a sentence that names the table and its field, and holds no secret."""
    if not isinstance(tables, Sequence) or not all(isinstance(one, Mapping) for one in tables):
        raise ValueError("scrape must be tables: write [[scrape]] above each job")
    jobs: list[ScrapeJob] = []
    for number, table in enumerate(tables, 1):
        name = table.get("job")
        where = f"[[scrape]] {number}" + (f" (job {name[:60]!r})" if isinstance(name, str) else "")
        try:
            jobs.append(ScrapeJob.model_validate(table))
        except ValidationError as error:
            raise ValueError(f"{where}: {_describe(error)}") from None
        if sum(one.job == name for one in jobs) > 1:
            raise ValueError(f"{where}: job: there is another table with this name; each needs its own")
    return tuple(jobs)


def split_address(text: str) -> tuple[str, int | None]:
    """Host and port of `web1:9100`, `web1` or `[::1]:9100`. Raises ValueError with the end of a sentence."""
    match = _ADDRESS.fullmatch(text)
    port = int(match["port"]) if match and match["port"] else None
    if match is None or (port is not None and not 1 <= port <= 65_535):
        if "://" in text or "/" in text:
            raise ValueError("a target is host:port; its scheme and path have fields of their own")
        if "@" in text:
            raise ValueError("a target is host:port; a name and a password go under basic_auth")
        raise ValueError(f"{text[:60]!r} is not host:port, as in web1:9100 or [::1]:9100")
    return match["host"], port


def check_labels(labels: Mapping[str, str]) -> None:
    """Raises ValueError for what no target can have as a label."""
    for name in labels:
        if not is_label_name(name) or name == "__name__":
            raise ValueError(f"{name[:60]!r} cannot be the name of a label")


def mask_param(name: str, value: str) -> str:
    """A parameter of a URL as people may see it."""
    return MASK if _SECRET_PARAM.search(name) else value


def _describe(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ""
    for part in first["loc"]:
        place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else str(part)
    message = first["msg"].removeprefix("Value error, ")
    kind = first["type"]
    if kind == "extra_forbidden":
        message = "there is no such field"
    elif kind == "missing":
        message = "is missing"
    elif kind.startswith(("greater", "less")) and place in {"interval", "timeout"}:
        most = format_duration(LONGEST_INTERVAL_MS)
        message = f"must be from {format_duration(LEAST_INTERVAL_MS)} to {most}"
    elif kind.startswith("int_") and place in {"interval", "timeout"}:
        message = "must be a duration, as in 30s"
    return f"{place}: {message}" if place else message


def _show(name: str, value: Any) -> str:
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, bool):
        return "true" if value else "false"
    if name in {"interval", "timeout"}:
        return format_duration(value)
    if name == "params":
        return ", ".join(f"{key}={mask_param(key, one)}" for key, some in value.items() for one in some)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={one}" for key, one in value.items())
    if isinstance(value, tuple):
        return ", ".join(_show("", one) for one in value)
    if isinstance(value, RelabelRule):
        return value.action.value
    if isinstance(value, BaseModel):
        parts = (
            (key, getattr(value, key)) for key in type(value).model_fields if key in value.model_fields_set
        )
        return ", ".join(f"{key}={_show(key, one)}" for key, one in parts)
    return str(value)
