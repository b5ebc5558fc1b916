"""The contract as pydantic models: requests are checked by them, answers are tested against them, and the browser's
types are generated from them (`make generate`).

camelCase outside, snake_case inside. A request refuses fields that it does not know. Times in answers are ISO 8601
UTC texts, or integer milliseconds where the field ends in `Ms` or is a column.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from metricbox.store.appdb.panels import GRID_COLUMNS, MAX_GRID_ROWS, MAX_PANELS
from metricbox.web.fields import (
    Aggregation,
    AuditAction,
    AuditResource,
    Description,
    Email,
    GroupBy,
    MetricPrefix,
    Name,
    Named,
    NewPassword,
    PanelType,
    QueryText,
    RefreshInterval,
    RoleName,
    ScopeName,
    Shown,
    TagFilter,
    TimeInput,
    TimeText,
    ZoneName,
)
from metricbox.web.models import AnswerModel as AnswerModel
from metricbox.web.models import RequestModel as RequestModel
from metricbox.web.query_schemas import BatchAnswer as BatchAnswer
from metricbox.web.query_schemas import IngestFault as IngestFault
from metricbox.web.query_schemas import IngestResult as IngestResult
from metricbox.web.query_schemas import MetricBatch as MetricBatch
from metricbox.web.query_schemas import MetricChange as MetricChange
from metricbox.web.query_schemas import MetricDefinition as MetricDefinition
from metricbox.web.query_schemas import MetricPoint as MetricPoint
from metricbox.web.query_schemas import PanelMeta as PanelMeta
from metricbox.web.query_schemas import PanelResult as PanelResult
from metricbox.web.query_schemas import QueryBatch as QueryBatch
from metricbox.web.query_schemas import QueryMeta as QueryMeta
from metricbox.web.query_schemas import QueryParams as QueryParams
from metricbox.web.query_schemas import QueryResult as QueryResult
from metricbox.web.query_schemas import QuerySeries as QuerySeries
from metricbox.web.query_schemas import SqlMeta as SqlMeta
from metricbox.web.query_schemas import SqlRequest as SqlRequest
from metricbox.web.query_schemas import SqlResult as SqlResult
from metricbox.web.status_schemas import DiskStatus as DiskStatus
from metricbox.web.status_schemas import IngestSource as IngestSource
from metricbox.web.status_schemas import JobStatus as JobStatus
from metricbox.web.status_schemas import QueueStatus as QueueStatus
from metricbox.web.status_schemas import Refusals as Refusals
from metricbox.web.status_schemas import Retention as Retention
from metricbox.web.status_schemas import RetentionChange as RetentionChange
from metricbox.web.status_schemas import RetentionPreview as RetentionPreview
from metricbox.web.status_schemas import Status as Status
from metricbox.web.status_schemas import TierPreview as TierPreview
from metricbox.web.status_schemas import TierStatus as TierStatus
from metricbox.web.variable_schemas import MAX_VARIABLES, VariableShown
from metricbox.web.variable_schemas import Variable as Variable
from metricbox.web.variable_schemas import VariableOptions as VariableOptions

MAX_TOKEN_SERIES = 100_000_000

# ---- errors


class ErrorDetail(AnswerModel):
    """What is wrong with one field."""

    field: str = Field(description="Path in the request, such as query.start or metrics[3].name.")
    message: str = Field(description="What is wrong, as the end of a sentence that begins with the field.")


class ErrorBody(AnswerModel):
    """Every failure has this shape."""

    error: str = Field(description="A sentence for a person.")
    code: str = Field(description="A word for a program, such as VALIDATION_ERROR.")
    details: list[ErrorDetail] | None = Field(None, description="Absent when there is nothing to add.")


# ---- accounts


class User(AnswerModel):
    """A person who may sign in."""

    id: str
    email: str
    role: RoleName
    disabled: bool = Field(description="A disabled account cannot sign in, and its tokens do not work.")
    created_at: str = Field(description="ISO 8601, UTC.")
    last_seen_at: str | None = Field(None, description="ISO 8601, UTC; null before the first sign-in.")


class UserCreate(RequestModel):
    """A new account."""

    email: Email
    password: NewPassword = Field(description="At least 8 characters.")
    role: RoleName = Field("viewer", description="viewer unless named.")


class UserUpdate(RequestModel):
    """Changes the named fields only. A new password, and disabling, end the account's sessions."""

    email: Named[Email] = None
    password: Named[NewPassword] = Field(None, description="At least 8 characters.")
    role: Named[RoleName] = None
    disabled: Named[bool] = None


class SetupState(AnswerModel):
    """Whether a first account is still to be made."""

    needed: bool = Field(description="True until an account exists.")
    code_required: bool = Field(description="Whether this caller must send the one-time set-up code.")
    signed_in: bool = Field(description="Whether the caller has a session that still holds.")


class SetupRequest(RequestModel):
    """The first account, an admin."""

    email: Email
    password: NewPassword = Field(description="At least 8 characters.")
    code: str | None = Field(
        None, max_length=64, description="One-time code that the server printed at start."
    )


class LoginRequest(RequestModel):
    """Signing in."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=1024)


class PasswordChange(RequestModel):
    """A new password for the own account; ends its other sessions."""

    current_password: str = Field(max_length=1024)
    new_password: NewPassword = Field(description="At least 8 characters.")


class Session(AnswerModel):
    """A browser that is signed in."""

    id: str
    created_at: str = Field(description="When it signed in; ISO 8601, UTC.")
    last_seen_at: str = Field(description="ISO 8601, UTC, exact to a minute.")
    source: str = Field(description="Address that signed in.")
    user_agent: str = Field(description="As the browser calls itself.")
    current: bool = Field(description="Whether it is the one that asks.")


class Preferences(RequestModel):
    """What follows an account from browser to browser. PUT changes the named fields only; null takes one back."""

    theme: Literal["system", "dark", "light"] | None = None
    timezone: ZoneName | None = Field(None, description="IANA name; null is the browser's.")
    starred: Annotated[list[str], Field(max_length=1000)] | None = Field(
        None, description="Ids of dashboards."
    )
    last_used: Annotated[dict[str, str], Field(max_length=1000)] | None = Field(
        None, description="Dashboard id -> when it was last opened, ISO 8601."
    )


class ApiToken(AnswerModel):
    """A token as listed, without its secret."""

    id: str
    name: str
    scope: ScopeName
    owner_id: str
    created_at: str = Field(description="ISO 8601, UTC.")
    expires_at: str | None = Field(None, description="ISO 8601, UTC; null never expires.")
    last_used_at: str | None = Field(None, description="ISO 8601, UTC, exact to a minute.")
    metric_prefix: str | None = Field(
        None, description="Metrics whose name does not begin so are refused; null takes all."
    )
    max_series: int | None = Field(
        None, description="Most series that it may make; null is the setting max_series_per_token."
    )


class ApiTokenCreated(ApiToken):
    """The only answer that carries the secret."""

    secret: str = Field(description="Begins with mbx_; cannot be shown again.")


class ApiTokenCreate(RequestModel):
    """A new token of the own account."""

    name: Name
    scope: ScopeName
    expires_at: TimeInput | None = Field(None, description="A moment to come; null never expires.")
    metric_prefix: MetricPrefix | None = Field(
        None, description="With scope ingest: metrics whose name does not begin so are refused."
    )
    max_series: int | None = Field(
        None,
        ge=1,
        le=MAX_TOKEN_SERIES,
        description="With scope ingest: most series that it may make. Null, and over it for all but admins, is "
        "the setting max_series_per_token.",
    )


# ---- dashboards


class TimeRange(RequestModel):
    """From and to as the time picker writes them: ISO 8601, milliseconds as text, or relative, such as now-6h."""

    from_: TimeText = Field(alias="from")
    to: TimeText


class Position(RequestModel):
    """Cells on 12 columns."""

    x: int = Field(ge=0, lt=GRID_COLUMNS, description="Column of the left edge.")
    y: int = Field(ge=0, le=MAX_GRID_ROWS, description="Row of the upper edge.")
    w: int = Field(ge=1, le=GRID_COLUMNS, description="Width in columns.")
    h: int = Field(ge=1, le=MAX_GRID_ROWS, description="Height in rows.")

    @model_validator(mode="after")
    def _check_fit(self) -> "Position":
        if self.x + self.w > GRID_COLUMNS:
            msg = f"must fit on {GRID_COLUMNS} columns: x + w is at most {GRID_COLUMNS}"
            raise ValueError(msg)
        return self


class LayoutItem(Position):
    """Place of one panel."""

    i: str = Field(description="The panel's id.")


class PanelQuery(RequestModel):
    """One query of a panel."""

    query: QueryText = Field(description="A metric name or PromQL.")
    legend: str | None = Field(
        None, max_length=500, description="Template such as {{host}}; null names the tags."
    )
    aggregation: Aggregation | None = Field(None, description="How samples inside one step are joined.")
    tags: TagFilter | None = Field(None, description="Only series that carry these tags.")
    group_by: GroupBy | None = Field(None, description="Join series that agree in these tags.")


class Threshold(RequestModel):
    """A limit that a panel draws."""

    value: float
    severity: Literal["info", "warning", "critical"] | None = None
    label: str | None = Field(None, max_length=200)


class PanelOptions(RequestModel):
    """How a panel shows its data. Options that its type does not use are kept."""

    unit: str | None = Field(
        None, max_length=64, description="A unit key such as bytes or ratio, or any suffix."
    )
    decimals: int | None = Field(None, ge=0, le=15)
    color: Annotated[str, StringConstraints(max_length=64)] | int | None = Field(
        None, description="A hue name, or a number from 1."
    )
    show_legend: bool | None = None
    thresholds: Annotated[list[Threshold], Field(max_length=20)] | None = None
    calculation: Literal["last", "mean", "min", "max", "sum", "count", "delta"] | None = None
    min: float | None = None
    max: float | None = None
    stack: bool | None = None
    null_handling: Literal["gap", "join", "zero"] | None = None
    axis: Literal["left", "right"] | None = None


def _kind_of_queries(value: Any) -> str | None:
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else None


_MUST_BE_QUERIES = "must be a text or a list of queries"
PanelQueries = Annotated[
    Annotated[QueryText, Tag("text")]
    | Annotated[list[PanelQuery], Field(min_length=1, max_length=26), Tag("list")],
    Discriminator(
        _kind_of_queries,
        custom_error_type="panel_query",
        custom_error_message=_MUST_BE_QUERIES,
    ),
    Shown(_MUST_BE_QUERIES),
]


class PanelQueryShown(AnswerModel):
    """One query of a saved panel, as far as the caller may see it."""

    query: str | None = Field(description="A metric name or PromQL; null for who may see its results only.")
    legend: str | None = Field(None, description="Template such as {{host}}; null names the tags.")
    aggregation: Aggregation | None = Field(None, description="How samples inside one step are joined.")
    tags: TagFilter | None = Field(None, description="Only series that carry these tags.")
    group_by: GroupBy | None = Field(None, description="Join series that agree in these tags.")


class Panel(AnswerModel):
    """One widget of a dashboard."""

    id: str
    dashboard_id: str
    title: str
    type: PanelType
    query: str | list[PanelQueryShown] | None = Field(
        description="One query as text, or a list of them; null for callers who may see its results only."
    )
    options: PanelOptions
    position: Position


class PanelCreate(RequestModel):
    """A new panel."""

    title: str = Field("", max_length=200)
    type: PanelType
    query: PanelQueries = Field(description="One query as text, or a list of them.")
    options: PanelOptions = Field(default_factory=PanelOptions)
    position: Position | None = Field(None, description="Under all others when null.")


class PanelUpdate(RequestModel):
    """Changes the named fields only."""

    title: str | None = Field(None, max_length=200, description="Null takes it away.")
    type: Named[PanelType] = None
    query: Named[PanelQueries] = Field(None, description="One query as text, or a list of them.")
    options: PanelOptions | None = Field(
        None, description="Replaces all options; null takes all of them away."
    )
    position: Named[Position] = None


class Dashboard(AnswerModel):
    """A saved set of panels."""

    id: str
    name: str
    description: str
    owner_id: str
    is_public: bool = Field(description="Whether anyone may see it, without signing in.")
    panels: list[Panel] = Field(description="In reading order.")
    layout: list[LayoutItem] = Field(description="The panels' positions once more, by panel id.")
    variables: list[VariableShown]
    refresh_interval: str = Field(description="A duration such as 30s; empty is off.")
    time_range: TimeRange
    version: int = Field(description="Grows with every change; a PUT must name the current one.")
    created_at: str = Field(description="ISO 8601, UTC.")
    updated_at: str = Field(description="ISO 8601, UTC.")


class DashboardVersion(AnswerModel):
    """The dashboard's version after a change of one of its panels."""

    version: int


Variables = Annotated[list[Variable], Field(max_length=MAX_VARIABLES)]


class DashboardCreate(RequestModel):
    """A new dashboard of the own account."""

    name: Name
    description: Description | None = None
    is_public: bool = Field(False, description="Whether anyone may see it, without signing in.")
    variables: Variables | None = None
    refresh_interval: RefreshInterval | None = Field(None, description="30s unless named; empty is off.")
    time_range: TimeRange | None = Field(None, description="The last hour unless named.")
    panels: Annotated[list[PanelCreate], Field(max_length=MAX_PANELS)] | None = None


class DashboardUpdate(RequestModel):
    """Changes the named fields only."""

    version: int = Field(
        ge=1, description="The version that the change was made on; an older one answers 409."
    )
    name: Named[Name] = None
    description: Description | None = Field(None, description="Null takes it away.")
    is_public: Named[bool] = None
    layout: Named[Annotated[list[LayoutItem], Field(max_length=MAX_PANELS)]] = Field(
        None, description="New places of panels; those that are not named stay."
    )
    variables: Variables | None = Field(None, description="Null takes all of them away.")
    refresh_interval: RefreshInterval | None = Field(
        None, description="A duration; empty is off, null what a new dashboard has."
    )
    time_range: TimeRange | None = Field(None, description="Null is what a new dashboard has.")


class DashboardHistoryEntry(AnswerModel):
    """A version that a dashboard had."""

    version: int
    at: str = Field(description="ISO 8601, UTC.")
    author_id: str | None = Field(None, description="Account that made it; null when none did.")
    author: str = Field(description="E-mail of the account at that time.")
    change: str = Field(description="In words, such as panel CPU: query, options.")


class DashboardContent(AnswerModel):
    """A dashboard as a file holds it: without owner, visibility and ids."""

    name: str
    description: str
    refresh_interval: str
    time_range: TimeRange
    variables: list[VariableShown]
    panels: list[PanelCreate]


class DashboardFile(AnswerModel):
    """A dashboard as a file, for POST /api/v1/dashboards/import of this server or another one."""

    format: Literal["metricbox.dashboard"]
    format_version: int = Field(description="Grows when an older metricbox would not understand the file.")
    dashboard: DashboardContent


class ImportFault(AnswerModel):
    """Something of a file that was not taken over."""

    panel: str | None = Field(None, description="Title of the panel; null when it is the dashboard itself.")
    field: str = Field(description="Path in the file, such as dashboard.panels[3].type.")
    message: str


class ImportMeta(AnswerModel):
    """What an import left out."""

    report: list[ImportFault] = Field(description="Empty when all was taken over.")


# ---- audit


class AuditEntry(AnswerModel):
    """Who changed what, when, from where."""

    id: str
    at: str = Field(description="ISO 8601, UTC.")
    author_id: str | None = Field(None, description="Account; null when it was none.")
    author: str = Field(description="E-mail of the account at that time; empty when it was none.")
    via: Literal["session", "token", "nobody", "command", "settings"] = Field(
        description="By what the author was let in: command is the command line, settings the server's start."
    )
    token_id: str | None = Field(None, description="Token that was used.")
    source: str = Field(description="Address of the caller; empty on the machine itself.")
    action: AuditAction
    resource_type: AuditResource
    resource_id: str
    resource_name: str = Field(description="At that time.")
    before: dict[str, Any] | None = Field(
        None, description="Fields that changed, as they were; null for what is new. Secrets are ***."
    )
    after: dict[str, Any] | None = Field(
        None, description="The same as they became; null for what is gone. Very long ones are left out."
    )
