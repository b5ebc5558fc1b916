"""What each route takes, answers and refuses, and who may call it, declared beside its handler by `@contract(...)`.

The one source for openapi.json, docs/reference/http-api.md and the test that walks all routes with all callers. Pure:
a declaration changes nothing about how its handler runs. Rights are enforced by callers.py and access.py; tests hold
them against what is declared here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeVar

from pydantic import BaseModel

from metricbox.web.door_schemas import (
    InfluxV1Error,
    InfluxV2Error,
    OtlpStatus,
    PlainTextError,
    PrometheusError,
)
from metricbox.web.models import AnswerModel
from metricbox.web.schemas import ErrorBody

Handler = TypeVar("Handler", bound=Callable[..., Any])
Schema = Mapping[str, Any]

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PROTOBUF = "application/x-protobuf"


class CallerKind(StrEnum):
    """The kinds of callers that the tests and the reference tell apart."""

    ANONYMOUS = "anonymous"
    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"
    READ_TOKEN = "read token"  # noqa: S105 - a kind, no secret
    INGEST_TOKEN = "ingest token"  # noqa: S105 - a kind, no secret
    ADMIN_TOKEN = "admin token"  # noqa: S105 - a kind, no secret


class Who(StrEnum):
    """Who may call a route. OWNER and SIGHT depend on the object: its owner may, and admins; SIGHT adds the public."""

    ANYONE = "anyone"
    LOCAL = "anyone on this machine; from elsewhere as read"
    READ = "read"
    PANEL = "read; anyone for panels of public dashboards"
    INGEST = "ingest"
    SIGNED_IN = "signed in"
    SIGHT = "owner, admin; anyone when it is public"
    OWN = "owner, admin"
    OWNER = "owner (as editor), admin"
    EDITOR = "editor"
    ADMIN = "admin"


_READERS = frozenset(
    {CallerKind.VIEWER, CallerKind.EDITOR, CallerKind.ADMIN, CallerKind.READ_TOKEN, CallerKind.ADMIN_TOKEN}
)
_ACCOUNTS = _READERS - {CallerKind.READ_TOKEN}
_EDITORS = _ACCOUNTS - {CallerKind.VIEWER}
_ADMINS = _EDITORS - {CallerKind.EDITOR}

# Where the object counts: for an object that an editor owns and that is not public.
ALLOWED: Mapping[Who, frozenset[CallerKind]] = {
    Who.ANYONE: frozenset(CallerKind),
    Who.LOCAL: _READERS,
    Who.READ: _READERS,
    Who.PANEL: _READERS,
    Who.INGEST: _EDITORS | {CallerKind.INGEST_TOKEN},
    Who.SIGNED_IN: _ACCOUNTS,
    Who.SIGHT: _EDITORS,
    Who.OWN: _EDITORS,
    Who.OWNER: _EDITORS,
    Who.EDITOR: _EDITORS,
    Who.ADMIN: _ADMINS,
}
# A login is not asked for before the handler has looked at what is wanted.
OPEN: frozenset[Who] = frozenset({Who.ANYONE, Who.LOCAL, Who.PANEL, Who.SIGHT})


class Parameter(NamedTuple):
    """One value of the query string, of a form, of a path, or a header."""

    name: str
    schema: Schema
    description: str = ""
    is_required: bool = False
    can_be_blank: bool = True
    """Whether a blank value in the query string counts as none, unless it is required."""


_TEXT: Schema = MappingProxyType({"type": "string"})


class Raw(NamedTuple):
    """A body that is no JSON of ours."""

    media_types: tuple[str, ...]
    description: str
    schema: Schema = _TEXT


class Form(NamedTuple):
    """Parameters in the query string of a GET, or in a form by POST."""

    parameters: tuple[Parameter, ...]


class Door(NamedTuple):
    """A protocol: the shape of its errors, and what stands around its answers."""

    name: str
    error: type[BaseModel]
    envelope: Literal["data", "none", "prometheus"]
    has_query_credentials: bool = False
    error_headers: tuple[str, ...] = ()
    error_media_type: str = JSON
    binary_media_type: str = ""
    """In which answers may come as well, as the requests do."""


API = Door("api", ErrorBody, "data")
PLAIN = Door("plain", ErrorBody, "none")
INFLUX_V1 = Door("influx v1", InfluxV1Error, "none", True, ("X-Influxdb-Error",))
INFLUX_V2 = Door("influx v2", InfluxV2Error, "none", True)
PUSH = Door("push", PlainTextError, "none", error_media_type="text/plain")
OTLP = Door("otlp", OtlpStatus, "none", binary_media_type=PROTOBUF)
PROMETHEUS = Door("prometheus", PrometheusError, "prometheus")


class ListMeta(AnswerModel):
    """Which part of a list this is."""

    total: int
    page: int
    page_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One route, as its callers see it."""

    summary: str
    who: Who
    door: Door = API
    body: type[BaseModel] | Raw | Form | None = None
    also: Raw | None = None
    """The same body in another form, beside a model."""
    is_body_required: bool = True
    query: tuple[Parameter, ...] = ()
    path: Mapping[str, Parameter] = field(default_factory=dict)
    """Parts of the path that are not in PATH_PARTS, by their name in the handler."""
    answer: Any = None
    """Type of `data`, or of the body where there is no envelope; None for an empty answer."""
    meta: Any = None
    media_type: str = JSON
    status: int = 200
    errors: tuple[int, ...] = ()
    """Statuses beyond those that follow from the rest."""
    has_semantics: bool = False
    """Whether a body that its schema allows may still be a 400: PromQL, times that depend on one another."""
    is_partial: bool = False
    """Whether what is good in a body is taken though other parts are refused."""


def contract(summary: str, who: Who, **details: Any) -> Callable[[Handler], Handler]:
    """Declare a handler: `@contract("What it does.", Who.READ, answer=list[Row])`, under the route's decorator."""
    if details.get("answer") is None:
        details.setdefault("status", 204)
    declared = Contract(summary=summary, who=who, **details)

    def declare(handler: Handler) -> Handler:
        handler.contract = declared  # type: ignore[attr-defined] # functions take attributes
        return handler

    return declare


def find_contract(handler: Callable[..., Any]) -> Contract | None:
    """What was declared of a handler; None for a page of the browser."""
    found: Contract | None = getattr(handler, "contract", None)
    return found


# ---- parameters that several routes share

PAGE: tuple[Parameter, ...] = (
    Parameter("page", {"type": "integer", "minimum": 1, "maximum": 1_000_000, "default": 1}, "From 1."),
    Parameter("pageSize", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "Rows a page."),
)
SEARCH = Parameter("search", {"type": "string", "maxLength": 256}, "Part of the name, in any case.")


def sort_of(*names: str, unsorted: str = "newest first") -> Parameter:
    """`sort` by one of these fields."""
    return Parameter(
        "sort",
        {"type": "string", "enum": [*names, *(f"-{name}" for name in names)]},
        f"A field, with - in front the other way round; {unsorted} without it.",
    )


def list_of(
    row: Any, *, sort: tuple[str, ...] = (), unsorted: str = "newest first", more: tuple[Parameter, ...] = ()
) -> dict[str, Any]:
    """What a list of rows takes and answers: `@contract("…", Who.READ, **list_of(User, sort=("email",)))`."""
    sorting = (sort_of(*sort, unsorted=unsorted),) if sort else ()
    return {"answer": list[row], "meta": ListMeta, "query": (*PAGE, SEARCH, *sorting, *more)}


def _id(name: str, what: str) -> Parameter:
    return Parameter(name, {"type": "string", "format": "uuid"}, f"Id of the {what}.", is_required=True)


# Names in the handlers -> what stands in the path.
PATH_PARTS: Mapping[str, Parameter] = {
    "dashboard_id": _id("dashboardId", "dashboard"),
    "panel_id": _id("panelId", "panel"),
    "token_id": _id("tokenId", "token"),
    "user_id": _id("userId", "account"),
    "rule_id": _id("ruleId", "alert rule"),
    "event_id": _id("eventId", "alert"),
    "delivery_id": _id("deliveryId", "delivery"),
    "silence_id": _id("silenceId", "silence"),
    "channel_id": _id("channelId", "channel"),
    "session_id": Parameter("sessionId", {"type": "string"}, "Id of the session.", is_required=True),
}
