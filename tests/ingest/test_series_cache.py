"""The bounded cache of series ids, and the words for a reached series limit."""

import threading
import time
from collections.abc import Sequence

import pytest

from metricbox.errors import UnavailableError
from metricbox.ingest.outcome import Reason
from metricbox.ingest.series_cache import NO_TOKEN, GenerationCache, LabelFinder, Sender, SeriesRegistrar
from metricbox.model import Series, SeriesKey
from metricbox.store.contract import SERIES_LIMIT_REACHED, MetricDetails, SeriesCaps
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


def session(number: int, name: str = "session") -> SeriesKey:
    return SeriesKey(name, (("host", "a"), ("user", f"u{number}")))


def sessions(count: int, name: str = "session") -> list[SeriesKey]:
    return [session(number, name) for number in range(count)]


def refuse(registrar: SeriesRegistrar, keys: Sequence[SeriesKey]) -> str:
    """Register, and explain what was refused."""
    ids = registrar.register(keys).tolist()
    refused = [key for key, number in zip(keys, ids, strict=True) if number == SERIES_LIMIT_REACHED]
    assert refused
    return registrar.explain_limit(refused, 0.0)


def test_the_limit_names_the_label_with_most_values():
    """B041: the cap says what exploded."""
    store = FakeStore(max_series=50)
    registrar = SeriesRegistrar(store, 50)
    keys = sessions(60)
    ids = registrar.register(keys).tolist()
    assert ids[:50] == list(range(1, 51))
    assert ids[50:] == [-1] * 10
    assert registrar.explain_limit(keys[50:], 0.0) == (
        "the server has reached its 50 series (setting max_series); "
        "the label with most values in session is user (50 values)"
    )
    assert registrar.refused_samples == {Reason.SERIES_LIMIT: 10}


def test_a_full_metric_is_named_with_its_setting_and_its_label():
    registrar = SeriesRegistrar(FakeStore(), 10_000, 1_200)
    assert refuse(registrar, sessions(1_300)) == (
        "metric session has reached its 1200 series (setting max_series_per_metric); "
        "the label with most values is user (1,200 values)"
    )
    assert registrar.refused_samples == {Reason.METRIC_SERIES_LIMIT: 100}


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (None, "this token has reached its 5 series (setting max_series_per_token)"),
        (3, "this token has reached its 3 series (a cap of its own)"),
    ],
)
def test_a_token_that_is_used_up_is_told_by_which_cap(own: int | None, expected: str):
    registrar = SeriesRegistrar(FakeStore(), 100, 0, 5).for_sender(Sender("token a", own))
    values = own or 5
    assert refuse(registrar, sessions(6)) == (
        f"{expected}; the label with most values in session is user ({values} values)"
    )
    assert registrar.refused_samples == {Reason.TOKEN_SERIES_LIMIT: 6 - values}


@pytest.mark.parametrize(
    ("sender", "per_token"),
    [(NO_TOKEN, 7), (Sender("a"), 7), (Sender("a", 3), 3), (Sender("a", 0), 0)],
)
def test_the_store_is_told_of_the_sender_and_its_caps(sender: Sender, per_token: int):
    store = FakeStore()
    base = SeriesRegistrar(store, 100, 9, 7)
    base.for_sender(sender).register([session(1)])
    base.register([session(1)])
    assert store.caps == [SeriesCaps(9, sender.token, per_token), SeriesCaps(9, "", 7)]


def test_a_token_without_a_cap_goes_on():
    store = FakeStore()
    registrar = SeriesRegistrar(store, 100, 0, 2).for_sender(Sender("a", 0))
    assert registrar.register(sessions(10)).tolist() == list(range(1, 11))
    assert store.tokens == ["a"] * 10


def test_each_cap_that_refused_something_is_named_and_counted():
    store = FakeStore()
    base = SeriesRegistrar(store, 100, 3, 5)
    registrar = base.for_sender(Sender("a"))
    keys = [*sessions(6, "full"), *sessions(4, "other"), *sessions(3, "third")]
    assert refuse(registrar, keys).split("; ") == [
        "metric full has reached its 3 series (setting max_series_per_metric)",
        "the label with most values is user (3 values)",
        "this token has reached its 5 series (setting max_series_per_token)",
        "the label with most values in third is user (3 values)",
    ]
    assert registrar.refused_samples == {Reason.METRIC_SERIES_LIMIT: 3, Reason.TOKEN_SERIES_LIMIT: 5}
    assert base.refused_samples == {}


def test_many_full_metrics_make_a_short_message():
    registrar = SeriesRegistrar(FakeStore(), 1_000, 1)
    keys = [key for number in range(40) for key in sessions(number + 2, f"m{number}")]
    message = refuse(registrar, keys)
    assert message.count("has reached its 1 series") == 3
    assert message.startswith("metric m39 has reached")
    assert message.endswith("; 37 more metrics have reached theirs")
    assert registrar.refused_samples == {Reason.METRIC_SERIES_LIMIT: len(keys) - 40}


def test_the_label_is_looked_for_seldom_whoever_sends():
    store = FakeStore(max_series=1)
    base = SeriesRegistrar(store, 1)
    looked = []
    store.find_series = lambda name: looked.append(name) or []
    for second in range(130):
        base.for_sender(Sender(f"t{second}")).explain_limit(sessions(5), float(second))
    assert looked == ["session"] * 3
    for _ in range(10):
        base.explain_limit([session(1, "other")], 130.0)
    assert looked == [*["session"] * 3, "other"]


def test_what_is_kept_of_labels_is_bounded():
    finder = LabelFinder(FakeStore())
    for number in range(5_000):
        assert finder.find(f"m{number}", [session(1)], 0.0) == ("host", 1)
    assert len(finder._found) <= 1_000


def test_threads_look_for_a_label_once():
    store = FakeStore()
    looked = []

    def find_slowly(name: str) -> list[Series]:
        looked.append(name)
        time.sleep(0.02)
        return []

    store.find_series = find_slowly
    finder = LabelFinder(store)
    threads = [threading.Thread(target=finder.find, args=("m", [session(1)], 0.0)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert looked == ["m"]


def test_without_the_store_the_refused_series_say_what_they_can():
    store = FakeStore(max_series=0)

    def fail(_: str) -> list[Series]:
        raise UnavailableError("later", 1)

    store.find_series = fail
    assert refuse(SeriesRegistrar(store, 0), sessions(4)).endswith("is user (4 values)")


def test_a_series_without_labels_is_named_too():
    assert SeriesRegistrar(FakeStore(), 1).explain_limit([SeriesKey("up", ())], 0.0) == (
        "the server has reached its 1 series (setting max_series); up would get one more"
    )
    assert SeriesRegistrar(FakeStore(), 1).explain_limit([SeriesKey("up", (("a", "b"),))], 0.0) == (
        "the server has reached its 1 series (setting max_series); "
        "the label with most values in up is a (1 value)"
    )


def test_a_token_for_some_metrics_is_told_which_are_not_its_own():
    store = FakeStore()
    registrar = SeriesRegistrar(store, 50).for_sender(Sender("a", metric_prefix="web"))
    keys = [SeriesKey(name, ()) for name in ("web", "a", "b", "c", "d", "Web", "web_x")]
    ids = registrar.register(keys).tolist()
    assert ids == [1, -1, -1, -1, -1, -1, 2]
    assert [key.name for key in store.ids] == ["web", "web_x"], "nothing else came to be"
    assert registrar.explain_limit(keys[1:6], 0.0) == (
        "this token takes metrics alone whose name begins with web, not a, b, c and 2 more"
    )
    assert registrar.refused_samples == {Reason.FOREIGN_NAME: 5}
    registrar.learn({"web": MetricDetails("gauge"), "a": MetricDetails("gauge")})
    assert store.learned == {"web": MetricDetails("gauge")}
