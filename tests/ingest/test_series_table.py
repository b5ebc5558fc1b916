"""Samples under raw keys: what is looked up once, what is refused and in which words."""

import numpy as np
import pytest

from metricbox.ingest.outcome import Reason, Refusals
from metricbox.ingest.series_cache import GenerationCache, SeriesRegistrar
from metricbox.ingest.series_table import DoorContext, KeyedSamples, SeriesFaultError
from metricbox.ingest.timestamps import make_window
from metricbox.model import STALE_MARKER_BITS, SeriesKey, make_labels
from tests.ingest.fakes import FakeStore

NOW_MS = 1_795_600_800_000
STALE = float(np.array([STALE_MARKER_BITS], np.uint64).view(np.float64)[0])


class Door:
    """Keys are `name` or `name host`."""

    def __init__(self, max_series: int = 100) -> None:
        self.store = FakeStore(max_series)
        self.registrar = SeriesRegistrar(self.store, max_series)
        self.cache = GenerationCache(1_000_000)
        self.made: list[str] = []

    def push(self, *samples: tuple[str, float] | tuple[str, float, int]):
        context = DoorContext(
            self.registrar, self.cache, make_window(NOW_MS, 86_400_000, 600_000), 0.0, 1_000
        )
        rows = [(key, value, *(stamp or [NOW_MS])) for key, value, *stamp in samples]
        columns = KeyedSamples(
            range(1, len(rows) + 1),
            [key for key, _, _ in rows],
            np.array([at for _, _, at in rows], np.int64),
            np.array([value for _, value, _ in rows], np.float64),
        )
        return context.resolve(columns, self.make, Refusals())

    def make(self, key: str) -> SeriesKey:
        self.made.append(key)
        if key.startswith("!"):
            b"\x80".decode()
        if key.startswith("?"):
            raise SeriesFaultError("starts with a question")
        name, *host = key.split(" ")
        return SeriesKey(name, make_labels([("host", host[0])] if host else []))


@pytest.fixture
def door():
    return Door()


def test_a_key_is_read_once_whatever_the_number_of_samples_and_requests(door):
    first = door.push(("a", 1), ("b x", 2), ("a", 3, NOW_MS - 1))
    again = door.push(("b x", 4), ("a", 5))
    assert door.made == ["a", "b x"]
    assert first.batch.series_ids.tolist() == [1, 2, 1]
    assert again.batch.series_ids.tolist() == [2, 1]
    assert first.batch.ts_ms.tolist() == [NOW_MS, NOW_MS, NOW_MS - 1]
    assert (first.refusals.samples, again.refusals.samples) == (0, 0)


def test_what_cannot_be_stored_is_refused_by_position_and_the_rest_is_stored(door):
    decoded = door.push(("a", 1), ("?", 2), ("1 x", 3), ("b", 4, NOW_MS + 3_600_000), ("c", 5))
    assert decoded.batch.values.tolist() == [1, 5]
    assert [(one.position, one.reason) for one in decoded.refusals.first] == [
        (2, Reason.BAD_SERIES),
        (3, Reason.BAD_SERIES),
        (4, Reason.TOO_NEW),
    ]
    assert "question" in decoded.refusals.first[0].message


def test_values_that_are_not_finite_are_dropped_and_make_no_series_but_stale_markers_stay(door):
    """Trap B009."""
    decoded = door.push(("nan", float("nan")), ("inf", float("inf")), ("gone", STALE), ("good", 1))
    assert list(door.store.ids) == [SeriesKey("gone", ()), SeriesKey("good", ())]
    assert decoded.batch.values.view(np.uint64).tolist()[0] == STALE_MARKER_BITS
    assert decoded.refusals.samples_by_reason == {Reason.NOT_FINITE: 2}
    assert decoded.refusals.refused_units == 0


def test_series_over_the_cap_are_refused_each_time_and_not_remembered():
    door = Door(max_series=1)
    decoded = door.push(("a", 1), ("b", 2), ("b", 3, NOW_MS - 1))
    assert decoded.batch.values.tolist() == [1]
    assert decoded.refusals.samples_by_reason == {Reason.SERIES_LIMIT: 2}
    door.store.max_series = 2
    assert door.push(("b", 4)).batch.values.tolist() == [4]


def test_nothing_is_nothing(door):
    assert door.push().batch.size == 0


def test_names_that_are_not_utf_8_are_refused_alone(door):
    decoded = door.push(("!", 1), ("a", 2))
    assert decoded.batch.values.tolist() == [2]
    assert "not UTF-8" in decoded.refusals.first[0].message
