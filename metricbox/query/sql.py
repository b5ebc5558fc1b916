"""Runs statements in threads of their own, so that they take none from the queries of dashboards; see docs/sql.md.

On the event loop but for the work itself. A statement nobody waits for any more is ended.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from metricbox.errors import UnavailableError
from metricbox.settings import Settings
from metricbox.store.contract import (
    Cancellation,
    MetricStore,
    ReadLimits,
    SqlKind,
    SqlQuestion,
    SqlSource,
    SqlTable,
)

# Each has two threads of DuckDB's and memory of its own.
WORKERS = 2
MAX_WAITING = 20
RETRY_AFTER_S = 2
DEFAULT_ROWS = 1_000
MAX_ROWS = 10_000

AlertEvents = Callable[[], Awaitable[Sequence[Sequence[object]]]]
"""Gives the rows of `alert_events`, in the order of its columns."""

DASHBOARD_COLUMNS = (("id", SqlKind.TEXT), ("name", SqlKind.TEXT))
ALERT_EVENT_COLUMNS = (
    ("id", SqlKind.TEXT),
    ("rule_id", SqlKind.TEXT),
    ("rule_name", SqlKind.TEXT),
    ("labels", SqlKind.JSON),
    ("status", SqlKind.TEXT),
    ("value", SqlKind.NUMBER),
    ("triggered_at", SqlKind.TIME),
    ("resolved_at", SqlKind.TIME),
)


async def no_alert_events() -> Sequence[Sequence[object]]:
    return ()


class SqlService:
    """Made and closed by app.py."""

    def __init__(
        self, store: MetricStore, settings: Settings, alert_events: AlertEvents = no_alert_events
    ) -> None:
        self._store = store
        self._settings = settings
        self._alert_events = alert_events
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="sql")
        self._running = 0

    async def run(
        self,
        statement: str,
        parameters: Sequence[object] | Mapping[str, object],
        max_rows: int,
        dashboards: Sequence[tuple[str, str]],
    ) -> SqlTable:
        """`dashboards` are those that the caller may see: id and name. Raises as `MetricStore.run_sql`."""
        if self._running >= WORKERS + MAX_WAITING:
            raise UnavailableError("too many statements are running; ask again a little later", RETRY_AFTER_S)
        sources = (
            SqlSource("dashboards", DASHBOARD_COLUMNS, dashboards),
            SqlSource("alert_events", ALERT_EVENT_COLUMNS, await self._alert_events()),
        )
        question = SqlQuestion(statement, parameters, max_rows, sources)
        cancellation = Cancellation()
        limits = ReadLimits(
            self._settings.query_timeout / 1000, self._settings.query_max_samples, cancellation
        )
        self._running += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, self._store.run_sql, question, limits)
        future.add_done_callback(self._note_done)
        try:
            return await asyncio.shield(future)
        finally:
            cancellation.cancel()

    def _note_done(self, future: "asyncio.Future[SqlTable]") -> None:
        self._running -= 1
        # Asked for, so that an error after the caller has gone is no "never retrieved".
        if not future.cancelled():
            future.exception()

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
