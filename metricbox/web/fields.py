"""Types of single fields that several models of the contract share, each with its check. Pure."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from metricbox.durations import parse_duration_ms
from metricbox.query.times import load_timezone, parse_time_ms

MIN_REFRESH_MS = 1_000
MAX_EMAIL_CHARS = 254
MAX_NAME_CHARS = 200


def check_email(text: str) -> str:
    """The address without spaces around it. Raises ValueError with the end of a sentence."""
    email = text.strip()
    local, _, domain = email.rpartition("@")
    is_one_word = all(char.isprintable() and not char.isspace() for char in email)
    if not local or not domain or not is_one_word or len(email) > MAX_EMAIL_CHARS:
        raise ValueError("must be an e-mail address, like ada@example.org")
    return email


def check_name(text: str) -> str:
    """The name without spaces around it. Raises ValueError with the end of a sentence."""
    name = text.strip()
    if not name:
        raise ValueError("must not be empty")
    if len(name) > MAX_NAME_CHARS:
        msg = f"must have at most {MAX_NAME_CHARS} characters"
        raise ValueError(msg)
    return name


def _check_refresh(text: str) -> str:
    if text in {"", "off"}:
        return ""
    if parse_duration_ms(text) < MIN_REFRESH_MS:
        raise ValueError("must be at least 1s, or empty for off")
    return text


def _check_time(text: str) -> str:
    # Relative times are kept as they are; any moment will do to see whether this is one.
    parse_time_ms(text, 0)
    return text


def _check_time_type(value: object) -> object:
    # One sentence, in place of one for each type that it could have been.
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("must be a time: ISO 8601, milliseconds, seconds, or relative such as now-1h")  # noqa: TRY004 - pydantic
    return value


def _check_timezone(text: str) -> str:
    if text:
        load_timezone(text)
    return text


RoleName = Literal["viewer", "editor", "admin"]
ScopeName = Literal["ingest", "read", "admin"]
PanelType = Literal["line", "area", "bar", "gauge", "stat"]
Aggregation = Literal[
    "avg", "min", "max", "sum", "count", "last", "p50", "p90", "p95", "p99", "rate", "increase"
]
MetricType = Literal["gauge", "counter", "histogram", "unknown"]
TimeInput = Annotated[str | int | float, BeforeValidator(_check_time_type)]
Email = Annotated[str, StringConstraints(max_length=MAX_EMAIL_CHARS), AfterValidator(check_email)]
NewPassword = Annotated[str, StringConstraints(min_length=8, max_length=1024)]
Name = Annotated[str, StringConstraints(max_length=MAX_NAME_CHARS), AfterValidator(check_name)]
Description = Annotated[str, StringConstraints(max_length=4000)]
RefreshInterval = Annotated[str, StringConstraints(max_length=32), AfterValidator(_check_refresh)]
TimeText = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_check_time)]
ZoneName = Annotated[str, StringConstraints(max_length=64), AfterValidator(_check_timezone)]
QueryText = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
TagName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
TagFilter = Annotated[dict[TagName, str | list[str]], Field(max_length=64)]
GroupBy = Annotated[list[TagName], Field(max_length=64)]
