"""What StatsD's lines add up to, flush by flush."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.ingest import statsd
from metricbox.ingest.outcome import Reason
from metricbox.ingest.statsd import StatsdAggregator, resolve_rows
from tests.ingest.agent_captures import NOW_MS, Door, load_bodies

STEP_MS = 10_000


class Aggregation:
    """An aggregator, flushed every ten seconds."""

    def __init__(self, max_series: int = 1000) -> None:
        self.door = Door()
        self.aggregator = StatsdAggregator(NOW_MS, max_series)
        self.now_ms = NOW_MS

    def take(self, *lines: str | bytes) -> dict[Reason, int]:
        text = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
        return self.aggregator.take(text, self.door.context).refusals.samples_by_reason

    def flush_all(
        self, by_ms: int = STEP_MS
    ) -> dict[tuple[str, tuple[tuple[str, str], ...]], list[tuple[int, float]]]:
        """Series -> (milliseconds after the flush before, value)."""
        before_ms, self.now_ms = self.now_ms, self.now_ms + by_ms
        found: dict[tuple[str, tuple[tuple[str, str], ...]], list[tuple[int, float]]] = {}
        for key, ts_ms, value in self.aggregator.flush(self.now_ms):
            found.setdefault((key.name, key.labels), []).append((ts_ms - before_ms, value))
        return found

    def flush(self, by_ms: int = STEP_MS) -> dict[str, float]:
        """Values of now by name, and by name and quantile."""
        return {
            name + "".join(f"{{{value}}}" for label, value in labels if label == "quantile"): points[-1][1]
            for (name, labels), points in self.flush_all(by_ms).items()
        }


def test_a_counter_is_a_running_total() -> None:
    all_of = Aggregation()
    all_of.take("hits:1|c", "hits:2|c", "hits:1|c|@0.1")
    assert all_of.flush() == {"hits_total": 13.0}
    assert all_of.flush() == {"hits_total": 13.0}
    all_of.take("hits:1|m")
    assert all_of.flush() == {"hits_total": 14.0}


def test_a_counter_that_is_new_begins_at_0_so_that_its_first_increase_is_seen() -> None:
    all_of = Aggregation()
    all_of.take("hits:5|c")
    assert all_of.flush_all() == {("hits_total", ()): [(0, 0.0), (STEP_MS, 5.0)]}
    all_of.take("hits:1|c")
    assert all_of.flush_all() == {("hits_total", ()): [(STEP_MS, 6.0)]}


def test_after_a_silence_the_total_goes_on_from_where_it_stood() -> None:
    all_of = Aggregation()
    all_of.take("hits:5|c")
    all_of.flush()
    assert all_of.flush(6 * 60_000) == {}
    all_of.take("hits:2|c")
    assert all_of.flush_all() == {("hits_total", ()): [(0, 5.0), (STEP_MS, 7.0)]}


def test_a_name_that_says_total_is_not_made_to_say_it_twice() -> None:
    all_of = Aggregation()
    all_of.take("hits_total:1|c")
    assert all_of.flush() == {"hits_total": 1.0}


def test_a_counter_does_not_go_down() -> None:
    all_of = Aggregation()
    assert all_of.take("hits:5|c", "hits:-1|c") == {Reason.UNSUPPORTED: 1}
    assert all_of.flush() == {"hits_total": 5.0}


def test_gauges_are_set_and_moved() -> None:
    all_of = Aggregation()
    all_of.take("q:12|g", "q:-3|g", "q:+1.5|g", "neg:0|g", "neg:-7|g")
    assert all_of.flush() == {"q": 10.5, "neg": -7.0}
    all_of.take("q:+1|g")
    assert all_of.flush() == {"q": 11.5, "neg": -7.0}


def test_a_timer() -> None:
    all_of = Aggregation()
    all_of.take("t:1:2:3|ms", "t:4|h", "t:10|d|@0.5")
    flushed = all_of.flush()
    assert {name: flushed[name] for name in ("t_count", "t_sum", "t_min", "t_max", "t{0.5}")} == {
        "t_count": 6.0,
        "t_sum": 30.0,
        "t_min": 1.0,
        "t_max": 10.0,
        "t{0.5}": 3.0,
    }
    assert 4 < flushed["t{0.9}"] < flushed["t{0.99}"] < 10
    # Nothing new: totals stay, the rest is of no values.
    assert all_of.flush() == {"t_count": 6.0, "t_sum": 30.0}
    all_of.take("t:7|ms")
    assert all_of.flush() == {
        "t_count": 7.0, "t_sum": 37.0, "t_min": 7.0, "t_max": 7.0, "t{0.5}": 7.0, "t{0.9}": 7.0, "t{0.99}": 7.0,
    }  # fmt: skip


def test_quantiles_of_many_values_come_from_a_bounded_sample_of_them() -> None:
    all_of = Aggregation()
    all_of.take("t:" + ":".join(str(number % 1000) for number in range(20_000)) + "|ms")
    flushed = all_of.flush()
    assert flushed["t_count"] == 20_000
    assert flushed["t_max"] == 999
    # A thousand of twenty thousand; off by this much once in 10^9 tries, and the tries are always the same.
    assert abs(flushed["t{0.5}"] - 500) < 100
    assert abs(flushed["t{0.99}"] - 990) < 20


def test_all_timers_together_hold_a_bounded_number_of_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statsd, "_MAX_RESERVOIR_VALUES", 10)
    all_of = Aggregation()
    for timer in range(5):
        all_of.take(f"t{timer}:" + ":".join(["1"] * 100) + "|ms")
    held = sum(len(one.values) for one in all_of.aggregator._aggregates.values())
    assert held <= 10 + 5 * 16
    assert all_of.flush()["t4_count"] == 100
    assert all_of.aggregator._timer_budget.left == 10


def test_a_set_counts_distinct_values(monkeypatch: pytest.MonkeyPatch) -> None:
    all_of = Aggregation()
    all_of.take("users:bob|s", "users:eve|s", "users:bob|s", "users:a:b|s")
    assert all_of.flush() == {"users": 3.0}
    assert all_of.flush() == {"users": 0.0}
    monkeypatch.setattr(statsd, "MAX_SET_VALUES", 2)
    assert all_of.take("users:1|s", "users:2|s", "users:3|s", "users:1|s") == {Reason.UNSUPPORTED: 1}
    assert all_of.flush() == {"users": 2.0}


def test_types_and_tags_of_one_name_are_kept_apart() -> None:
    all_of = Aggregation()
    all_of.take("a:1|c", "a:2|g", "a:3|c|#x:1", "a,x=1:4|c", "a;x=1:5|c", "a[x=1]:6|c")
    found = all_of.flush_all()
    assert {key: points[-1][1] for key, points in found.items()} == {
        ("a_total", ()): 1.0,
        ("a", ()): 2.0,
        ("a_total", (("x", "1"),)): 18.0,
    }


def test_a_gauge_with_a_time_of_its_own_is_stored_at_that_time() -> None:
    all_of = Aggregation()
    stamp_s = NOW_MS // 1000 - 60
    decoded = all_of.aggregator.take(b"g:5|g|#x:1|T%d\nc:5|c|T%d" % (stamp_s, stamp_s), all_of.door.context)
    assert all_of.door.store.rows(decoded.batch) == [("g", {"x": "1"}, stamp_s * 1000, 5.0)]
    # What a counter tells of the past is added, since a total is only ever told now.
    assert all_of.flush() == {"c_total": 5.0}


def test_a_series_that_is_gone_ends_and_is_forgotten_after_a_day() -> None:
    all_of = Aggregation()
    all_of.take("a:1|c", "b:2|g")
    all_of.flush()
    assert all_of.flush(4 * 60_000) == {"a_total": 1.0, "b": 2.0}
    assert all_of.flush(2 * 60_000) == {}
    assert len(all_of.aggregator) == 2
    assert all_of.flush(86_400_000) == {}
    assert len(all_of.aggregator) == 0
    assert all_of.aggregator._key_bytes == 0
    all_of.take("b:+2|g")
    assert all_of.flush() == {"b": 2.0}


def test_series_are_bounded_and_the_known_ones_go_on() -> None:
    """Trap B041."""
    all_of = Aggregation(max_series=2)
    refused = all_of.take("a:1|c", "b:1|c", "c:1|c", "a:1|c")
    assert refused == {Reason.SERIES_LIMIT: 1}
    assert all_of.flush() == {"a_total": 2.0, "b_total": 1.0}


def test_refused_lines_make_no_series() -> None:
    all_of = Aggregation()
    refused = all_of.take("a:x|c", "b:nan|g", "c:-1|c", "_e{-1,5}:a|b", "_sc|x|1", b"\xff:1|c", "", "d")
    assert refused == {Reason.SYNTAX: 3, Reason.NOT_FINITE: 1, Reason.UNSUPPORTED: 3}
    assert len(all_of.aggregator) == 0


def test_sums_stay_finite() -> None:
    all_of = Aggregation()
    assert all_of.take("a:1e308|c", "a:1e308|c", "t:1e308|ms", "t:1e308|ms", "g:1e308|g", "g:+1e308|g") == {
        Reason.NOT_FINITE: 3
    }
    flushed = all_of.flush()
    assert (flushed["a_total"], flushed["t_count"], flushed["g"]) == (1e308, 1.0, 1e308)


def test_a_clock_that_is_set_back_tells_nothing_twice() -> None:
    all_of = Aggregation()
    all_of.take("a:1|c")
    all_of.flush()
    assert all_of.aggregator.flush(all_of.now_ms - 5000) == []
    assert all_of.aggregator.flush(all_of.now_ms) == []
    rows = all_of.aggregator.flush(all_of.now_ms - 3_600_000)
    assert [value for _, _, value in rows] == [1.0, 1.0]
    assert rows[-1][1] == all_of.now_ms - 3_600_000


def test_what_is_flushed_is_stored() -> None:
    all_of = Aggregation()
    all_of.take("a:1|c|#x:1", "t:5|ms")
    rows = all_of.aggregator.flush(NOW_MS + STEP_MS)
    stored = all_of.door.rows(lambda door: resolve_rows(rows, door))
    assert ("a_total", {"x": "1"}, NOW_MS + STEP_MS, 1.0) in stored
    assert ("t", {"quantile": "0.99"}, NOW_MS + STEP_MS, 5.0) in stored
    assert all_of.door.rows(lambda door: resolve_rows([], door)) == []


@pytest.mark.parametrize("client", ["statsd-python", "dogstatsd-python"])
def test_captured_datagrams(client: str) -> None:
    """Events, service checks and the negative counter are counted; everything else adds up."""
    all_of = Aggregation()
    refused = [all_of.take(body) for body in load_bodies(client)]
    flushed = all_of.flush()
    if client == "statsd-python":
        assert sum(map(bool, refused)) == 1
        assert flushed["app_hits_total"] == 1 + 5 / 0.999999
        assert (flushed["app_q"], flushed["app_neg"], flushed["app_users"]) == (9.0, -7.0, 1.0)
        assert (flushed["app_req_sum"], flushed["app_b_count"], flushed["app_c"]) == (320.5, 1.0, 2.0)
    else:
        # Beside the event and the check, a gauge of 2023, before all that is kept.
        assert [set(one) for one in refused if one] == [{Reason.UNSUPPORTED}] * 2 + [{Reason.TOO_OLD}]
        assert (flushed["app_page_views_total"], flushed["app_users"], flushed["app_h_count"]) == (
            1.0,
            12.5,
            1.0,
        )
        assert sum(name == "buf_total" for name, _ in all_of.flush_all()) == 30


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.binary(max_size=30)
        | st.from_regex(rb"\A[ab]:[-+0-9.e]{1,4}(:[0-9])?\|(c|g|ms|s|h)(\|@0\.[1-9])?(\|#[ab]:[ab])?\Z"),
        max_size=10,
    )
)
def test_no_input_raises_and_totals_never_fall(lines: list[bytes]) -> None:
    """Trap B035."""
    all_of = Aggregation()
    before: dict[object, float] = {}
    for _ in range(2):
        all_of.take(*lines)
        found = {key: points[-1][1] for key, points in all_of.flush_all().items()}
        assert all(math.isfinite(value) for value in found.values())
        totals = {key: value for key, value in found.items() if key[0].endswith(("_total", "_count"))}
        assert all(totals[key] >= value for key, value in before.items())
        before = dict(totals)
