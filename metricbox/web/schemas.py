"""The contract as pydantic models: requests are checked by them, answers are tested against them, and the browser's
types are generated from them (`make generate`).

camelCase outside, snake_case inside. A request refuses fields that it does not know. Times in answers are ISO 8601
UTC texts, or integer milliseconds where the field ends in `Ms` or is a column.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    Discriminator,
    Field,
    SkipValidation,
    StringConstraints,
    Tag,
    model_validator,
)

from metricbox.store.appdb.dashboards import GRID_COLUMNS, MAX_PANELS
from metricbox.web.fields import (
    Aggregation,
    Description,
    Email,
    GroupBy,
    MetricType,
    Name,
    NewPassword,
    PanelType,
    QueryText,
    RefreshInterval,
    RoleName,
    ScopeName,
    TagFilter,
    TimeInput,
    TimeText,
    ZoneName,
)
from metricbox.web.models import AnswerModel as AnswerModel
from metricbox.web.models import RequestModel as RequestModel
from metricbox.web.status_schemas import DiskStatus as DiskStatus
from metricbox.web.status_schemas import IngestSource as IngestSource
from metricbox.web.status_schemas import JobStatus as JobStatus
from metricbox.web.status_schemas import QueueStatus as QueueStatus
from metricbox.web.status_schemas import Refusals as Refusals
from metricbox.web.status_schemas import RetentionChange as RetentionChange
from metricbox.web.status_schemas import Status as Status
from metricbox.web.status_schemas import TierStatus as TierStatus

MAX_GRID_ROWS = 10_000
MAX_BATCH = 50


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

    email: Email | None = None
    password: NewPassword | None = Field(None, description="At least 8 characters.")
    role: RoleName | None = None
    disabled: bool | None = None


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


class Preferences(RequestModel):
    """What follows an account from browser to browser. PUT changes the named fields only."""

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


class ApiTokenCreated(ApiToken):
    """The only answer that carries the secret."""

    secret: str = Field(description="Begins with mbx_; cannot be shown again.")


class ApiTokenCreate(RequestModel):
    """A new token of the own account."""

    name: Name
    scope: ScopeName
    expires_at: TimeInput | None = Field(None, description="A moment to come; null never expires.")


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


PanelQueries = Annotated[
    Annotated[QueryText, Tag("text")]
    | Annotated[list[PanelQuery], Field(min_length=1, max_length=26), Tag("list")],
    Discriminator(
        _kind_of_queries,
        custom_error_type="panel_query",
        custom_error_message="must be a text or a list of queries",
    ),
]


class Panel(AnswerModel):
    """One widget of a dashboard."""

    id: str
    dashboard_id: str
    title: str
    type: PanelType
    query: PanelQueries = Field(description="One query as text, or a list of them.")
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

    title: str | None = Field(None, max_length=200)
    type: PanelType | None = None
    query: PanelQueries | None = Field(None, description="One query as text, or a list of them.")
    options: PanelOptions | None = Field(None, description="Replaces all options.")
    position: Position | None = None


class Dashboard(AnswerModel):
    """A saved set of panels."""

    id: str
    name: str
    description: str
    owner_id: str
    is_public: bool = Field(description="Whether anyone may see it, without signing in.")
    panels: list[Panel] = Field(description="In reading order.")
    layout: list[LayoutItem] = Field(description="The panels' positions once more, by panel id.")
    variables: list[Any]
    refresh_interval: str = Field(description="A duration such as 30s; empty is off.")
    time_range: TimeRange
    version: int = Field(description="Grows with every change; a PUT must name the current one.")
    created_at: str = Field(description="ISO 8601, UTC.")
    updated_at: str = Field(description="ISO 8601, UTC.")


Variables = Annotated[list[dict[str, Any]], Field(max_length=100)]


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
    name: Name | None = None
    description: Description | None = None
    is_public: bool | None = None
    layout: Annotated[list[LayoutItem], Field(max_length=MAX_PANELS)] | None = Field(
        None, description="New places of panels; those that are not named stay."
    )
    variables: Variables | None = None
    refresh_interval: RefreshInterval | None = Field(None, description="A duration; empty is off.")
    time_range: TimeRange | None = None


# ---- metrics and queries


class MetricPoint(RequestModel):
    """One sample as agents send it in the native format."""

    name: str = Field(max_length=255)
    value: float
    tags: dict[str, str] | None = None
    timestamp: int | None = Field(None, description="Milliseconds; now when null.")


class IngestFault(AnswerModel):
    """Why one sample was refused."""

    index: int = Field(description="Place in the list that was sent, from 0.")
    message: str


class IngestResult(AnswerModel):
    """What became of the samples that were sent."""

    accepted: int
    rejected: int
    errors: list[IngestFault] = Field(description="The first 100 refusals.")


class MetricDefinition(AnswerModel):
    """What is known of a metric."""

    name: str
    type: MetricType
    unit: str | None = None
    description: str | None = None
    series_count: int | None = Field(None, description="Series of this metric.")


class QueryParams(RequestModel):
    """A range query, or with panelId the queries of a saved panel."""

    query: QueryText | None = Field(None, description="A metric name or PromQL; absent with panelId.")
    panel_id: str | None = Field(None, max_length=64, description="A saved panel, in place of query.")
    start: TimeInput = Field(description="ISO 8601, milliseconds, seconds, or relative such as now-1h.")
    end: TimeInput = Field(description="As start; must be later.")
    aggregation: Aggregation | None = Field(None, description="avg when null.")
    step: str | None = Field(None, max_length=32, description="A duration; about 300 points when null.")
    tags: TagFilter | None = Field(
        None, description="Only series that carry these tags; a list means any of them."
    )
    group_by: GroupBy | None = Field(None, description="Join series that agree in these tags; [] joins all.")
    timezone: ZoneName | None = Field(None, description="IANA name, for steps of days.")
    max_series: int | None = Field(None, ge=1, le=100_000)
    with_counts: bool | None = Field(None, description="Also answer the samples behind each value.")
    variables: Annotated[dict[str, str | list[str]], Field(max_length=100)] | None = Field(
        None, description="Values of the dashboard's variables, with panelId."
    )


class QueryBatch(RequestModel):
    """Several queries at once; one that fails fails no other.

    The model checks their number alone, the route checks each by itself.
    """

    queries: Annotated[list[SkipValidation[QueryParams]], Field(min_length=1, max_length=MAX_BATCH)]


class QuerySeries(AnswerModel):
    """One line of an answer."""

    name: str
    tags: dict[str, str]
    values: list[float | None] = Field(description="One for each time; null where there is no data.")
    counts: list[int] | None = Field(None, description="Samples behind each value, when asked for.")


class QueryResult(AnswerModel):
    """Series on one time axis."""

    times: list[int] = Field(description="Starts of steps in milliseconds, ascending.")
    series: list[QuerySeries]


class QueryMeta(AnswerModel):
    """How an answer came about."""

    table: str = Field(description="metrics_raw, metrics_1min or metrics_1hour.")
    resolution: str = Field(description="raw, or a duration.")
    step_ms: int
    cached: bool
    took_ms: float
    samples_read: int
    series_total: int
    truncated: bool = Field(description="Whether series were left out.")
    warnings: list[str]


# ---- SQL

SqlValue = str | int | float | bool | None


class SqlRequest(RequestModel):
    """One SELECT statement."""

    sql: str = Field(min_length=1, max_length=20_000, description="One SELECT; docs/sql.md has its views.")
    params: (
        Annotated[list[SqlValue], Field(max_length=100)]
        | Annotated[dict[str, SqlValue], Field(max_length=100)]
        | None
    ) = Field(None, description="Values of ? and $1 as a list, or of $name as an object.")
    limit: int | None = Field(None, ge=1, le=10_000, description="Most rows; 1,000 when null.")


class SqlResult(AnswerModel):
    """Rows as they were asked for."""

    columns: list[str] = Field(description="Names, which need not differ.")
    rows: list[list[Any]] = Field(
        description="One value a column; times are ISO 8601 UTC, tags are objects, what is not finite is null."
    )


class SqlMeta(AnswerModel):
    """How an answer came about."""

    truncated: bool = Field(description="There are more rows than the limit.")
    took_ms: float
    types: list[str] = Field(description="Types of the columns in DuckDB's words.")
