"""Where an expression gets its samples from."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from metricbox.model import Float64Array, Int64Array, Labels
from metricbox.query.promql.windows import Selected
from metricbox.store.contract import Matcher


class Buckets(NamedTuple):
    """Rollup rows of series, laid out like `Selected`: one series after another, each sorted by bucket."""

    labels: Sequence[Labels]
    offsets: Int64Array
    bucket_ms: Int64Array
    """Starts of the buckets."""
    columns: "dict[str, Float64Array]"
    """Of `PartialColumns`, by name: counts, sums, mins, maxs, firsts, lasts, increases."""


class SampleSource(Protocol):
    """One table: raw samples, or one rollup."""

    @property
    def resolution_ms(self) -> int:
        """Length of a bucket; 0 for raw."""
        ...

    def select(self, alternatives: Sequence[Sequence[Matcher]], start_ms: int, end_ms: int) -> Selected:
        """Samples in [start_ms, end_ms], both included, of the series that meet all matchers of an alternative.

        Only of a raw source. Raises LimitExceededError.
        """
        ...

    def select_buckets(
        self, alternatives: Sequence[Sequence[Matcher]], start_ms: int, end_ms: int
    ) -> Buckets:
        """Buckets that begin in [start_ms, end_ms). Only of a rollup. Raises LimitExceededError."""
        ...
