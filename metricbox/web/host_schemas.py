"""The part of the contract about hosts. See schemas.py."""

from typing import Literal

from pydantic import Field

from metricbox.web.models import AnswerModel

HostState = Literal["up", "late", "silent"]
TickState = Literal["ok", "late", "silent", "none"]
HostSource = Literal["metricbox", "node_exporter", "windows_exporter", "collectd", "telegraf", "other"]


class HostTrends(AnswerModel):
    """Means of the last hour in steps of five minutes, the oldest first; null where there is none."""

    cpu_percent: list[float | None]
    memory_percent: list[float | None]
    disk_percent: list[float | None]


class Host(AnswerModel):
    """Somebody who reports. What it does not report, and all figures of a silent host, are null."""

    name: str
    state: HostState = Field(
        description="up: its last sample is younger than 3 of its own intervals (of at least 5 s each); late: "
        "younger than 10."
    )
    last_seen_ms: int = Field(description="Time of its newest sample; of one that is ahead, now.")
    interval_ms: int | None = Field(
        None, description="Usual distance of its samples; null until two were seen."
    )
    source: HostSource = Field(description="Who reports it; metricbox goes before the others.")
    tag: str = Field(description="The tag of its series that has its name: instance, or host.")
    agent_version: str | None = None
    clock_skew_ms: int | None = Field(
        None, description="How far its clock is ahead of the time that its samples carry."
    )
    dropped_samples: dict[str, int] | None = Field(
        None,
        description="Samples that its agent lost in the last 24 hours, by reason (spool_full, refused, damaged); null "
        "where it lost none, or counts none.",
    )
    spool_bytes: int | None = Field(
        None, description="What its agent holds until the server takes it; null without an agent that tells."
    )
    spool_batches: int | None = None
    uptime_s: float | None = None
    cpu_percent: float | None = None
    memory_percent: float | None = None
    disk_percent: float | None = Field(None, description="Of its fullest file system.")
    load1: float | None = None
    network_bytes_per_s: float | None = Field(None, description="In and out, without loops and bridges.")
    series_count: int
    ticks: list[TickState] = Field(
        description="The last 24 hours by UTC, the hour that has begun being the last: ok, late when samples are "
        "missing, silent, none before it was known."
    )
    trends: HostTrends
