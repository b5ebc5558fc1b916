"""The part of the contract about samples, metrics, queries and SQL. See schemas.py."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, SkipValidation, StringConstraints

from metricbox.web.fields import (
    Aggregation,
    DurationText,
    GroupBy,
    MetricName,
    MetricType,
    QueryText,
    TagFilter,
    Tags,
    TimeInput,
    ZoneName,
)
from metricbox.web.models import AnswerModel, RequestModel
from metricbox.web.variable_schemas import ChosenValues

MAX_BATCH = 50


class MetricPoint(RequestModel):
    """One sample as agents send it in the native format."""

    name: MetricName
    value: float
    tags: Tags | None = Field(None, description="Empty values are dropped; a value has at most 1,024 bytes.")
    timestamp: Annotated[int, Field(gt=0)] | None = Field(
        None, description="Milliseconds, or seconds, micro- or nanoseconds by its digits; now when null."
    )


class MetricBatch(RequestModel):
    """Samples to store; those at fault are refused alone."""

    metrics: Annotated[list[MetricPoint], Field(min_length=1)]


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


class MetricBranch(AnswerModel):
    """A branch of the tree of metric names, split after `_`, `.`, `:` and `/`; or a metric in it."""

    prefix: str = Field(description="What the names begin with; to be asked for next. The name of a metric.")
    count: int = Field(description="Metrics whose name begins so.")
    metric: MetricDefinition | None = Field(None, description="Null for a branch.")


class MetricChange(RequestModel):
    """What a person knows of a metric. Changes the named fields only."""

    type: MetricType | None = Field(None, description="Null is unknown.")
    unit: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None, description="Such as bytes; null takes it away."
    )
    description: Annotated[str, StringConstraints(max_length=4000)] | None = Field(
        None, description="Null takes it away."
    )


class QueryParams(RequestModel):
    """A range query, or with panelId the queries of a saved panel."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"query": "cpu", "start": "now-1h", "end": "now", "groupBy": []}]}
    )

    query: QueryText | None = Field(None, description="A metric name or PromQL; absent with panelId.")
    panel_id: str | None = Field(None, max_length=64, description="A saved panel, in place of query.")
    start: TimeInput = Field(description="ISO 8601, milliseconds, seconds, or relative such as now-1h.")
    end: TimeInput = Field(description="As start; must be later.")
    aggregation: Aggregation | None = Field(None, description="avg when null.")
    step: DurationText | None = Field(None, description="A duration; about 300 points when null.")
    tags: TagFilter | None = Field(
        None, description="Only series that carry these tags; a list means any of them."
    )
    group_by: GroupBy | None = Field(None, description="Join series that agree in these tags; [] joins all.")
    timezone: ZoneName | None = Field(None, description="IANA name, for steps of days.")
    max_series: int | None = Field(None, ge=1, le=100_000)
    with_counts: bool | None = Field(None, description="Also answer the samples behind each value.")
    dashboard_id: str | None = Field(
        None, max_length=64, description="With query: the dashboard whose variables the query refers to."
    )
    variables: ChosenValues | None = Field(
        None,
        description="Values of the dashboard's variables, with panelId or dashboardId; $__all for All. "
        "Saved ones when null.",
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


class PanelResult(QueryResult):
    """The answer to one query of a panel."""

    meta: QueryMeta


class PanelMeta(AnswerModel):
    """How the answers of a panel came about."""

    took_ms: float


class BatchAnswer(AnswerModel):
    """One query of a batch that was answered; others are ErrorBody."""

    data: QueryResult | list[PanelResult] = Field(description="A list, one a query, with panelId.")
    meta: QueryMeta | PanelMeta


# ---- SQL

SqlValue = str | int | float | bool | None


class SqlRequest(RequestModel):
    """One SELECT statement."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"sql": "select name, count(*) from series group by name"}]}
    )

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
