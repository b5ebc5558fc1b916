"""A store that keeps columns in memory answers, to the last bit, as one that reads everything anew."""

import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from metricbox.clock import ManualClock
from metricbox.errors import LimitExceededError
from metricbox.model import STALE_MARKER
from metricbox.store.duckdb_backend import block_reader
from metricbox.store.duckdb_backend.store import DuckDBMetricStore
from metricbox.store.step_partials import Grouping
from metricbox.store.tiers import HOUR, MINUTE, RAW, Tier
from tests.support.store_lives import StoreLife, filled
from tests.support.stores import HOUR_MS, LIMITS, NOW_MS, batch, key, open_duckdb_store, push, rows

MINUTE_MS = 60_000
CACHE_BYTES = 16 << 20
RETENTION_MS = {RAW.table: 6 * HOUR_MS, MINUTE.table: 60 * HOUR_MS, HOUR.table: 90 * 24 * HOUR_MS}
TIERS = st.sampled_from([MINUTE, HOUR])
# Multiples of a half, of which sums are exact in whatever order they are added up.
VALUES = st.one_of(st.integers(0, 200).map(lambda value: value / 2), st.just(STALE_MARKER))
ROLLUP_COLUMNS = ("sum", "min", "max", "last", "increase")


def retention_ms(tier: Tier) -> int:
    return RETENTION_MS[tier.table]


class TwoStores(RuleBasedStateMachine):
    """Two stores of the same life; asked in between, each time twice, so that later answers come from memory."""

    @initialize()
    def open(self) -> None:
        self.root = Path(tempfile.mkdtemp())
        self.clock = ManualClock(NOW_MS + 30 * MINUTE_MS)
        self._open()
        self.ids: dict[str, list[int]] = {"m0": [], "m1": []}
        for n in range(4):
            self.add_series(f"m{n % 2}")

    def _open(self) -> None:
        self.stores = []
        for name, size in (("plain", 0), ("cached", CACHE_BYTES)):
            (self.root / name).mkdir(exist_ok=True)
            store = open_duckdb_store(self.root / name, self.clock, retention_ms, column_cache_bytes=size)
            self.stores.append(store)

    def teardown(self) -> None:
        if hasattr(self, "stores"):
            for store in self.stores:
                store.close()
            shutil.rmtree(self.root)

    # ---- what happens to both

    @rule(metric=st.sampled_from(["m0", "m1"]))
    def add_series(self, metric: str) -> None:
        """Of a metric of which blocks are kept already."""
        ids = self.ids[metric]
        found = {int(store.register_series([key(metric, n=str(len(ids)))])[0]) for store in self.stores}
        ids += found
        assert len(found) == 1

    @rule(
        samples=st.lists(
            st.tuples(
                st.integers(0, 7),
                st.one_of(st.integers(0, 10 * MINUTE_MS), st.integers(0, 5 * HOUR_MS)),
                VALUES,
            ),
            min_size=1,
            max_size=15,
        )
    )
    def write(self, samples: list[tuple[int, int, float]]) -> None:
        """New, late and repeated samples and stale markers, on a grid of 10 s, so that repetitions happen."""
        ids = sorted(one for ids in self.ids.values() for one in ids)
        now_ms = self.clock.now_ms()
        made = [
            (ids[n % len(ids)], (now_ms - age_ms) // 10_000 * 10_000, value) for n, age_ms, value in samples
        ]
        for store in self.stores:
            store.submit(batch(made)).result(30)

    @rule(at_ms=st.integers(0, 10 * MINUTE_MS), values=st.lists(VALUES, min_size=2, max_size=4))
    def write_again(self, at_ms: int, values: list[float]) -> None:
        """The same time again and again, asked for in between."""
        for value in values:
            self.write([(0, at_ms, value)])
            self.read_raw("m0", None, 6 * HOUR_MS)

    @rule(ms=st.sampled_from([10_000, MINUTE_MS, 17 * MINUTE_MS, 2 * HOUR_MS]))
    def wait(self, ms: int) -> None:
        self.clock.advance_ms(ms)

    @rule(
        names=st.lists(st.sampled_from(["rollup", "seal", "retention", "checkpoint"]), min_size=1, max_size=3)
    )
    def run_jobs(self, names: list[str]) -> None:
        for store in self.stores:
            jobs = {job.name: job.run for job in store.list_jobs()}
            for name in names:
                jobs[name]()

    @rule()
    def restart(self) -> None:
        for store in self.stores:
            store.close()
        self._open()

    # ---- what both are asked

    @rule(
        metric=st.sampled_from(["m0", "m1"]),
        nth=st.one_of(st.none(), st.integers(0, 7)),
        past_ms=st.sampled_from([25_000, 12 * MINUTE_MS, 6 * HOUR_MS]),
    )
    def read_raw(self, metric: str, nth: int | None, past_ms: int) -> None:
        ids, end_ms = self._choose(metric, nth), self.clock.now_ms() + 1
        self._compare(lambda store: store.read_raw(ids, end_ms - past_ms, end_ms, LIMITS, metric))

    @rule(
        tier=TIERS,
        metric=st.sampled_from(["m0", "m1"]),
        nth=st.one_of(st.none(), st.integers(0, 7)),
        past_ms=st.sampled_from([25_000, 12 * MINUTE_MS, 9 * HOUR_MS]),
    )
    def read_rollup(self, tier: Tier, metric: str, nth: int | None, past_ms: int) -> None:
        ids, end_ms = self._choose(metric, nth), self.clock.now_ms() + 1
        self._compare(lambda store: store.read_rollup(tier, ids, end_ms - past_ms, end_ms, LIMITS, metric))

    @rule(
        tier=TIERS,
        metric=st.sampled_from(["m0", "m1"]),
        nth=st.one_of(st.none(), st.integers(0, 7)),
        lengths=st.one_of(
            st.lists(st.sampled_from([1, 7, 60]), min_size=1, max_size=6),
            st.tuples(st.sampled_from([1, 5, 60]), st.integers(1, 12)).map(lambda one: [one[0]] * one[1]),
        ),
        columns=st.lists(st.sampled_from(ROLLUP_COLUMNS), max_size=3, unique=True),
        groups=st.integers(1, 3),
    )
    def read_steps(
        self, tier: Tier, metric: str, nth: int | None, lengths: list[int], columns: list[str], groups: int
    ) -> None:
        ids = self._choose(metric, nth)
        grouping = Grouping(ids, np.arange(len(ids)) % groups)
        unit_ms = tier.resolution_ms
        edges = np.cumsum([0, *lengths]) * unit_ms
        edges += self.clock.now_ms() // unit_ms * unit_ms + unit_ms - edges[-1]
        kept = [
            "groups",
            "steps",
            "rows",
            "counts",
            "first_bucket_ms",
            "last_bucket_ms",
            *(f"{c}s" for c in columns),
        ]

        def ask(store: DuckDBMetricStore) -> Sequence[Any]:
            found = store.read_rollup_steps(tier, grouping, edges, columns, LIMITS, metric)
            return [getattr(found, name) for name in kept]

        self._compare(ask)

    def _choose(self, metric: str, nth: int | None) -> Any:
        ids = self.ids[metric]
        return np.array(ids if nth is None else [ids[nth % len(ids)]], np.int64)

    def _compare(self, ask: Any) -> None:
        plain, cached = self.stores
        expected = [(column.dtype, column.view(np.int64).tolist()) for column in ask(plain)]
        for _ in range(2):
            assert [(column.dtype, column.view(np.int64).tolist()) for column in ask(cached)] == expected


TwoStores.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestTwoStores = TwoStores.TestCase


# ---- single facts


@pytest.fixture
def life(tmp_path: Path) -> Iterator[StoreLife]:
    life = filled(tmp_path / "life", column_cache_bytes=CACHE_BYTES)
    yield life
    life.close()


def read_metric(life: StoreLife, metric: str = "m0") -> list[tuple[int, int, float]]:
    ids = np.array([one.series_id for one in life.store.find_series(metric)], np.int64)
    return rows(life.store.read_raw(ids, 0, NOW_MS * 2, LIMITS, metric))


def loads_of(life: StoreLife, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """(part id, after which row) of every block that is read from now on."""
    loads: list[tuple[int, int]] = []
    load = block_reader.BlockReader._load

    def note(self: Any, cursor: Any, tier: Any, part: Any, wanted: Any, names: Any, after_row: int) -> Any:
        loads.append((part.part_id, after_row))
        return load(self, cursor, tier, part, wanted, names, after_row)

    monkeypatch.setattr(block_reader.BlockReader, "_load", note)
    return loads


def test_every_part_is_read_once_and_an_open_table_on_from_its_last_row(
    life: StoreLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    life.run("seal")
    loads = loads_of(life, monkeypatch)
    sealed, table = life.parts()[1].part_id, life.parts()[0].part_id
    assert {part.part_id: part.is_hot for part in life.parts()} == {sealed: False, table: True}
    before = read_metric(life)
    assert read_metric(life) == before
    assert loads == [(sealed, -1), (table, -1)]
    life.write([(0, 131 * MINUTE_MS, 1.0), (1, 131 * MINUTE_MS, 1.0)])
    assert read_metric(life) != before
    assert loads[2:] == [(table, 10 * 3 * 4 - 1)]


def test_a_table_beside_a_file_is_read_past_the_cache(
    life: StoreLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    life.run("seal")
    life.write([(0, MINUTE_MS, 77.0)])
    loads = loads_of(life, monkeypatch)
    assert (life.ids[0], NOW_MS + MINUTE_MS, 77.0) in read_metric(life)
    assert loads == []
    life.seal()
    assert (life.ids[0], NOW_MS + MINUTE_MS, 77.0) in read_metric(life)
    assert len(loads) == 2


def test_a_series_that_is_made_while_a_block_is_read_is_not_missed(
    life: StoreLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows lie before the last one that the block knows of."""
    list_ids = life.store._catalogue.series_ids_of
    made: list[int] = []

    def series_ids_of(name: str) -> Any:
        ids = list_ids(name)
        if not made:
            made.append(-1)
            made[0] = push(life.store, "m0", {"n": "new"}, [(NOW_MS + 5 * MINUTE_MS, 5.0)])
        return ids

    monkeypatch.setattr(life.store._catalogue, "series_ids_of", series_ids_of)
    for _ in range(3):
        read_metric(life)
        assert (made[0], NOW_MS + 5 * MINUTE_MS, 5.0) in read_metric(life)
        life.write([(1, 6 * MINUTE_MS, 1.0)])


def test_what_is_too_large_in_an_open_table_is_read_past_the_cache(
    life: StoreLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(block_reader, "MAX_BLOCK_ROWS", 100)
    loads = loads_of(life, monkeypatch)
    expected = [row for row in life.read() if row[0] in life.ids[::2]]
    for _ in range(3):
        assert read_metric(life) == expected
    assert len(loads) == 1
    assert life.store._reader._blocks is not None
    assert life.store._reader._blocks.cache.size_bytes == 0


def test_the_limit_holds_for_rows_that_are_in_memory(life: StoreLife) -> None:
    ids = life.ids[::2]
    for _ in range(2):
        assert (
            len(life.store.read_raw(ids, 0, NOW_MS * 2, LIMITS._replace(max_samples=780), "m0").values) == 780
        )
        with pytest.raises(LimitExceededError):
            life.store.read_raw(ids, 0, NOW_MS * 2, LIMITS._replace(max_samples=779), "m0")


def test_nothing_is_asked_of_no_series_and_of_no_time(life: StoreLife) -> None:
    none = np.empty(0, np.int64)
    for ids, start_ms in ((none, 0), (life.ids[::2], NOW_MS * 2), (life.ids[::2], NOW_MS * 3)):
        for _ in range(3):
            assert rows(life.store.read_raw(ids, start_ms, NOW_MS * 2, LIMITS, "m0")) == []
            assert life.store.read_rollup(MINUTE, ids, start_ms, NOW_MS * 2, LIMITS, "m0").size == 0


def test_a_reader_never_misses_what_was_acknowledged(life: StoreLife) -> None:
    """While samples of known and new series come, and jobs move them about."""
    acknowledged: list[tuple[int, int, float]] = [
        (int(s), int(t), v) for s, t, v in life.read() if s in life.ids[::2]
    ]
    failures: list[BaseException] = []
    is_done = threading.Event()

    def write() -> None:
        try:
            ids = [int(one) for one in life.ids[::2]]
            for n in range(120):
                at_ms = NOW_MS + 130 * MINUTE_MS + n * 100
                if n % 10 == 0:
                    ids.append(push(life.store, "m0", {"n": f"new{n}"}, [(at_ms - 50, 1.0)]))
                    acknowledged.append((ids[-1], at_ms - 50, 1.0))
                # Every third sample is late, for a chunk that is being sealed.
                made = [(one, at_ms + 7 - (40 * MINUTE_MS if n % 3 == 0 else 0), n / 2) for one in ids]
                life.store.submit(batch(made)).result(30)
                acknowledged.extend(made)
        except BaseException as error:
            failures.append(error)
        finally:
            is_done.set()

    def run_jobs() -> None:
        try:
            while not is_done.wait(0.05):
                life.run("rollup", "seal")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write), threading.Thread(target=run_jobs)]
    for thread in threads:
        thread.start()
    rounds = 0
    while not is_done.is_set() or rounds < 2:
        rounds += 1
        known = list(acknowledged)
        assert set(known) <= set(read_metric(life))
        one = known[-1][0]
        found = rows(life.store.read_raw(np.array([one]), 0, NOW_MS * 2, LIMITS, "m0"))
        assert {row for row in known if row[0] == one} <= set(found)
        ids = np.array([series.series_id for series in life.store.find_series("m0")], np.int64)
        counts = life.store.read_rollup_steps(
            MINUTE, Grouping(ids, np.zeros(len(ids), np.int64)), np.array([NOW_MS, NOW_MS + 3 * HOUR_MS]), ["sum"],
            LIMITS, "m0",
        ).counts  # fmt: skip
        assert len({row[:2] for row in known}) <= counts[0] <= len({row[:2] for row in read_metric(life)})
    for thread in threads:
        thread.join()
    assert failures == []
