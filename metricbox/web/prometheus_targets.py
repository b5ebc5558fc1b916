"""Scraped targets in Prometheus's own shape, for /prometheus/api/v1/targets. Nothing here is secret."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from metricbox.durations import format_duration
from metricbox.ingest.scrape.loop import Health
from metricbox.ingest.scrape.service import ScrapeLook, TargetStatus
from metricbox.query.times import format_time
from metricbox.scrape_settings import mask_param
from metricbox.web.models import AnswerModel

STATES = ("", "any", "active", "dropped")
_NEVER = "0001-01-01T00:00:00Z"
_PARAM = "__param_"


class PrometheusTarget(AnswerModel):
    """A target that is scraped."""

    discovered_labels: dict[str, str] = Field(description="Before relabel rules.")
    labels: dict[str, str]
    scrape_pool: str = Field(description="The job.")
    scrape_url: str = Field(description="Without credentials.")
    global_url: str
    last_error: str
    last_scrape: str
    last_scrape_duration: float = Field(description="Seconds.")
    health: Literal["unknown", "up", "down"]
    scrape_interval: str
    scrape_timeout: str


class PrometheusDroppedTarget(AnswerModel):
    """A target that relabel rules drop."""

    discovered_labels: dict[str, str]
    scrape_pool: str


class PrometheusTargets(AnswerModel):
    """What is scraped, and what rules drop."""

    active_targets: list[PrometheusTarget]
    dropped_targets: list[PrometheusDroppedTarget]
    dropped_target_counts: dict[str, int] = Field(description="By job.")


def targets_answer(look: ScrapeLook, state: str, pool: str) -> dict[str, Any]:
    """`state` is one of STATES; `pool`, the name of a job, is all of them when it is empty."""
    active = [one for one in look.targets if pool in {"", one.target.job.job}]
    dropped = [one for one in look.dropped if pool in {"", one.job}]
    counts: dict[str, int] = {}
    for one in dropped:
        counts[one.job] = counts.get(one.job, 0) + 1
    return {
        "activeTargets": [] if state == "dropped" else [_show(one) for one in active],
        "droppedTargets": []
        if state == "active"
        else [{"discoveredLabels": _mask(one.discovered), "scrapePool": one.job} for one in dropped],
        "droppedTargetCounts": counts,
    }


def _show(one: TargetStatus) -> dict[str, Any]:
    target = one.target
    return {
        "discoveredLabels": _mask(target.discovered),
        "labels": dict(target.labels),
        "scrapePool": target.job.job,
        "scrapeUrl": target.shown_url,
        "globalUrl": target.shown_url,
        # What was not taken of a good answer is no error of the target's to Prometheus's clients.
        "lastError": one.error if one.health is Health.DOWN else "",
        "lastScrape": _NEVER if one.last_scrape_ms is None else format_time(one.last_scrape_ms),
        "lastScrapeDuration": (one.duration_ms or 0) / 1000,
        "health": one.health.value,
        "scrapeInterval": format_duration(target.job.interval_ms),
        "scrapeTimeout": format_duration(target.job.timeout_ms),
    }


def _mask(labels: Mapping[str, str]) -> dict[str, str]:
    return {
        name: mask_param(name.removeprefix(_PARAM), value) if name.startswith(_PARAM) else value
        for name, value in labels.items()
    }
