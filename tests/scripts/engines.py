"""What a script asks of a store beyond its contract: single steps of its work, and how far it has come.

One class for each backend; a new one is judged by the same scripts.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from metricbox.clock import ManualClock
from metricbox.store.buckets import Range, merge_ranges
from metricbox.store.contract import MetricStore, TierStatus
from metricbox.store.duckdb_backend.store import DuckDBMetricStore
from metricbox.store.tiers import Tier
from tests.support.stores import open_duckdb_store


class StopWorkError(Exception):
    """A job that the script breaks off."""


class Engine(Protocol):
    @property
    def store(self) -> MetricStore: ...

    def refresh(self, tier: Tier, stop_after: int | None) -> int:
        """Bring one tier up to date; the number of pieces of work. Breaks off after so many of them."""
        ...

    def pending(self, tier: Tier) -> list[Range]:
        """What is logged as outdated, merged."""
        ...

    def count_chunks(self, tier: Tier, kind: str) -> int:
        """Chunks that have hot, or sealed, parts."""
        ...

    def threshold_ms(self, tier: Tier) -> int | None: ...


class DuckDBEngine:
    def __init__(self, folder: Path, clock: ManualClock, retention_ms: Callable[[Tier], int]) -> None:
        self._clock = clock
        self.store: DuckDBMetricStore = open_duckdb_store(folder, clock, retention_ms)

    def refresh(self, tier: Tier, stop_after: int | None) -> int:
        refresher = self.store._maintenance.refresher
        if stop_after is None:
            return refresher.refresh(tier, self._clock.now_ms())
        carry_out, done = refresher._carry_out, 0

        def carry_out_some(*work: object) -> None:
            nonlocal done
            if done == stop_after:
                raise StopWorkError
            carry_out(*work)  # type: ignore[arg-type]
            done += 1

        refresher._carry_out = carry_out_some  # type: ignore[assignment, method-assign]
        try:
            return refresher.refresh(tier, self._clock.now_ms())
        except StopWorkError:
            return done
        finally:
            del refresher._carry_out

    def pending(self, tier: Tier) -> list[Range]:
        with self.store._chunks.pinned() as view:
            return merge_ranges(view.pending(tier))

    def count_chunks(self, tier: Tier, kind: str) -> int:
        parts = self.store._chunks.list_parts(tier)
        return len({part.start_ms for part in parts if part.is_hot == (kind == "hot")})

    def threshold_ms(self, tier: Tier) -> int | None:
        return self.store._chunks.threshold_ms(tier)


def tier_status(engine: Engine, tier: Tier) -> TierStatus:
    return next(one for one in engine.store.status().tiers if one.table == tier.table)
