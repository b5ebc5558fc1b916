"""What was written since when, compared with a list of all commits."""

from hypothesis import given
from hypothesis import strategies as st

from metricbox.store.write_log import _SPAN_S, EVERYTHING_MS, KEPT_S, WriteLog


class Time:
    now_s = 0.0


def make_log() -> tuple[WriteLog, Time]:
    time = Time()
    return WriteLog(lambda: time.now_s), time


def test_nothing_was_written_since_the_newest_position() -> None:
    log, _ = make_log()
    assert log.earliest_since(log.position) is None
    log.note(5)
    assert (log.position, log.earliest_since(1), log.earliest_since(0)) == (1, None, 5)


def test_the_earliest_of_all_later_commits_counts() -> None:
    log, time = make_log()
    for earliest_ms in (10, 20, 5, 30, 40):
        log.note(earliest_ms)
        time.now_s += 1
    assert [log.earliest_since(position) for position in range(6)] == [5, 5, 5, 30, 40, None]


def test_commits_of_one_moment_are_told_apart_no_further() -> None:
    """Too much is said to be written, never too little."""
    log, time = make_log()
    log.note(10)
    position = log.position
    time.now_s += _SPAN_S / 2
    log.note(20)
    assert log.earliest_since(position) == 10
    time.now_s += _SPAN_S
    position = log.position
    log.note(30)
    assert log.earliest_since(position) == 30


def test_what_is_long_ago_is_everything() -> None:
    log, time = make_log()
    log.note(10)
    time.now_s = 1
    log.note(20)
    time.now_s = KEPT_S + 0.5
    log.note(30)
    assert log.earliest_since(0) == EVERYTHING_MS
    assert log.earliest_since(1) == 20
    assert log.earliest_since(2) == 30


@given(
    commits=st.lists(
        st.tuples(st.integers(-20, 20), st.sampled_from([0.0, 0.1, 1.0, 60.0, 400.0])), max_size=40
    )
)
def test_it_never_says_too_little(commits: list[tuple[int, float]]) -> None:
    """Exact for commits that lie apart and are not forgotten."""
    log, time = make_log()
    noted: list[tuple[int, float]] = []
    for earliest_ms, pause_s in commits:
        time.now_s += pause_s
        log.note(earliest_ms)
        noted.append((earliest_ms, time.now_s))
    for position in range(len(noted)):
        true_ms = min(earliest_ms for earliest_ms, _ in noted[position:])
        said_ms = log.earliest_since(position)
        assert said_ms is not None
        assert said_ms <= true_ms
        first_s = noted[position][1]
        before_s = noted[position - 1][1] if position else float("-inf")
        if time.now_s - before_s <= KEPT_S and first_s - before_s >= _SPAN_S:
            assert (
                said_ms in {true_ms, EVERYTHING_MS} if time.now_s - first_s > KEPT_S else said_ms == true_ms
            )
    assert log.earliest_since(len(noted)) is None


def test_it_stays_short() -> None:
    log, time = make_log()
    for number in range(10_000):
        time.now_s += 0.1
        log.note(number)
    assert len(log._positions) <= KEPT_S / _SPAN_S + 2
    log.note(-1)
    assert len(log._positions) == 1
