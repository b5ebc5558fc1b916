"""What is kept of results, and how much of it still holds."""

import numpy as np

from metricbox.model import Int64Array
from metricbox.query.cache import TTL_S, Entry, ResultCache
from metricbox.query.columns import Columns


class Writes:
    """The store's side: the earliest sample written since."""

    earliest_ms: int | None = None

    def earliest_since(self, _: int) -> int | None:
        return self.earliest_ms


class Time:
    now_s = 1000.0


def make_cache(max_bytes: int = 1 << 20) -> tuple[ResultCache, Writes, Time]:
    writes, time = Writes(), Time()
    return ResultCache(max_bytes, writes.earliest_since, lambda: time.now_s), writes, time


def entry(
    times: list[int], made_s: float = 1000.0, *, looks_back_only: bool = True, series: int = 1
) -> Entry:
    values = np.tile(np.array(times, np.float64), (series, 1))
    columns = Columns(
        np.array(times, np.int64), [(("n", str(one)),) for one in range(series)], values, None, 0
    )
    return Entry(columns, 10, 1, made_s, looks_back_only)


def reuse(cache: ResultCache, kept: Entry, wanted: list[int]) -> list[int] | None:
    """The times that hold, of steps of 10."""
    starts: Int64Array = np.array(wanted, np.int64)
    found = cache.reusable_steps(kept, starts, starts + 10)
    return None if found is None else found.times_ms.tolist()


def test_everything_holds_while_nothing_is_written() -> None:
    cache, _, _ = make_cache()
    kept = entry([0, 10, 20, 30])
    assert reuse(cache, kept, [0, 10, 20, 30]) == [0, 10, 20, 30]
    assert reuse(cache, kept, [10, 20]) == [10, 20]
    assert reuse(cache, kept, [20, 30, 40, 50]) == [20, 30]


def test_what_it_does_not_have_is_not_taken() -> None:
    cache, _, _ = make_cache()
    kept = entry([0, 10, 20, 30])
    for wanted in ([40, 50], [-10, 0, 10], [5, 15], [0, 20], [0, 20, 40]):
        assert reuse(cache, kept, wanted) is None, wanted


def test_steps_hold_up_to_a_write() -> None:
    """Half-open: the end of a step does not belong to it."""
    cache, writes, _ = make_cache()
    kept, wanted = entry([0, 10, 20, 30]), [0, 10, 20, 30]
    for written_ms, holding in ((40, 4), (39, 3), (30, 3), (29, 2), (10, 1)):
        writes.earliest_ms = written_ms
        assert reuse(cache, kept, wanted) == wanted[:holding]
    for written_ms in (9, 0, -(2**62)):
        writes.earliest_ms = written_ms
        assert reuse(cache, kept, wanted) is None


def test_what_looks_ahead_is_lost_by_any_write() -> None:
    cache, writes, _ = make_cache()
    kept = entry([0, 10], looks_back_only=False)
    assert reuse(cache, kept, [0, 10]) == [0, 10]
    writes.earliest_ms = 10**9
    assert reuse(cache, kept, [0, 10]) is None


def test_an_entry_lives_as_long_as_since_it_was_made_whole() -> None:
    """Putting its renewed end back does not make the rest younger."""
    cache, _, time = make_cache()
    cache.put("key", entry([0], made_s=time.now_s))
    time.now_s += TTL_S - 1
    kept = cache.find("key")
    assert kept is not None
    cache.put("key", kept)
    assert cache.find("key") is not None
    time.now_s += 2
    assert cache.find("key") is None


def test_bytes_bound_it() -> None:
    cache, _, _ = make_cache(max_bytes=100_000)
    for number in range(100):
        cache.put(number, entry(list(range(500))))
    assert 0 < cache.size_bytes <= 100_000
    assert cache.find(99) is not None
    assert cache.find(0) is None


def test_what_would_fill_it_alone_is_not_kept() -> None:
    cache, _, _ = make_cache(max_bytes=100_000)
    cache.put("small", entry([0]))
    cache.put("large", entry(list(range(100)), series=60))
    assert cache.find("large") is None
    assert cache.find("small") is not None


def test_clearing_forgets_all() -> None:
    cache, _, _ = make_cache()
    cache.put("key", entry([0]))
    cache.clear()
    assert cache.find("key") is None
    assert cache.size_bytes == 0
