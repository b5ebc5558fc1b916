"""Queries by PromQL: which table is read, the steps, the cache, and the evaluation."""

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np

from metricbox.errors import ValidationError
from metricbox.model import BoolArray, Float64Array, Int64Array, Labels
from metricbox.query.cache import Entry, ResultCache
from metricbox.query.columns import Columns, append_columns, drop_empty, join_columns
from metricbox.query.promql.evaluate import LOOKBACK_MS, Evaluation
from metricbox.query.promql.nodes import (
    Aggregate,
    AtBound,
    Binary,
    Call,
    MatrixSelector,
    Negation,
    Node,
    Subquery,
    VectorSelector,
)
from metricbox.query.promql.rollup_functions import rollup_columns_of
from metricbox.query.promql.values import Matrix, Scalars, Text, Value, Windows, drop_absent_rows
from metricbox.query.router import Span, choose_tier, reaches_back
from metricbox.query.store_source import SharedSamples, StoreSource
from metricbox.query.types import check_cells
from metricbox.store.contract import MetricStore, ReadLimits
from metricbox.store.tiers import RAW, TIERS, Tier

# A day of minutes: a thousand series of it are well within the limit of samples.
PIECE_STEPS = 1_440
# Of what no answer holds whole: 120 MB; a thousand series over a week of minutes are 10 M.
MAX_PIECED_CELLS = 15_000_000


class ExpressionResult(NamedTuple):
    """Of a range query."""

    columns: Columns
    present: BoolArray
    """[S, T]; NaN is a value where present."""
    is_scalar: bool
    tier: Tier
    is_cached: bool
    warnings: Sequence[str]


class Expressions:
    def __init__(
        self,
        store: MetricStore,
        cache: ResultCache,
        now_ms: Callable[[], int],
        retention_ms: Callable[[Tier], int],
    ) -> None:
        self._store = store
        self._cache = cache
        self._now_ms = now_ms
        self._retention_ms = retention_ms

    # ---- which table

    def route(self, node: Node, start_ms: int, end_ms: int, step_ms: int | None) -> Tier:
        """By range, as the owner has it. A selector that looks further back counts from where it looks."""
        needs = needs_of(node)
        span = Span(start_ms - needs.back_ms, end_ms - needs.back_ms, step_ms)
        tier = choose_tier(span, self._now_ms(), self._retention_ms)
        if needs.only_raw and not tier.is_raw and self._is_kept(RAW, start_ms - needs.back_ms):
            return RAW
        return tier

    def tiers_from(self, node: Node, start_ms: int) -> Sequence[Tier]:
        """For clients that expect exactness: the tables that reach back, the finest first; at least one."""
        from_ms = start_ms - needs_of(node).back_ms
        return [tier for tier in TIERS if self._is_kept(tier, from_ms)] or TIERS[-1:]

    def _is_kept(self, tier: Tier, from_ms: int) -> bool:
        return reaches_back(tier, from_ms, self._now_ms(), self._retention_ms)

    # ---- evaluation

    def run_pieces(
        self,
        node: Node,
        times_ms: Int64Array,
        end_ms: int,
        tier: Tier,
        make_limits: Callable[[], ReadLimits],
    ) -> ExpressionResult:
        """As `run_range`, in pieces of PIECE_STEPS; `make_limits` is asked for each. NaN of a piece is absence."""
        if needs_of(node).uses_bounds or len(times_ms) <= PIECE_STEPS:
            return self.run_range(node, times_ms, end_ms, tier, make_limits())
        pieces = np.array_split(times_ms, -(-len(times_ms) // PIECE_STEPS))
        results: list[ExpressionResult] = []
        series: set[Labels] = set()
        for piece in pieces:
            results.append(self.run_range(node, piece, end_ms, tier, make_limits()))
            series.update(results[-1].columns.labels)
            # As early as it is known: what is read next would be thrown away.
            check_cells(len(series), sum(len(one.columns.times_ms) for one in results), MAX_PIECED_CELLS)
        columns = drop_empty(join_columns([one.columns for one in results]))
        warnings = dict.fromkeys(warning for one in results for warning in one.warnings)
        return results[0]._replace(
            columns=columns, present=~np.isnan(columns.values), warnings=tuple(warnings)
        )

    def run_range(
        self, node: Node, times_ms: Int64Array, end_ms: int, tier: Tier, limits: ReadLimits
    ) -> ExpressionResult:
        """The value at each time up to the end of the query; from the cache as far as it holds."""
        needs = needs_of(node)
        key: Hashable = (node, tier.table, int(times_ms[1] - times_ms[0]) if len(times_ms) > 1 else 0)
        position = self._store.write_position
        entry = None if needs.uses_bounds else self._cache.find(key)
        held = None if entry is None else self._cache.reusable_steps(entry, times_ms, times_ms + 1)
        if entry is not None and held is not None and len(held.times_ms) == len(times_ms):
            columns = drop_empty(held)._replace(samples_read=0)
            return ExpressionResult(columns, ~np.isnan(columns.values), False, tier, True, entry.warnings)
        start = 0 if held is None else len(held.times_ms)
        source = StoreSource(self._store, tier, limits, columns=rollup_columns_of(node))
        evaluation = Evaluation(source, times_ms[start:], end_ms, source.check)
        value = evaluation.run(node)
        if held is not None and _holds_nan(value):
            # In what is held NaN stands for absence; in one answer it cannot stand for both.
            held, start = None, 0
            source = StoreSource(self._store, tier, limits, columns=rollup_columns_of(node))
            evaluation = Evaluation(source, times_ms, end_ms, source.check)
            value = evaluation.run(node)
        if isinstance(value, Matrix):
            value = drop_absent_rows(value)
        tail = _columns_of(value, times_ms[start:], source.samples_read)
        columns = tail if held is None else drop_empty(append_columns(held, tail))
        check_cells(*columns.values.shape)
        warnings = tuple(dict.fromkeys([*evaluation.warnings, *(entry.warnings if entry else ())]))
        if not needs.uses_bounds and not _holds_nan(value):
            # NaN stands for absence in columns; a result that has it as a value is not kept.
            made_s = self._cache.now_s() if held is None or entry is None else entry.made_s
            self._cache.put(key, Entry(columns, 0, position, made_s, needs.looks_back_only, warnings))
        if isinstance(value, Matrix):
            present = value.present if held is None else ~np.isnan(columns.values)
            return ExpressionResult(columns, present, False, tier, False, warnings)
        return ExpressionResult(columns, np.ones(columns.values.shape, np.bool_), True, tier, False, warnings)

    def run_instant(
        self,
        node: Node,
        time_ms: int,
        tier: Tier,
        limits: ReadLimits,
        shared: SharedSamples | None = None,
    ) -> tuple[Value | Windows, Sequence[str]]:
        """The value at one time, which may be a range vector; and warnings."""
        source = StoreSource(
            self._store, tier, limits, shared if tier.is_raw else None, rollup_columns_of(node)
        )
        evaluation = Evaluation(source, np.array([time_ms], np.int64), check=source.check)
        if isinstance(node, MatrixSelector | Subquery):
            return evaluation.run_windows(node), ()
        return evaluation.run(node), tuple(evaluation.warnings)


class Needs(NamedTuple):
    """What an expression asks of the data."""

    back_ms: int
    """How far before a step it looks."""
    looks_back_only: bool
    """Whether it looks at nothing after a step, and at no fixed time."""
    only_raw: bool = False
    """Whether rollups answer it only about."""
    uses_bounds: bool = False
    """Whether it has `@ start()` or `@ end()`."""


def needs_of(node: Node) -> Needs:
    match node:
        case VectorSelector(_, offset_ms, at):
            return Needs(
                max(offset_ms, 0) + LOOKBACK_MS,
                looks_back_only=at is None and offset_ms >= 0,
                uses_bounds=isinstance(at, AtBound),
            )
        case MatrixSelector(selector, range_ms):
            inner = needs_of(selector)
            return inner._replace(back_ms=inner.back_ms - LOOKBACK_MS + range_ms)
        case Subquery(expression, range_ms, _, offset_ms, at):
            inner = needs_of(expression)
            return Needs(
                inner.back_ms + range_ms + max(offset_ms, 0),
                looks_back_only=inner.looks_back_only and at is None and offset_ms >= 0,
                only_raw=inner.only_raw,
                uses_bounds=inner.uses_bounds or isinstance(at, AtBound),
            )
        case Negation(expression):
            return needs_of(expression)
        case Aggregate(_, expression, _, parameter):
            return _join([expression, *([parameter] if parameter is not None else [])])
        case Binary(_, left, right):
            return _join([left, right])
        case Call(function, arguments):
            inner = _join(arguments)
            return inner._replace(only_raw=inner.only_raw or function in _ONLY_RAW)
        case _:
            return Needs(0, looks_back_only=True)


# What the partials of a bucket cannot tell.
_ONLY_RAW = frozenset(
    {
        "quantile_over_time",
        "stddev_over_time",
        "stdvar_over_time",
        "mad_over_time",
        "changes",
        "resets",
    }
)


def _join(nodes: Sequence[Node]) -> Needs:
    every = [needs_of(one) for one in nodes]
    return Needs(
        max((one.back_ms for one in every), default=0),
        all(one.looks_back_only for one in every),
        any(one.only_raw for one in every),
        any(one.uses_bounds for one in every),
    )


def _columns_of(value: Value, times_ms: Int64Array, samples_read: int) -> Columns:
    labels: Sequence[Labels]
    values: Float64Array
    if isinstance(value, Text):
        raise ValidationError.for_field(
            "query", 'invalid expression type "string" for range query, must be Scalar or instant Vector'
        )
    if isinstance(value, Scalars):
        labels, values = [()], value.values[None, :]
    else:
        labels, values = value.labels, np.where(value.present, value.values, np.nan)
    return Columns(times_ms, labels, values, None, samples_read)


def _holds_nan(value: Value) -> bool:
    if isinstance(value, Matrix):
        return bool((np.isnan(value.values) & value.present).any())
    # A scalar is always there, so that it cannot be told from a series in columns.
    return True


def check_steps(start_ms: int, end_ms: int, step_ms: int, most: int) -> None:
    """Raises ValidationError, in Prometheus's words, when a range query would have more than `most` steps."""
    if (end_ms - start_ms) // step_ms + 1 > most:
        msg = (
            f"exceeded maximum resolution of {most:,} points per timeseries. "
            "Try decreasing the query resolution (?step=XX)"
        )
        raise ValidationError.for_field("step", msg)
