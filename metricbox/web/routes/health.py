"""Whether the server lives, is ready, and how it is doing."""

import asyncio
import shutil

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import raw

from metricbox import __version__
from metricbox.alerts.service import AlertHealth
from metricbox.durations import format_duration
from metricbox.errors import MetricboxError, UnavailableError
from metricbox.ingest.refusal_log import RefusalLog
from metricbox.jobs import Job
from metricbox.query.times import format_time
from metricbox.selfmetrics import SelfMetrics
from metricbox.store.appdb.users import has_users
from metricbox.store.contract import StoreStatus, TierStatus
from metricbox.store.retention import SWEEP_INTERVAL_MS, longest_life_ms
from metricbox.store.tiers import tier_named
from metricbox.web.answers import Answer
from metricbox.web.callers import require_read
from metricbox.web.context import WebContext, context_of
from metricbox.web.contract import PLAIN, Who, contract
from metricbox.web.credentials import is_local
from metricbox.web.door_schemas import Alive, Ready
from metricbox.web.respond import data_response, format_optional_time, json_response
from metricbox.web.schemas import Status
from metricbox.web.services import services_of

blueprint = Blueprint("health")

READY_TIMEOUT_S = 5.0
PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"

# Influx clients stop unless they are told this (PROTOCOLS.md 2); it is the same for every metricbox.
_ALIVE = {
    "name": "influxdb",
    "message": "ready for queries and writes",
    "status": "pass",
    "checks": [],
    "version": "v1.8.10",
    "commit": "",
}


@blueprint.get("/health")
@contract("Whether the process answers.", Who.ANYONE, door=PLAIN, answer=Alive)
async def get_health(_request: Request) -> HTTPResponse:
    """Open to all, and tells nothing but that the process answers."""
    return json_response(_ALIVE)


@blueprint.get("/ready")
@contract("Whether writes and queries can be taken.", Who.LOCAL, door=PLAIN, answer=Ready)
async def get_ready(request: Request) -> HTTPResponse:
    """Whether writes and queries can be taken: both stores answer in time."""
    _require_local_or_read(request)
    context, services = context_of(request), services_of(request)
    try:
        async with asyncio.timeout(READY_TIMEOUT_S):
            await context.appdb.read(has_users)
            await asyncio.to_thread(context.store.status)
    except (TimeoutError, MetricboxError) as error:
        raise UnavailableError("metricbox is not ready yet.", retry_after_s=5) from error
    up_ms = _uptime_ms(context, services.started_s)
    return json_response(
        {"status": "ready", "started": format_time(services.started_ms), "up": format_duration(up_ms)}
    )


@blueprint.get("/metrics")
@contract(
    "Own metrics in Prometheus's text format.", Who.LOCAL, door=PLAIN, answer=str, media_type=PROMETHEUS_TEXT
)
async def get_own_metrics(request: Request) -> HTTPResponse:
    _require_local_or_read(request)
    return raw(context_of(request).metrics.render(), content_type=PROMETHEUS_TEXT)


@blueprint.get("/api/v1/status")
@contract("How the server is doing.", Who.READ, answer=Status)
async def get_status(request: Request) -> HTTPResponse:
    require_read(request)
    context, services = context_of(request), services_of(request)
    status = await asyncio.to_thread(context.store.status)
    return data_response(
        {
            "version": __version__,
            "startedAt": format_time(services.started_ms),
            "uptimeMs": _uptime_ms(context, services.started_s),
            **_store_answer(status, context),
            **_ingest_answer(context.metrics, context.ingest.refusals),
            "jobs": [_job_answer(job) for job in context.jobs.jobs],
            "alerts": _alerts_answer(await context.alerts.examine()),
            "disk": await asyncio.to_thread(_disk_answer, context),
        }
    )


def _require_local_or_read(request: Request) -> None:
    if not is_local(request):
        require_read(request)


def _uptime_ms(context: WebContext, started_s: float) -> int:
    return int((context.clock.monotonic_s() - started_s) * 1000)


def _store_answer(status: StoreStatus, context: WebContext) -> Answer:
    return {
        "series": status.series,
        "metrics": status.metrics,
        "queue": {"samples": status.queued_samples, "limit": context.settings.write_queue_samples},
        "tiers": [_tier_answer(tier) for tier in status.tiers],
    }


def _tier_answer(tier: TierStatus) -> Answer:
    return {
        "table": tier.table,
        "chunks": tier.chunks,
        "rows": tier.samples,
        "bytes": tier.bytes,
        "oldest": format_optional_time(tier.oldest_ms),
        "newest": format_optional_time(tier.newest_ms),
        "retention": format_duration(tier.retention_ms),
        "longestLife": format_duration(
            longest_life_ms(tier_named(tier.table), tier.retention_ms, SWEEP_INTERVAL_MS)
        ),
        "watermark": format_optional_time(tier.watermark_ms),
        "pendingInvalidations": tier.pending_invalidations,
    }


def _job_answer(job: Job) -> Answer:
    return {
        "name": job.name,
        "interval": format_duration(job.interval_ms),
        "running": job.is_running,
        "lastStartedAt": format_optional_time(job.last_started_ms),
        "lastSucceededAt": format_optional_time(job.last_succeeded_ms),
        "lastDurationMs": job.last_duration_ms,
        "lastError": job.last_error,
    }


def _alerts_answer(health: AlertHealth) -> Answer:
    return {
        "lastTickAt": format_optional_time(health.last_tick_ms),
        "lastDurationMs": health.last_duration_ms,
        "interval": format_duration(health.interval_ms),
        "rules": health.rules,
        "failing": health.failing,
        "pending": health.pending,
        "firing": health.firing,
        "queuedDeliveries": health.queued,
        "warning": health.warning,
    }


def _disk_answer(context: WebContext) -> Answer:
    usage = shutil.disk_usage(context.settings.data)
    return {"freeBytes": usage.free, "totalBytes": usage.total, "reserveBytes": context.settings.disk_reserve}


def _ingest_answer(metrics: SelfMetrics, log: RefusalLog) -> Answer:
    """Counters since the start; whoever wants rates queries the metrics of the same name."""
    accepted: dict[str, int] = {}
    refusals = []
    for sample in _samples(metrics, "metricbox_ingest_samples"):
        accepted[sample["source"]] = int(sample["value"])
    refused: dict[str, int] = dict.fromkeys(accepted, 0)
    for sample in _samples(metrics, "metricbox_ingest_refused_samples"):
        count = int(sample["value"])
        refused[sample["source"]] = refused.get(sample["source"], 0) + count
        last = log.find_example(sample["source"], sample["reason"])
        refusals.append(
            {
                "source": sample["source"],
                "reason": sample["reason"],
                "samples": count,
                "lastAt": format_optional_time(last.at_ms) if last else None,
                "example": last.sentence if last else None,
                "tokenId": last.token_id or None if last else None,
            }
        )
    sources = [
        {"source": source, "accepted": accepted.get(source, 0), "refused": refused[source]}
        for source in sorted(refused)
    ]
    return {"ingest": sources, "refusals": refusals}


def _samples(metrics: SelfMetrics, name: str) -> list[Answer]:
    return [
        {**sample.labels, "value": sample.value}
        for family in metrics.registry.collect()
        if family.name == name
        for sample in family.samples
        if sample.name == f"{name}_total"
    ]
