"""The part of the contract about dashboards and their panels. See schemas.py."""

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from metricbox.store.appdb.panels import GRID_COLUMNS, MAX_GRID_ROWS, MAX_PANELS
from metricbox.web.fields import (
    Aggregation,
    Description,
    GroupBy,
    Name,
    Named,
    PanelType,
    QueryText,
    RefreshInterval,
    Shown,
    TagFilter,
    TimeText,
)
from metricbox.web.models import AnswerModel, RequestModel
from metricbox.web.variable_schemas import MAX_VARIABLES, Variable, VariableShown

_MUST_BE_LINK = "must be a web address (http or https), or begin with one /"


def _check_link(text: str) -> str:
    """javascript: and its kin would run in the page of whoever clicks."""
    if not re.match(r"https?://|/(?![/\\\\])", text, re.IGNORECASE):
        raise ValueError(_MUST_BE_LINK)
    return text


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
    is_hidden: bool | None = Field(None, description="Kept, but not asked for.")


class Threshold(RequestModel):
    """A limit that a panel draws."""

    value: float
    severity: Literal["info", "warning", "critical"] | None = None
    label: str | None = Field(None, max_length=200)


class ValueText(RequestModel):
    """A text, and perhaps a colour, that stands for a value."""

    value: float
    text: str = Field(max_length=200)
    severity: Literal["ok", "info", "warning", "critical"] | None = None


class PanelLink(RequestModel):
    """A way from a panel to elsewhere."""

    title: str = Field(min_length=1, max_length=200)
    url: Annotated[
        str, StringConstraints(max_length=2000), AfterValidator(_check_link), Shown(_MUST_BE_LINK)
    ] = Field(description="http, https, or a path of this server; may refer to variables.")


Calculation = Literal["last", "mean", "min", "max", "sum", "count", "delta"]


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
    calculation: Calculation | None = None
    min: float | None = None
    max: float | None = None
    scale: Literal["linear", "log"] | None = Field(None, description="Of the value axis; log is to base 10.")
    stack: bool | None = None
    null_handling: Literal["gap", "join", "zero"] | None = None
    axis: Literal["left", "right"] | None = None
    legend_mode: Literal["list", "table"] | None = None
    legend_values: Annotated[list[Calculation], Field(max_length=7)] | None = Field(
        None, description="Columns of a legend that is a table, or of a table of series."
    )
    table_rows: Literal["series", "times"] | None = Field(
        None, description="Of a table: a row for each series with its tags, or for each instant."
    )
    sparkline: bool | None = Field(None, description="Of a stat; drawn unless false.")
    value_texts: Annotated[list[ValueText], Field(max_length=100)] | None = Field(
        None, description="Texts that stand for values."
    )
    description: str | None = Field(None, max_length=4000, description="Shown beside the title.")
    links: Annotated[list[PanelLink], Field(max_length=20)] | None = None
    content: str | None = Field(None, max_length=20_000, description="Markdown of a text panel.")
    is_collapsed: bool | None = Field(
        None, description="Of a row: the panels below it, up to the next row, are not shown."
    )
    repeat: str | None = Field(
        None, max_length=64, description="Name of a variable: the panel is shown once for each chosen value."
    )
    repeat_per_row: int | None = Field(
        None, ge=1, le=GRID_COLUMNS, description="Most repeats side by side; null fills the width."
    )


PanelId = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
# They show no numbers, so they have no query.
TYPES_WITHOUT_QUERY = frozenset({"text", "row"})


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
    is_hidden: bool | None = Field(None, description="Kept, but not asked for.")


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
    query: PanelQueries | None = Field(
        None,
        validate_default=True,
        description="One query as text, or a list of them; needed unless the type is text or row.",
    )
    options: PanelOptions = Field(default_factory=PanelOptions)
    position: Position | None = Field(None, description="Under all others when null.")

    @field_validator("query")
    @classmethod
    def _check_query(cls, value: Any, info: ValidationInfo) -> Any:
        # Without a type of its own there is a fault already.
        if value is None and info.data.get("type", "text") not in TYPES_WITHOUT_QUERY:
            # By this type the fault is told as that of a field which is not there.
            raise PydanticCustomError("missing", "is required")
        return value


class PanelSaved(PanelCreate):
    """A panel in a list that replaces all panels of a dashboard."""

    id: PanelId | None = Field(
        None, description="A UUID; of a panel that is there, or of the sender's choice. Made when null."
    )


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
    panels: Named[Annotated[list[PanelSaved], Field(max_length=MAX_PANELS)]] = Field(
        None, description="All panels: those that are not named go. Not together with layout."
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


class LibraryDashboard(AnswerModel):
    """A dashboard that comes with metricbox."""

    key: str
    name: str
    description: str
    panels: int = Field(description="That show numbers.")
    needs: list[str] = Field(description="Metrics that they ask for.")
    has_data: bool = Field(
        description="Whether its variables have something to choose here, and its panels something to show."
    )


class LibraryCopy(RequestModel):
    """What differs from the original."""

    name: Named[Name] = Field(None, description="That of the original unless named.")
