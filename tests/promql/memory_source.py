"""Samples in memory as a source of the engine: the simplest thing that keeps the contract of SampleSource."""

from collections.abc import Iterable, Sequence

import numpy as np
import re2

from metricbox.model import Labels
from metricbox.query.promql.source import Buckets
from metricbox.query.promql.windows import Selected
from metricbox.store.contract import Matcher, MatchOp


class MemorySource:
    """Series are kept in the order of their labels."""

    def __init__(self) -> None:
        self._samples: dict[Labels, dict[int, float]] = {}

    resolution_ms = 0

    def add(self, labels: Labels, samples: Iterable[tuple[int, float]]) -> None:
        """The later of two values for one time counts."""
        self._samples.setdefault(labels, {}).update(samples)

    def clear(self) -> None:
        self._samples.clear()

    def select(self, alternatives: Sequence[Sequence[Matcher]], start_ms: int, end_ms: int) -> Selected:
        found = []
        for labels, samples in sorted(self._samples.items()):
            if any(all(_meets(dict(labels), one) for one in matchers) for matchers in alternatives):
                rows = sorted((ts, value) for ts, value in samples.items() if start_ms <= ts <= end_ms)
                found += [(labels, rows)] if rows else []
        rows = [row for _, rows in found for row in rows]
        return Selected(
            [labels for labels, _ in found],
            np.cumsum([0, *(len(rows) for _, rows in found)], dtype=np.int64),
            np.array([ts for ts, _ in rows], np.int64),
            np.array([value for _, value in rows], np.float64),
        )

    def select_buckets(
        self, alternatives: Sequence[Sequence[Matcher]], start_ms: int, end_ms: int
    ) -> Buckets:
        raise AssertionError("a raw source has no buckets")


def _meets(labels: dict[str, str], matcher: Matcher) -> bool:
    value = labels.get(matcher.label, "")
    match matcher.op:
        case MatchOp.EQUAL:
            return value == matcher.value
        case MatchOp.NOT_EQUAL:
            return value != matcher.value
        case MatchOp.REGEX:
            return re2.fullmatch(matcher.value, value) is not None
        case MatchOp.NOT_REGEX:
            return re2.fullmatch(matcher.value, value) is None
