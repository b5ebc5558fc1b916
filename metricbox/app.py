"""The composition root: the only file that names a backend. Top to bottom is the start order, bottom to top the stop
order.

One process, one event loop (uvloop), see docs/architecture.md for the threads.
"""

import asyncio
import gc
import logging
import math
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import uvloop

from metricbox.addresses import Address, SocketPath
from metricbox.agent.host import HostCollector
from metricbox.agent.loop import BuiltInAgent
from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.service import AlertService
from metricbox.clock import Clock, SystemClock
from metricbox.commands import CommandRunner
from metricbox.control import ControlServer
from metricbox.ingest.listeners.service import Listeners
from metricbox.ingest.push_groups import REPEAT_INTERVAL_MS, PushedGroups
from metricbox.ingest.scrape.service import ScrapeService
from metricbox.ingest.service import IngestService
from metricbox.jobs import Job, JobRunner, make_store_job
from metricbox.listening import Certificate, open_listener
from metricbox.log import setup_logging
from metricbox.query.service import QueryService
from metricbox.query.sql import SqlService
from metricbox.retention_policy import RetentionPolicy
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import Settings
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.contract import MetricStore
from metricbox.store.datafolder import DataFolder
from metricbox.store.duckdb_backend.store import DuckDBMetricStore
from metricbox.web.context import WebContext
from metricbox.web.server import create_app, open_server
from metricbox.web.setup_code import SetupCode

logger = logging.getLogger(__name__)

# Requests in flight get this long to finish once a stop was asked for.
STOP_GRACE_S = 10.0
ALERT_CLEAN_INTERVAL_MS = 3_600_000


def run_server(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises UsageError or CommandError when it cannot start."""
    setup_logging(settings.log_format, settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    clock = SystemClock()
    metrics = SelfMetrics()
    async with AsyncExitStack() as stack:
        # The folder and the port first: what can be refused is refused before anything is touched.
        folder = stack.enter_context(DataFolder(settings.data))
        listener = stack.enter_context(open_listener(settings.listen))
        listeners = stack.enter_context(Listeners(settings, clock, metrics))
        certificate = _load_certificate(settings)

        appdb = AppDatabase.open(folder.sqlite_path, clock)
        stack.callback(appdb.close)
        retention = RetentionPolicy(settings, appdb)
        store = _open_store(settings, clock, retention, metrics)
        stack.callback(store.close)
        _measure_store(metrics, store, settings)

        query = QueryService(store, clock, settings, metrics, retention.retention_ms)
        stack.callback(query.close)
        alerts = make_alerts(settings, appdb, query, clock, metrics)
        stack.push_async_callback(alerts.close)
        sql = SqlService(store, settings, alerts.list_event_rows)
        stack.callback(sql.close)
        ingest = IngestService(store, clock, settings, metrics)
        stack.callback(ingest.close)
        pushed = PushedGroups(ingest, clock)
        scrape = ScrapeService(settings.scrape, ingest, clock, settings.max_body_bytes)
        commands = CommandRunner(
            appdb, clock, lambda: _examine(store, settings, clock), _local_address(settings, listener)
        )
        jobs = JobRunner(
            clock,
            [
                *(make_store_job(job) for job in store.list_jobs()),
                Job("alert-history", ALERT_CLEAN_INTERVAL_MS, alerts.clean),
                Job("pushed-groups", REPEAT_INTERVAL_MS, pushed.repeat),
            ],
            _make_job_observer(metrics),
        )
        if settings.admin_email:
            await commands.ensure_admin(settings.admin_email, settings.admin_password)
        setup_code = await SetupCode.make(appdb)
        app = create_app(
            WebContext(
                settings=settings,
                clock=clock,
                store=store,
                appdb=appdb,
                ingest=ingest,
                pushed=pushed,
                scrape=scrape,
                query=query,
                sql=sql,
                metrics=metrics,
                setup_code=setup_code,
                retention=retention,
                jobs=jobs,
                alerts=alerts,
            )
        )

        control = ControlServer(folder.path, commands.run)
        await control.start()
        stack.push_async_callback(control.stop)
        jobs.start()
        stack.push_async_callback(jobs.stop)
        await alerts.start()
        stack.push_async_callback(alerts.stop)
        await _listen(app, listener, certificate, stack)
        stack.push_async_callback(listeners.stop)
        await listeners.start(ingest)
        if settings.agent:
            agent = _make_agent(ingest, clock, settings, metrics)
            stack.push_async_callback(_cancel, asyncio.create_task(agent.run(), name="agent"))
        stack.push_async_callback(scrape.stop)
        await scrape.start()

        stopping = _watch_signals(certificate)
        # Start-up objects live for ever: the collector need not walk them again.
        gc.collect()
        gc.freeze()
        _announce(settings, listener, setup_code)
        await stopping.wait()
        logger.info("stopping: finishing requests and writing what is queued")


def _measure_store(metrics: SelfMetrics, store: MetricStore, settings: Settings) -> None:
    metrics.queue_samples.set_function(lambda: store.queued_samples)
    metrics.series.set_function(lambda: store.series_count)
    metrics.disk_free_bytes.set_function(lambda: _free_bytes(settings.data))
    metrics.disk_reserve_bytes.set(settings.disk_reserve)


def _make_agent(
    ingest: IngestService, clock: Clock, settings: Settings, metrics: SelfMetrics
) -> BuiltInAgent:
    return BuiltInAgent(
        HostCollector(clock),
        lambda samples: ingest.push_samples(samples, source="agent"),
        clock,
        settings.agent_interval,
        metrics,
    )


def make_alerts(
    settings: Settings, appdb: AppDatabase, query: QueryService, clock: Clock, metrics: SelfMetrics
) -> AlertService:
    return AlertService(
        appdb,
        query,
        clock,
        interval_ms=settings.alert_interval,
        poster=HttpPoster(settings.notify_hosts),
        note_result=metrics.note_notification,
        note_tick=metrics.alert_tick_seconds.set,
        url=settings.public_url,
    )


def _free_bytes(folder: Path) -> float:
    try:
        return float(shutil.disk_usage(folder).free)
    except OSError:  # of a disk that went away
        return math.nan


def _make_job_observer(metrics: SelfMetrics) -> Callable[[Job], None]:
    def observe(job: Job) -> None:
        has_failed = job.last_error is not None
        metrics.note_job(
            job.name,
            job.last_duration_ms or 0,
            job.last_succeeded_ms,
            has_failed=has_failed,
            interval_ms=job.interval_ms,
        )

    return observe


def _open_store(
    settings: Settings, clock: Clock, retention: RetentionPolicy, metrics: SelfMetrics
) -> MetricStore:
    return DuckDBMetricStore(
        settings.data,
        clock,
        retention_ms=retention.retention_ms,
        lateness_ms=settings.lateness,
        max_series=settings.max_series,
        max_queued_samples=settings.write_queue_samples,
        disk_reserve_bytes=settings.disk_reserve,
        memory_limit_bytes=settings.memory_limit,
        column_cache_bytes=settings.column_cache_bytes,
        observe_commit_s=metrics.commit_seconds.observe,
    )


def examine_files(settings: Settings, appdb: AppDatabase, clock: Clock) -> list[str]:
    """What is wrong with a data folder that no server holds, as sentences. The caller has locked it."""
    store = _open_store(settings, clock, RetentionPolicy(settings, appdb), SelfMetrics())
    try:
        return _examine(store, settings, clock)
    finally:
        store.close()


def _examine(store: MetricStore, settings: Settings, clock: Clock) -> list[str]:
    faults = list(store.examine())
    free = shutil.disk_usage(settings.data).free
    if free < settings.disk_reserve:
        faults.append(f"the disk has {free} bytes free, less than the reserve: new samples are refused")
    newest_ms = max((tier.newest_ms or 0 for tier in store.status().tiers), default=0)
    if newest_ms > clock.now_ms() + settings.future_tolerance:
        faults.append(
            "the newest sample lies in the future: the clock of this machine was ahead, or is behind now"
        )
    return faults


def _load_certificate(settings: Settings) -> Certificate | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return Certificate(settings.tls_cert, settings.tls_key)


async def _listen(
    app: Any, listener: socket.socket, certificate: Certificate | None, stack: AsyncExitStack
) -> None:
    server = await open_server(app, listener, certificate.context if certificate else None)

    async def stop() -> None:
        server.close()
        deadline_s = asyncio.get_running_loop().time() + STOP_GRACE_S
        while server.connections and asyncio.get_running_loop().time() < deadline_s:
            for connection in list(server.connections):
                connection.close_if_idle()
            await asyncio.sleep(0.02)
        for connection in list(server.connections):
            connection.abort()
        await server.after_stop()

    stack.push_async_callback(stop)


def _watch_signals(certificate: Certificate | None) -> asyncio.Event:
    """Set when the server shall stop. SIGHUP reads the certificate again; without one there is nothing to read, and
    it means what it means to any program: its terminal was closed.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    if certificate:
        loop.add_signal_handler(signal.SIGHUP, certificate.reload)
    elif signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup sets it
        loop.add_signal_handler(signal.SIGHUP, stopping.set)
    return stopping


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _announce(settings: Settings, listener: socket.socket, setup_code: SetupCode) -> None:
    """The one line that says the server is ready, and the set-up code while no account exists."""
    sys.stdout.write(f"metricbox is ready: {_url_of(settings, listener)}\n")
    if setup_code.value:
        sys.stdout.write(
            f"Set-up code, asked for on other machines until an account exists: {setup_code.value}\n"
        )
    sys.stdout.flush()


def _local_address(settings: Settings, listener: socket.socket) -> dict[str, str | None]:
    """How a program on this machine reaches the server."""
    if isinstance(settings.listen, SocketPath):
        return {"url": "http://localhost", "socket": str(settings.listen.path)}
    return {"url": _url_of(settings, listener), "socket": None}


def _url_of(settings: Settings, listener: socket.socket) -> str:
    if isinstance(settings.listen, SocketPath):
        return str(settings.listen)
    host, port = listener.getsockname()[:2]
    scheme = "http" if settings.tls_cert is None else "https"
    shown = "localhost" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    return f"{scheme}://{Address(shown, port)}/"
