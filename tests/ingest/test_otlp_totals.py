"""Running totals of differences: resends, late points, bounds."""

from metricbox.ingest.otlp_totals import (
    FORGET_AFTER_S,
    TOO_LATE,
    DeltaTotals,
    Interval,
    Stored,
)

MS = 1_000_000


class Totals:
    def __init__(self, max_values: int = 10) -> None:
        self.totals: DeltaTotals[float] = DeltaTotals(lambda total, delta: total + delta, max_values)
        self.now_s = 100.0

    def add(self, delta: float, start_ms: int, ts_ms: int, key: str = "a", size: int = 1):
        return self.totals.add(key, Interval(start_ms * MS, ts_ms * MS), delta, size, self.now_s)


def test_deltas_add_up_from_a_zero_just_after_the_start():
    """Trap B034."""
    totals = Totals()
    assert [totals.add(3, 100, 200), totals.add(4, 200, 300), totals.add(5, 300, 400)] == [
        Stored(101, 200, 3),
        Stored(None, 300, 7),
        Stored(None, 400, 12),
    ]


def test_without_a_start_the_zero_stands_just_before_the_first_total():
    assert Totals().add(3, 0, 200) == Stored(199, 200, 3)
    assert Totals().add(3, 200, 200) == Stored(199, 200, 3)
    assert Totals().add(3, 199, 200) == Stored(199, 200, 3)


def test_what_is_sent_again_is_not_added_again():
    totals = Totals()
    first = totals.add(3, 100, 200)
    assert totals.add(3, 100, 200) == first
    second = totals.add(4, 200, 300)
    assert totals.add(3, 100, 200) is None
    assert totals.add(4, 200, 300) == second
    assert totals.add(1, 300, 400) == Stored(None, 400, 8)


def test_a_late_point_counts_at_the_time_of_the_newest():
    totals = Totals()
    totals.add(3, 100, 200)
    totals.add(5, 300, 400)
    assert totals.add(4, 200, 300) == Stored(None, 400, 12)
    assert totals.add(4, 200, 300) is None


def test_two_senders_of_one_series_add_up():
    totals = Totals()
    totals.add(1, 100, 200)
    totals.add(10, 105, 205)
    totals.add(1, 200, 300)
    assert totals.add(10, 205, 305) == Stored(None, 305, 22)


def test_a_point_before_all_intervals_that_are_known_is_refused():
    totals = Totals()
    for number in range(5):
        totals.add(1, 100 * number, 100 * number + 100)
    assert totals.add(1, 0, 100) == TOO_LATE
    assert totals.add(1, 500, 600) == Stored(None, 600, 6)


def test_series_past_the_bound_are_refused_by_name_of_the_limit_and_known_ones_go_on():
    totals = Totals(max_values=10)
    totals.add(1, 0, 100, "a", size=8)
    refused = totals.add(1, 0, 100, "b", size=3)
    assert isinstance(refused, str)
    assert "10 totals" in refused
    assert totals.add(1, 100, 200, "a", size=8) == Stored(None, 200, 2)
    assert len(totals.totals) == 1


def test_series_that_are_not_heard_of_make_room():
    totals = Totals(max_values=2)
    totals.add(1, 0, 100, "a")
    totals.now_s += FORGET_AFTER_S - 1
    totals.add(1, 0, 100, "b")
    totals.now_s += 62
    assert totals.add(1, 0, 100, "c") == Stored(99, 100, 1)
    assert len(totals.totals) == 2
    # `a` was forgotten and begins anew.
    totals.now_s += FORGET_AFTER_S + 1
    assert totals.add(5, 100, 200, "a") == Stored(101, 200, 5)
