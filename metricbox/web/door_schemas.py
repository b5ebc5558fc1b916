"""The shapes of the agents' doors and of /prometheus, which are other projects' and not ours. See contract.py."""

from typing import Any, Literal

from pydantic import ConfigDict, Field, RootModel

from metricbox.web.models import AnswerModel


class InfluxV1Error(AnswerModel):
    """Failures of InfluxDB 1's doors."""

    error: str = Field(description="Refused lines are named with their numbers after `partial write:`.")


class PlainTextError(RootModel[str]):
    """Failures of doors whose senders print what they get."""


class InfluxV2Error(AnswerModel):
    """Failures of InfluxDB 2's door."""

    code: str
    message: str = Field(description="Refused lines are named with their numbers after `partial write:`.")


class OtlpStatus(AnswerModel):
    """Failures of OpenTelemetry's door: a google.rpc.Status, in protobuf when the request is."""

    code: int = Field(description="Of google.rpc.")
    message: str


class OtlpPartialSuccess(AnswerModel):
    """What was refused; the sender does not repeat it."""

    rejected_data_points: str = Field(description="A whole number.")
    error_message: str


class OtlpResult(AnswerModel):
    """Empty when every point was stored; in protobuf when the request is."""

    partial_success: OtlpPartialSuccess | None = None


class InfluxSeries(AnswerModel):
    """A table, as InfluxDB 1 answers a statement."""

    name: str | None = None
    columns: list[str]
    values: list[list[str | int | bool]]


class InfluxResult(AnswerModel):
    """The answer to one statement."""

    model_config = ConfigDict(alias_generator=None, extra="forbid", strict=True)

    statement_id: int
    series: list[InfluxSeries] | None = None


class InfluxResults(AnswerModel):
    """The answer to the statements that clients send before they write."""

    results: list[InfluxResult]


class InfluxRetentionRule(AnswerModel):
    """How long a bucket keeps samples."""

    type: Literal["expire"]
    every_seconds: int


class InfluxBucket(AnswerModel):
    """A bucket, as InfluxDB 2 lists it."""

    id: str
    org_id: str = Field(alias="orgID")
    type: Literal["user"]
    name: str
    retention_rules: list[InfluxRetentionRule]


class InfluxBuckets(AnswerModel):
    """The one bucket that there is."""

    links: dict[str, str]
    buckets: list[InfluxBucket]


class OpenTsdbFailure(AnswerModel):
    """What OpenTSDB says of a request that failed."""

    code: int
    message: str
    details: str = ""


class OpenTsdbError(AnswerModel):
    """Failures of OpenTSDB's door."""

    error: OpenTsdbFailure


class Alive(AnswerModel):
    """The same words for every metricbox; Influx clients look for them."""

    name: Literal["influxdb"]
    message: str
    status: Literal["pass"]
    checks: list[Any]
    version: str
    commit: str


class Ready(AnswerModel):
    """Both stores answer."""

    status: Literal["ready"]
    started: str = Field(description="ISO 8601, UTC.")
    up: str = Field(description="A duration.")


class PrometheusError(AnswerModel):
    """Failures under /prometheus."""

    status: Literal["error"]
    error_type: str = Field(description="Prometheus's word, such as bad_data.")
    error: str


class PrometheusBuild(AnswerModel):
    """The version whose semantics are kept."""

    version: str
    revision: str
    branch: str
    build_user: str
    build_date: str
    go_version: str


class PrometheusMetadata(AnswerModel):
    """What is known of a metric."""

    type: str
    help: str | None
    unit: str | None


PrometheusSample = tuple[float, str]
"""Seconds, and the value as text."""


class PrometheusVectorRow(AnswerModel):
    """One series at one time."""

    metric: dict[str, str]
    value: PrometheusSample


class PrometheusMatrixRow(AnswerModel):
    """One series over time."""

    metric: dict[str, str]
    values: list[PrometheusSample]


class PrometheusVector(AnswerModel):
    """Series at one time."""

    result_type: Literal["vector"]
    result: list[PrometheusVectorRow]


class PrometheusMatrix(AnswerModel):
    """Series over time."""

    result_type: Literal["matrix"]
    result: list[PrometheusMatrixRow]


class PrometheusScalar(AnswerModel):
    """A number, or a text."""

    result_type: Literal["scalar", "string"]
    result: PrometheusSample


class PrometheusAlert(AnswerModel):
    """What is pending or fires."""

    labels: dict[str, str]
    annotations: dict[str, str]
    state: Literal["pending", "firing"]
    active_at: str = Field(description="Since when it is in this state.")
    keep_firing_since: str | None = Field(None, description="Since when its condition does not hold.")
    value: str


class PrometheusRule(AnswerModel):
    """An alert rule."""

    state: Literal["inactive", "pending", "firing"]
    name: str
    query: str = Field(description="Query, condition and threshold as one expression.")
    duration: float = Field(description="Seconds.")
    keep_firing_for: float = Field(description="Seconds.")
    labels: dict[str, str]
    annotations: dict[str, str]
    alerts: list[PrometheusAlert]
    health: Literal["ok", "err", "unknown"]
    last_error: str | None = None
    evaluation_time: float = Field(description="Seconds; not measured by rule, hence 0.")
    last_evaluation: str
    type: Literal["alerting"]


class PrometheusGroup(AnswerModel):
    """All rules."""

    name: str
    file: str
    rules: list[PrometheusRule]
    interval: float = Field(description="Seconds.")
    limit: int
    evaluation_time: float = Field(description="Seconds of the last evaluation of all rules.")
    last_evaluation: str


class PrometheusGroups(AnswerModel):
    """Alert rules; one group, or none when there are no rules."""

    groups: list[PrometheusGroup]


class PrometheusAlerts(AnswerModel):
    """All that is pending or fires."""

    alerts: list[PrometheusAlert]
