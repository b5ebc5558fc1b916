"""What is watched as rows, and back."""

from hypothesis import given
from hypothesis import strategies as st

from metricbox.alerts.rule_pass import FAILURE, NOTHING, Key, Kind, Watched
from metricbox.alerts.state_rows import make_key, make_state, read_key, read_state
from metricbox.alerts.transitions import SeriesState, State
from metricbox.store.appdb.alert_states import StateRecord

LABELS = st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text(min_size=1, max_size=8)).map(
    lambda labels: tuple(sorted(labels.items()))
)
KEYS = st.one_of(LABELS.map(lambda labels: Key(Kind.CONDITION, labels)), st.sampled_from([NOTHING, FAILURE]))
NUMBERS = st.one_of(st.none(), st.floats(allow_nan=False))
TIMES = st.integers(0, 1 << 42)
WATCHED = st.builds(
    Watched,
    st.builds(SeriesState, st.sampled_from(State), TIMES, st.one_of(st.none(), TIMES)),
    TIMES,
    NUMBERS,
    NUMBERS,
    st.one_of(st.none(), st.uuids().map(str)),
    st.one_of(st.none(), TIMES),
)


@given(KEYS, WATCHED)
def test_what_is_written_is_what_is_read(key: Key, one: Watched) -> None:
    record = make_state("rule", key, one)
    assert record.rule_id == "rule"
    assert read_key(record.series_key) == key
    assert read_state(record) == one


@given(st.sets(KEYS, min_size=2))
def test_keys_are_told_apart(keys: set[Key]) -> None:
    assert len({make_key(key) for key in keys}) == len(keys)


def test_a_series_without_labels_is_not_the_rule_itself() -> None:
    assert [make_key(key) for key in (Key(Kind.CONDITION), NOTHING, FAILURE)] == ["[]", "no_data", "error"]


def test_the_text_in_databases_stays_what_it_is() -> None:
    """Another one would forget what was watched at the upgrade."""
    key = Key(Kind.CONDITION, (("__name__", "cpu"), ("host", 'a"b')))
    assert make_key(key) == '[["__name__","cpu"],["host","a\\"b"]]'
    record = StateRecord("r", "[]", "firing", 5, 7, 8, 1.0, 2.0, "e", 9)
    assert read_state(record) == Watched(SeriesState(State.FIRING, 5, 7), 8, 1.0, 2.0, "e", 9)
