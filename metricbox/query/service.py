"""Answers queries: from a request in plain types to columns on one time axis.

    text ──▶ name or plain selector ──▶ NativeQueries      joins the samples inside each step
         └─▶ any other expression   ──▶ Expressions        PromQL, evaluated at the start of each step

Both read one table, chosen by `router`, and share the cache. They run in the service's own small thread pool; the event
loop only awaits. Equal queries that are asked at the same time are computed once.
"""

import asyncio
import dataclasses
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
import re2

from metricbox.clock import Clock
from metricbox.durations import format_duration
from metricbox.errors import LimitExceededError, QueryTimeoutError, UnavailableError, ValidationError
from metricbox.model import BoolArray, Float64Array, Int64Array, Labels, find_name_fault
from metricbox.query.cache import ResultCache
from metricbox.query.columns import Columns
from metricbox.query.expressions import ExpressionResult, Expressions, check_steps
from metricbox.query.grid import MAX_STEPS, make_grid
from metricbox.query.native import NativeQueries, NativeResult
from metricbox.query.promql.nodes import MatrixSelector, Node, Subquery, VectorSelector
from metricbox.query.promql.parse import parse, selector_of_name
from metricbox.query.promql.values import NAME_LABEL, Value, Windows
from metricbox.query.shared_reads import SharedReader, SharedReads
from metricbox.query.times import choose_step_ms
from metricbox.query.types import (
    MIN_STEP_MS,
    POINTS_WANTED,
    AnsweredSeries,
    Query,
    QueryAnswer,
    truncation_warnings,
)
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import Settings
from metricbox.store.contract import Cancellation, Matcher, MatchOp, MetricStore, ReadLimits
from metricbox.store.tiers import Tier

WORKERS = 4
# Queries that may wait for a worker. With 50 ms each, the last one waits a second and a half.
MAX_WAITING = 120
RETRY_AFTER_S = 2

_T = TypeVar("_T")


class QueryService:
    """Made and closed by app.py. `retention_ms` is asked anew each time."""

    def __init__(
        self,
        store: MetricStore,
        clock: Clock,
        settings: Settings,
        metrics: SelfMetrics,
        retention_ms: Callable[[Tier], int],
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._metrics = metrics
        self._cache = ResultCache(settings.query_cache_bytes, store.earliest_write_since, clock.monotonic_s)
        self._native = NativeQueries(store, self._cache, clock.now_ms, retention_ms)
        self._expressions = Expressions(store, self._cache, clock.now_ms, retention_ms)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="query")
        self._shared_reader = SharedReader(store)
        self._flights = Flights()
        self._running = 0

    async def run(self, query: Query) -> QueryAnswer:
        """Raises ValidationError, LimitExceededError or UnavailableError."""
        return await self._fly(_key_of(query), lambda limits: self.run_blocking(query, limits))

    async def run_range(
        self, text: str, start_ms: int, end_ms: int, step_ms: int, timeout_ms: int | None = None
    ) -> ExpressionResult:
        """PromQL at start, start + step, … up to end, both included, as Prometheus does it."""
        key = ("range", text, start_ms, end_ms, step_ms, timeout_ms)
        return await self._fly(
            key, lambda limits: self._run_range(text, start_ms, end_ms, step_ms, _within(limits, timeout_ms))
        )

    async def run_instant(
        self,
        text: str,
        time_ms: int,
        timeout_ms: int | None = None,
        *,
        takes_names: bool = False,
        shared: SharedReads | None = None,
    ) -> tuple[Value | Windows, Sequence[str]]:
        """PromQL at one time. The value may be a range vector; and warnings. With `takes_names` the name of a metric,
        with whatever characters, stands for itself. `shared` is of `share`.
        """
        return await self._fly(
            # Not with others: they may have seen a sample acknowledged since the shared ones were read.
            ("instant", text, time_ms, timeout_ms, takes_names, shared),
            lambda limits: self._run_instant(
                self.resolve(text) if takes_names else parse(text),
                time_ms,
                _within(limits, timeout_ms),
                shared,
            ),
        )

    async def share(self, queries: Sequence[tuple[str, int]]) -> SharedReads:
        """What these instant queries, each a text that takes names and a time, read of raw samples, read together. They
        are then run with it. A text that is no query is passed over.
        """
        return await self._fly(("share", tuple(queries)), lambda limits: self._share(queries, limits))

    async def run_steps(self, text: str, start_ms: int, end_ms: int, step_ms: int) -> ExpressionResult:
        """What an instant query would have answered at start, start + step, … before the end, from the table that such
        a range is read from. The name of a metric stands for itself. It is read piece by piece, so that the limits of
        samples and memory are those of a piece, and the limit of time that of all.
        """
        times_ms = np.arange(start_ms, end_ms, step_ms, dtype=np.int64)

        def run(limits: ReadLimits) -> ExpressionResult:
            node = self.resolve(text)
            tier = self._expressions.route(node, start_ms, end_ms, step_ms)
            until_s = self._clock.monotonic_s() + limits.timeout_s
            return self._expressions.run_pieces(
                node,
                times_ms,
                end_ms,
                tier,
                lambda: _within_time(limits, until_s - self._clock.monotonic_s()),
            )

        return await self._fly(("steps", text, start_ms, end_ms, step_ms), run)

    def forget_results(self) -> None:
        """After a change that is no write, such as of retention."""
        self._cache.clear()

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    # ---- threads

    async def _fly(self, key: Hashable, work: Callable[[ReadLimits], _T]) -> _T:
        """The work in a thread; who asks for the same in the meantime gets the same. Ends when nobody waits for it."""
        # With the position, so that nobody gets a result that was begun before a sample was acknowledged to him.
        return await self._flights.join(
            (self._store.write_position, key), lambda cancellation: self._start(work, cancellation)
        )

    def _start(self, work: Callable[[ReadLimits], _T], cancellation: Cancellation) -> "asyncio.Future[_T]":
        if self._running >= WORKERS + MAX_WAITING:
            raise UnavailableError("too many queries are running; ask again a little later", RETRY_AFTER_S)
        self._running += 1
        future = asyncio.get_running_loop().run_in_executor(
            self._pool, self._timed, work, self._limits(cancellation)
        )
        future.add_done_callback(self._note_done)
        return future

    def _note_done(self, _: object) -> None:
        self._running -= 1

    def _timed(self, work: Callable[[ReadLimits], _T], limits: ReadLimits) -> _T:
        started_s = self._clock.monotonic_s()
        try:
            return work(limits)
        finally:
            self._metrics.query_seconds.observe(self._clock.monotonic_s() - started_s)

    def _limits(self, cancellation: Cancellation | None = None) -> ReadLimits:
        settings = self._settings
        return ReadLimits(settings.query_timeout / 1000, settings.query_max_samples, cancellation)

    # ---- native queries

    def run_blocking(self, query: Query, limits: ReadLimits | None = None) -> QueryAnswer:
        _check(query)
        limits = limits or self._limits()
        if query.max_series is None:
            query = dataclasses.replace(query, max_series=self._settings.query_max_series)
        node = self.resolve(query.text)
        if isinstance(node, VectorSelector) and _is_plain(node):
            alternatives = tuple((*group, *query.matchers) for group in node.alternatives)
            answer = self._answer_native(query, self._native.run(query, alternatives, limits))
        else:
            _check_expression(query, node)
            answer = self._answer_expression(query, node, limits)
        (self._metrics.query_cache_hits if answer.is_cached else self._metrics.query_cache_misses).inc()
        return answer

    def resolve(self, text: str) -> Node:
        """The expression; the name of a metric, with whatever characters, stands for itself. Raises ValidationError."""
        name = text.strip()
        if not find_name_fault(name) and (not {"-", "/"} & set(name) or self._store.has_metric(name)):
            return selector_of_name(name)
        return parse(text)

    def _answer_native(self, query: Query, result: NativeResult) -> QueryAnswer:
        columns = result.columns
        shown = _shown(query, len(columns.labels))
        series = [
            _answered(
                columns.labels[row],
                columns.values[row],
                None if columns.counts is None else columns.counts[row],
            )
            for row in range(shown)
        ]
        made = _Made(result.tier, result.step_ms, result.is_cached, result.warnings)
        return _make_answer(columns, series, made)

    def _answer_expression(self, query: Query, node: Node, limits: ReadLimits) -> QueryAnswer:
        tier = self._expressions.route(node, query.start_ms, query.end_ms, query.step_ms)
        step_ms = query.step_ms
        if step_ms is None:
            step_ms = choose_step_ms(query.end_ms - query.start_ms, POINTS_WANTED)
            step_ms = max(step_ms, MIN_STEP_MS, tier.resolution_ms)
        grid = make_grid(query.start_ms, query.end_ms, step_ms, query.timezone)
        result = self._expressions.run_range(node, grid.times_ms, query.end_ms, tier, limits)
        columns = result.columns
        order = sorted(range(len(columns.labels)), key=columns.labels.__getitem__)
        shown = order[: _shown(query, len(order))]
        series = [_answered(columns.labels[row], columns.values[row], result.present[row]) for row in shown]
        return _make_answer(columns, series, _Made(tier, step_ms, result.is_cached, result.warnings))

    # ---- Prometheus's queries

    def _run_range(
        self, text: str, start_ms: int, end_ms: int, step_ms: int, limits: ReadLimits
    ) -> ExpressionResult:
        check_steps(start_ms, end_ms, step_ms, MAX_STEPS)
        node = parse(text)
        if isinstance(node, MatrixSelector | Subquery):
            raise ValidationError.for_field(
                "query",
                'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
            )
        times_ms = np.arange(start_ms, end_ms + 1, step_ms, dtype=np.int64)
        return self._on_finest(
            node, start_ms, lambda tier: self._expressions.run_range(node, times_ms, end_ms, tier, limits)
        )

    def _run_instant(
        self, node: Node, time_ms: int, limits: ReadLimits, shared: SharedReads | None
    ) -> tuple[Value | Windows, Sequence[str]]:
        return self._on_finest(
            node, time_ms, lambda tier: self._expressions.run_instant(node, time_ms, tier, limits, shared)
        )

    def _share(self, queries: Sequence[tuple[str, int]], limits: ReadLimits) -> SharedReads:
        asked = []
        for text, time_ms in queries:
            with suppress(ValidationError):
                node = self.resolve(text)
                if self._expressions.tiers_from(node, time_ms)[0].is_raw:
                    asked.append((node, time_ms))
        return self._shared_reader.read(asked, limits)

    def _on_finest(self, node: Node, start_ms: int, run: Callable[[Tier], _T]) -> _T:
        """On the finest table that reaches back and stays within the budget of samples."""
        tiers = self._expressions.tiers_from(node, start_ms)
        for tier in tiers[:-1]:
            try:
                return run(tier)
            except QueryTimeoutError:
                raise
            except LimitExceededError:
                continue
        return run(tiers[-1])


class Flights:
    """Work that is under way, by key. Runs on the event loop."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight] = {}

    async def join(self, key: Hashable, start: "Callable[[Cancellation], asyncio.Future[_T]]") -> _T:
        """The result of the work under this key, begun if it is not under way. When all who wait for it are cancelled,
        so is the work.
        """
        flight = self._flights.get(key)
        if flight is None:
            cancellation = Cancellation()
            flight = self._flights[key] = _Flight(start(cancellation), cancellation)
            flight.future.add_done_callback(partial(self._forget, key, flight))
        flight.passengers += 1
        try:
            return await asyncio.shield(flight.future)
        finally:
            flight.passengers -= 1
            if not flight.passengers and not flight.future.done():
                self._forget(key, flight)
                flight.cancellation.cancel()
                # Nobody is there to be told how it ended.
                flight.future.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _forget(self, key: Hashable, flight: "_Flight", _: object = None) -> None:
        """Unless another one is under way under this key since."""
        if self._flights.get(key) is flight:
            del self._flights[key]


class _Flight:
    __slots__ = ("cancellation", "future", "passengers")

    def __init__(self, future: "asyncio.Future[Any]", cancellation: Cancellation) -> None:
        self.future = future
        self.cancellation = cancellation
        self.passengers = 0


def _shown(query: Query, total: int) -> int:
    return total if query.max_series is None else min(query.max_series, total)


def _within_time(limits: ReadLimits, left_s: float) -> ReadLimits:
    """Raises QueryTimeoutError when no time is left."""
    if left_s <= 0:
        raise QueryTimeoutError.after(limits.timeout_s)
    return limits._replace(timeout_s=left_s)


def _within(limits: ReadLimits, timeout_ms: int | None) -> ReadLimits:
    """The limits with a time limit that the caller made shorter."""
    if timeout_ms is None:
        return limits
    return limits._replace(timeout_s=min(limits.timeout_s, timeout_ms / 1000))


def _is_plain(selector: VectorSelector) -> bool:
    return selector.offset_ms == 0 and selector.at is None


def _key_of(query: Query) -> Hashable:
    """Equal for queries that have the same answer."""
    return (
        query.text,
        query.start_ms,
        query.end_ms,
        query.aggregation,
        query.step_ms,
        tuple(query.matchers),
        None if query.group_by is None else tuple(query.group_by),
        None if query.timezone is None else query.timezone.key,
        query.max_series,
    )


def _check(query: Query) -> None:
    if query.start_ms >= query.end_ms:
        raise ValidationError.for_field("start", "the start of a query must lie before its end")
    if query.step_ms is not None and query.step_ms < MIN_STEP_MS:
        raise ValidationError.for_field("step", "the step of a query is at least 1s")


def _check_expression(query: Query, node: Node) -> None:
    if isinstance(node, MatrixSelector | Subquery):
        raise ValidationError.for_field(
            "query", "a range such as [5m] is the argument of a function; write rate(…[5m]) or leave it out"
        )
    for field, is_given in (
        ("aggregation", query.aggregation is not None),
        ("tags", bool(query.matchers)),
        ("groupBy", query.group_by is not None),
    ):
        if is_given:
            raise ValidationError.for_field(
                field, "goes with a metric name or a plain selector; write it into the expression instead"
            )


def _answered(labels: Labels, values: Float64Array, counts: Int64Array | BoolArray | None) -> AnsweredSeries:
    name = next((value for label, value in labels if label == NAME_LABEL), "")
    rest = {label: value for label, value in labels if label != NAME_LABEL}
    if counts is None:
        counts = ~np.isnan(values)
    return AnsweredSeries(name, rest, values, counts.astype(np.int64))


def _make_answer(columns: Columns, series: Sequence[AnsweredSeries], made: "_Made") -> QueryAnswer:
    total = len(columns.labels) + columns.left_out
    return QueryAnswer(
        times_ms=columns.times_ms,
        series=series,
        table=made.tier.table,
        resolution="raw" if made.tier.is_raw else format_duration(made.tier.resolution_ms),
        step_ms=made.step_ms,
        samples_read=columns.samples_read,
        series_total=total,
        is_truncated=total > len(series),
        warnings=[*made.warnings, *truncation_warnings(total, len(series))],
        is_cached=made.is_cached,
    )


class _Made(NamedTuple):
    """How an answer came about."""

    tier: Tier
    step_ms: int
    is_cached: bool
    warnings: Sequence[str]


def any_of_matchers(labels: Mapping[str, str | Sequence[str]]) -> list[Matcher]:
    """Matchers for labels that must be equal to a value, or to one of several."""
    matchers = []
    for label, wanted in labels.items():
        if isinstance(wanted, str):
            matchers.append(Matcher(label, MatchOp.EQUAL, wanted))
        else:
            matchers.append(
                Matcher(label, MatchOp.REGEX, "|".join(re2.escape(value) for value in wanted) or r"[^\s\S]")
            )
    return matchers
