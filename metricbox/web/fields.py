"""Types of single fields that several models of the contract share, each with its check. Pure."""

import re
from typing import Annotated, Literal, NamedTuple, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from metricbox.durations import parse_duration_ms
from metricbox.model import LABEL_NAME, METRIC_NAME
from metricbox.query.times import load_timezone, parse_time_ms

MIN_REFRESH_MS = 1_000
MAX_EMAIL_CHARS = 254
MAX_NAME_CHARS = 200

_MUST_BE_EMAIL = "must be an e-mail address, like ada@example.org"
_MUST_BE_TIME = "must be a time: ISO 8601, milliseconds, seconds, or relative such as now-1h"
_MUST_BE_ZONE = "must be a time zone by its IANA name, like Europe/Berlin, or UTC"
_MUST_BE_DURATION = "must be a duration, like 30s, 5m, 1h30m or 7d"
_MUST_BE_REFRESH = "must be a duration of at least 1s, or empty for off"
_MUST_BE_METRIC = "must begin with a letter, _ or :, and go on with letters, digits and _:.-/"
_MUST_BE_FILLED = "must not be empty"
_MUST_NOT_BE_NULL = "must not be null; leave the field out to keep what it is"
# Digits are bounded so that no duration is longer than some hundred years.
_DURATION = (
    "([0-9]{1,3}y)?([0-9]{1,4}w)?([0-9]{1,5}d)?([0-9]{1,6}h)?([0-9]{1,8}m)?([0-9]{1,9}s)?([0-9]{1,12}ms)?"
)


class Shown(NamedTuple):
    """What the JSON Schema says of a check that is written in Python, with the check's own sentence.

    The pattern never refuses what the check takes, so that a form can be checked by it before it is sent.
    """

    message: str
    pattern: str | None = None
    min_length: int | None = None

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        added = {"pattern": self.pattern, "minLength": self.min_length}
        keywords = {keyword: value for keyword, value in added.items() if value is not None}
        return schema | keywords | {"x-messages": dict.fromkeys(keywords or ("anyOf",), self.message)}


def check_email(text: str) -> str:
    """The address without spaces around it. Raises ValueError with the end of a sentence."""
    email = text.strip()
    local, _, domain = email.rpartition("@")
    is_one_word = all(char.isprintable() and not char.isspace() for char in email)
    if not local or not domain or not is_one_word or len(email) > MAX_EMAIL_CHARS:
        raise ValueError(_MUST_BE_EMAIL)
    return email


def check_name(text: str) -> str:
    """The name without spaces around it. Raises ValueError with the end of a sentence."""
    name = text.strip()
    if not name:
        raise ValueError(_MUST_BE_FILLED)
    if len(name) > MAX_NAME_CHARS:
        msg = f"must have at most {MAX_NAME_CHARS} characters"
        raise ValueError(msg)
    return name


def _check_duration(text: str) -> str:
    if not text or not re.fullmatch(_DURATION, text):
        raise ValueError(_MUST_BE_DURATION)
    return text


def _check_refresh(text: str) -> str:
    if text in {"", "off"}:
        return ""
    if not re.fullmatch(_DURATION, text) or parse_duration_ms(text) < MIN_REFRESH_MS:
        raise ValueError(_MUST_BE_REFRESH)
    return text


def _check_time(text: str) -> str:
    # Relative times are kept as they are; any moment will do to see whether this is one.
    try:
        parse_time_ms(text, 0)
    except ValueError:
        raise ValueError(_MUST_BE_TIME) from None
    return text


def _check_time_type(value: object) -> object:
    # One sentence, in place of one for each type that it could have been.
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(_MUST_BE_TIME)  # noqa: TRY004 - pydantic
    return value


def _check_timezone(text: str) -> str:
    try:
        if text:
            load_timezone(text)
    except ValueError:
        raise ValueError(_MUST_BE_ZONE) from None
    return text


class _WithoutNull:
    """The JSON Schema of a type without its null."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        options = [one for one in schema.pop("anyOf") if one.get("type") != "null"]
        bare = schema | (options[0] if len(options) == 1 else {"anyOf": options})
        return bare | {"x-messages": {**bare.get("x-messages", {}), "null": _MUST_NOT_BE_NULL}}


def _refuse_null(value: object) -> object:
    if value is None:
        raise ValueError(_MUST_NOT_BE_NULL)
    return value


Value = TypeVar("Value")
# A field of a change that may be left out, which is None then, but has nothing that null could mean.
Named = Annotated[Value | None, BeforeValidator(_refuse_null), _WithoutNull()]


def check_prefix(text: str) -> str:
    """The beginning of metric names. Raises ValueError."""
    if not METRIC_NAME.fullmatch(text):
        raise ValueError(_MUST_BE_METRIC)
    return text


RoleName = Literal["viewer", "editor", "admin"]
ScopeName = Literal["ingest", "read", "admin"]
PanelType = Literal["line", "area", "bar", "gauge", "stat", "table", "text", "row"]
Aggregation = Literal[
    "avg", "min", "max", "sum", "count", "last", "p50", "p90", "p95", "p99", "rate", "increase"
]
AuditAction = Literal["create", "change", "delete", "sign_in", "sign_in_failed", "sign_out"]
AuditResource = Literal[
    "dashboard",
    "panel",
    "user",
    "token",
    "session",
    "setting",
    "metric",
    "alert_rule",
    "alert",
    "channel",
    "silence",
]
MetricType = Literal["gauge", "counter", "histogram", "unknown"]
TimeInput = Annotated[str | int | float, BeforeValidator(_check_time_type), Shown(_MUST_BE_TIME)]
Email = Annotated[
    str,
    StringConstraints(max_length=MAX_EMAIL_CHARS),
    AfterValidator(check_email),
    Shown(_MUST_BE_EMAIL, r"^\s*\S+@[^\s@]+\s*$"),
]
NewPassword = Annotated[str, StringConstraints(min_length=8, max_length=1024)]
Name = Annotated[
    str,
    StringConstraints(max_length=MAX_NAME_CHARS),
    AfterValidator(check_name),
    Shown(_MUST_BE_FILLED, r"\S"),
]
Description = Annotated[str, StringConstraints(max_length=4000)]
DurationText = Annotated[
    str,
    StringConstraints(max_length=32),
    AfterValidator(_check_duration),
    Shown(_MUST_BE_DURATION, f"^{_DURATION}$", min_length=2),
]
RefreshInterval = Annotated[
    str,
    StringConstraints(max_length=32),
    AfterValidator(_check_refresh),
    Shown(_MUST_BE_REFRESH, f"^(off|{_DURATION})$"),
]
TimeText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64),
    AfterValidator(_check_time),
    Shown(_MUST_BE_TIME, r"^[\s\x1c-\x1f\x85]*(now|[-+]?\.?[0-9])"),
]
ZoneName = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_check_timezone),
    Shown(_MUST_BE_ZONE, r"^[A-Za-z0-9_+/.-]*$"),
]
QueryText = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
TagName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
TagFilter = Annotated[dict[TagName, str | list[str]], Field(max_length=64)]
GroupBy = Annotated[list[TagName], Field(max_length=64)]

# Samples have a decoder of their own; these describe what it takes.
MetricName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255),
    Shown(_MUST_BE_METRIC, f"^{METRIC_NAME.pattern}$"),
]
MetricPrefix = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255),
    AfterValidator(check_prefix),
    Shown(_MUST_BE_METRIC, f"^{METRIC_NAME.pattern}$"),
]


class _TagKeys:
    """The JSON Schema of the names in tags."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        names = {
            "minLength": 1,
            "maxLength": 255,
            "pattern": f"^{LABEL_NAME.pattern}$",
            "x-messages": {
                "pattern": "must begin with a letter or _, and go on with letters, digits and _.-"
            },
        }
        return handler(core_schema) | {"propertyNames": names}


Tags = Annotated[
    dict[str, Annotated[str, StringConstraints(max_length=1024)]], Field(max_length=64), _TagKeys()
]
