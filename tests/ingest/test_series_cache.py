"""The bounded cache of series ids, and the words for a reached series limit."""

from metricbox.ingest.series_cache import GenerationCache, SeriesRegistrar
from metricbox.model import SeriesKey
from tests.ingest.fakes import FakeStore


def test_entries_are_found_in_both_generations():
    cache = GenerationCache[bytes, int](max_bytes=20_000)
    for number in range(40):
        cache.put(b"%d" % number, number, 2, 1)
    assert cache.find(b"39") == 39
    assert cache.find(b"missing") is None
    found = [number for number in range(40) if cache.find(b"%d" % number) == number]
    assert found == list(range(40 - len(found), 40))
    assert len(found) == len(cache)


def test_it_stays_within_its_bytes():
    """B041: memory does not grow with the number of series that were ever seen."""
    cache = GenerationCache[bytes, int](max_bytes=100_000)
    for number in range(100_000):
        cache.put(b"%d" % number, number, 6, 1)
    assert len(cache) < 400


def test_replacing_an_entry_counts_it_once():
    cache = GenerationCache[bytes, int](max_bytes=10_000)
    for number in range(100):
        cache.put(b"same", number, 4, 0)
    assert cache.young == {b"same": 99}


def test_clear_forgets_everything():
    cache = GenerationCache[bytes, int]()
    cache.put(b"a", 1, 1, 1)
    cache.clear()
    assert cache.find(b"a") is None


def session(number: int) -> SeriesKey:
    return SeriesKey("session", (("host", "a"), ("user", f"u{number}")))


def test_the_limit_names_the_label_with_most_values():
    """B041: the cap says what exploded."""
    store = FakeStore(max_series=50)
    registrar = SeriesRegistrar(store, 50)
    keys = [session(number) for number in range(60)]
    ids = registrar.register(keys).tolist()
    assert ids[:50] == list(range(1, 51))
    assert ids[50:] == [-1] * 10
    assert registrar.explain_limit(keys[50:], 0.0) == (
        "series limit of 50 reached; session has 50 values of tag user"
    )


def test_the_blame_is_looked_up_seldom():
    store = FakeStore(max_series=1)
    registrar = SeriesRegistrar(store, 1)
    calls = []
    store.count_label_names = lambda name: calls.append(name) or {}
    for second in range(130):
        registrar.explain_limit([session(1)], float(second))
    assert len(calls) == 3


def test_a_series_without_labels_is_named_too():
    assert SeriesRegistrar(FakeStore(), 1).explain_limit([SeriesKey("up", ())], 0.0) == (
        "series limit of 1 reached; up would get one more"
    )
