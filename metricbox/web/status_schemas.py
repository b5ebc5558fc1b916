"""The part of the contract that tells how the server is doing and how long it keeps what. See schemas.py."""

from pydantic import ConfigDict, Field

from metricbox.web.fields import DurationText, Named
from metricbox.web.models import AnswerModel, RequestModel


class TierStatus(AnswerModel):
    """One table of samples."""

    table: str
    chunks: int
    rows: int
    bytes: int
    oldest: str | None = Field(None, description="ISO 8601, UTC; null while empty.")
    newest: str | None = Field(None, description="ISO 8601, UTC; null while empty.")
    retention: str = Field(description="A duration.")
    longest_life: str = Field(
        description="The greatest age that a row reaches on disk: retention, a chunk, a sweep."
    )
    watermark: str | None = Field(None, description="End of the last finished bucket; null for raw.")
    pending_invalidations: int = Field(description="Ranges that wait for being recomputed.")


class RetentionChange(RequestModel):
    """New retention of some tiers; the others stay."""

    model_config = ConfigDict(alias_generator=None, extra="forbid", strict=True)

    metrics_raw: Named[DurationText] = Field(None, description="A duration, such as 7d.")
    metrics_1min: Named[DurationText] = Field(None, description="A duration, such as 30d.")
    metrics_1hour: Named[DurationText] = Field(None, description="A duration, such as 365d.")


class Retention(AnswerModel):
    """How long each tier is kept."""

    model_config = ConfigDict(alias_generator=None, extra="forbid", strict=True)

    metrics_raw: str = Field(description="A duration.")
    metrics_1min: str = Field(description="A duration.")
    metrics_1hour: str = Field(description="A duration.")


class TierPreview(AnswerModel):
    """What a change of retention would delete of one tier."""

    bytes: int
    samples: int
    oldest: str | None = Field(
        None, description="ISO 8601, UTC; of the oldest row that would stay, null when none would."
    )


class RetentionPreview(AnswerModel):
    """What a change of retention would delete."""

    model_config = ConfigDict(alias_generator=None, extra="forbid", strict=True)

    metrics_raw: TierPreview
    metrics_1min: TierPreview
    metrics_1hour: TierPreview


class JobStatus(AnswerModel):
    """Periodic work of the server."""

    name: str
    interval: str = Field(description="A duration.")
    running: bool
    last_started_at: str | None = Field(None, description="ISO 8601, UTC; null before the first run.")
    last_succeeded_at: str | None = Field(None, description="ISO 8601, UTC; null before the first success.")
    last_duration_ms: int | None
    last_error: str | None = Field(None, description="Null when the last run succeeded.")


class DiskStatus(AnswerModel):
    """The file system of the data folder."""

    free_bytes: int
    total_bytes: int
    reserve_bytes: int = Field(description="Under this much free space new samples are refused.")


class IngestSource(AnswerModel):
    """What came in by one door since the start."""

    source: str
    accepted: int
    refused: int


class Refusals(AnswerModel):
    """Samples refused since the start, by door and reason."""

    source: str
    reason: str
    samples: int
    last_at: str | None = Field(None, description="ISO 8601, UTC; of the last one.")
    example: str | None = Field(None, description="What was said of the last one.")
    token_id: str | None = Field(None, description="With which token the last one came.")


class QueueStatus(AnswerModel):
    """What waits for the writer."""

    samples: int
    limit: int


class AlertStatus(AnswerModel):
    """How the evaluation of alert rules and the delivery of messages are doing."""

    last_tick_at: str | None = Field(None, description="ISO 8601, UTC; null before the first evaluation.")
    last_duration_ms: int | None
    interval: str = Field(description="A duration.")
    rules: int = Field(description="Those that are switched on.")
    failing: int = Field(description="Rules whose query fails.")
    pending: int = Field(description="Series.")
    firing: int = Field(description="Series.")
    queued_deliveries: int
    warning: str | None = Field(
        None, description="A sentence when nothing was evaluated for three intervals; null when all is well."
    )


class Status(AnswerModel):
    """The state of the server."""

    version: str
    started_at: str = Field(description="ISO 8601, UTC.")
    uptime_ms: int
    series: int
    metrics: int
    queue: QueueStatus
    tiers: list[TierStatus]
    ingest: list[IngestSource]
    refusals: list[Refusals]
    jobs: list[JobStatus]
    alerts: AlertStatus
    disk: DiskStatus
