"""Delta temporality through the door: counters, levels, histograms."""

import pytest

from metricbox.ingest import otlp_totals
from tests.support.otlp import DELTA, MINUTE_MS, NOW_MS, Door, Request

START_MS = NOW_MS - 10 * MINUTE_MS


def counter(number: int, value: float, name: str = "c", **options) -> Request:
    """The `number`th minute of a counter."""
    request = Request({"service.name": "s"})
    start_ms = START_MS + number * MINUTE_MS
    request.sum(
        name, value, {"k": "v"}, start_ms + MINUTE_MS, start_ms=start_ms, temporality=DELTA, **options
    )
    return request


@pytest.mark.parametrize("is_json", [False, True])
def test_deltas_of_a_counter_are_stored_as_totals(is_json):
    """Trap B034: 3, 4, 5 increase by 12."""
    door = Door()
    rows = [
        row
        for number, value in enumerate((3, 4, 5))
        for row in door.push(counter(number, value), is_json=is_json)
    ]
    assert [(name, ts_ms - START_MS, value) for name, _, ts_ms, value in rows] == [
        ("c_total", 1, 0.0),
        ("c_total", MINUTE_MS, 3.0),
        ("c_total", 2 * MINUTE_MS, 7.0),
        ("c_total", 3 * MINUTE_MS, 12.0),
    ]
    assert door.store.learned["c_total"].type == "counter"


def test_several_points_of_one_message():
    request = Request()
    for number, value in enumerate((3, 4, 5)):
        start_ms = START_MS + number * MINUTE_MS
        request.sum("c", value, {}, start_ms + MINUTE_MS, start_ms=start_ms, temporality=DELTA)
    request.gauge("g", 7.0)
    door = Door()
    assert sorted(row[3] for row in door.push(request)) == [0.0, 3.0, 7.0, 7.0, 12.0]
    # Sent again after a lost answer: the last total once more, nothing added.
    assert sorted(row[3] for row in door.push(request)) == [7.0, 12.0]


def test_a_restart_is_a_reset_that_does_not_overwrite_the_last_total():
    before = Door().push(counter(0, 100))
    after = Door().push(counter(1, 5))
    stamps = [row[2] for row in (*before, *after)]
    assert stamps == sorted(set(stamps))
    assert [row[3] for row in after] == [0.0, 5.0]


def test_a_level_of_deltas_adds_up_as_well():
    door = Door()
    values = [
        row[3]
        for number, value in enumerate((3, -4))
        for row in door.push(counter(number, value, is_monotonic=False))
    ]
    assert values == [0.0, 3.0, -1.0]
    assert door.store.learned["c"].type == "gauge"


def test_a_negative_delta_of_a_counter_is_refused():
    door = Door()
    door.push(counter(0, 3))
    rows, ((position, sentence),) = door.refuse(counter(1, -1))
    assert (rows, position) == ([], 0)
    assert sentence == "c_total: a delta of a counter must not be negative"
    assert [row[3] for row in door.push(counter(2, 4))] == [7.0]


def test_what_is_outside_the_window_or_not_finite_does_not_count():
    door = Door()
    door.push(counter(0, 3))
    old = Request({"service.name": "s"})
    old.sum("c", 50, {"k": "v"}, NOW_MS - 10 * 86_400_000, temporality=DELTA)
    _, ((_, sentence),) = door.refuse(old)
    assert "older than raw data is kept" in sentence
    assert door.decode(counter(1, float("nan")).protobuf).batch.size == 0
    assert [row[3] for row in door.push(counter(2, 4))] == [7.0]


def test_a_first_interval_that_began_before_the_window():
    request = Request()
    request.sum("c", 5, {}, NOW_MS, start_ms=NOW_MS - 10 * 86_400_000, temporality=DELTA)
    (zero, total) = Door().push(request)
    assert (zero[2:], total[2:]) == ((NOW_MS - 86_400_000, 0.0), (NOW_MS, 5.0))


def test_series_past_the_bound_are_refused_with_the_reason(monkeypatch):
    """Trap B034."""
    door = Door()
    monkeypatch.setattr(door.door._deltas.numbers, "_max_values", 1)
    door.push(counter(0, 3))
    _, ((_, sentence),) = door.refuse(counter(0, 3, "other"))
    assert sentence == "other_total: " + otlp_totals.TOO_MANY_TOTALS.format(limit=1)
    assert [row[3] for row in door.push(counter(1, 4))] == [7.0]


@pytest.mark.parametrize("is_json", [False, True])
def test_histograms(is_json):
    door = Door()
    stored = []
    for number, counts in enumerate(([1, 2], [0, 3])):
        request = Request()
        start_ms = START_MS + number * MINUTE_MS
        request.histogram(
            "h", counts, [0.5], {}, start_ms + MINUTE_MS, start_ms=start_ms, total=1.5, temporality=DELTA
        )
        stored += door.push(request, is_json=is_json)
    table = {}
    for name, labels, ts_ms, value in stored:
        table.setdefault(ts_ms - START_MS, []).append((name, labels.get("le"), value))
    assert table == {
        1: [
            ("h_sum", None, 0.0),
            ("h_count", None, 0.0),
            ("h_bucket", "0.5", 0.0),
            ("h_bucket", "+Inf", 0.0),
        ],
        MINUTE_MS: [
            ("h_sum", None, 1.5),
            ("h_count", None, 3.0),
            ("h_bucket", "0.5", 1.0),
            ("h_bucket", "+Inf", 3.0),
        ],
        2 * MINUTE_MS: [
            ("h_sum", None, 3.0),
            ("h_count", None, 6.0),
            ("h_bucket", "0.5", 1.0),
            ("h_bucket", "+Inf", 6.0),
        ],
    }


def test_exponential_histograms_of_changing_scale():
    door = Door()
    last: dict[str | None, float] = {}
    for number, (scale, counts) in enumerate(((1, [1, 2, 3, 4]), (0, [10, 20]))):
        request = Request()
        start_ms = START_MS + number * MINUTE_MS
        request.exponential(
            "e", scale, 0, counts, {}, start_ms + MINUTE_MS, start_ms=start_ms, temporality=DELTA
        )
        last = {
            labels.get("le"): value for name, labels, _, value in door.push(request) if name == "e_bucket"
        }
    assert last == {"0": 0.0, "2": 13.0, "4": 40.0, "+Inf": 40.0}


def test_an_ended_series_keeps_its_total():
    door = Door()
    door.push(counter(0, 3))
    request = counter(1, 0)
    request.scope.metrics[0].sum.data_points[0].flags = 1
    assert door.decode(request.protobuf).batch.size == 1
    assert [row[3] for row in door.push(counter(2, 4))] == [7.0]
