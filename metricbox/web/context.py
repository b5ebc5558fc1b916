"""What the routes may use: made once by app.py, read from `request.app.ctx.metricbox`."""

from dataclasses import dataclass
from typing import cast

from sanic import Request

from metricbox.alerts.service import AlertService
from metricbox.clock import Clock
from metricbox.ingest.push_groups import PushedGroups
from metricbox.ingest.scrape.service import ScrapeService
from metricbox.ingest.service import IngestService
from metricbox.jobs import JobRunner
from metricbox.query.service import QueryService
from metricbox.query.sql import SqlService
from metricbox.retention_policy import RetentionPolicy
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import Settings
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.contract import MetricStore
from metricbox.web.setup_code import SetupCode


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    settings: Settings
    clock: Clock
    store: MetricStore
    appdb: AppDatabase
    ingest: IngestService
    pushed: PushedGroups
    scrape: ScrapeService
    query: QueryService
    sql: SqlService
    metrics: SelfMetrics
    setup_code: SetupCode
    retention: RetentionPolicy
    jobs: JobRunner
    alerts: AlertService


def context_of(request: Request) -> WebContext:
    return cast("WebContext", request.app.ctx.metricbox)
