"""Types of single fields that several models of the contract share, each with its check. Pure."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from metricbox.durations import parse_duration_ms
from metricbox.query.times import load_timezone, parse_time_ms

MIN_REFRESH_MS = 1_000


def _check_email(text: str) -> str:
    local, _, domain = text.strip().rpartition("@")
    if not local or not domain or any(char.isspace() or not char.isprintable() for char in text.strip()):
        raise ValueError("must be an e-mail address, like ada@example.org")
    return text.strip()


def _check_name(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text.strip()


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
TimeInput = str | int | float
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_check_email)]
NewPassword = Annotated[str, StringConstraints(min_length=8, max_length=1024)]
Name = Annotated[str, StringConstraints(max_length=200), AfterValidator(_check_name)]
Description = Annotated[str, StringConstraints(max_length=4000)]
RefreshInterval = Annotated[str, StringConstraints(max_length=32), AfterValidator(_check_refresh)]
TimeText = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_check_time)]
ZoneName = Annotated[str, StringConstraints(max_length=64), AfterValidator(_check_timezone)]
QueryText = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
TagName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
TagFilter = Annotated[dict[TagName, str | list[str]], Field(max_length=64)]
GroupBy = Annotated[list[TagName], Field(max_length=64)]
