"""What is watched as rows of the database, and back. Pure."""

import json

from metricbox.alerts.rule_pass import Key, Kind, Watched
from metricbox.alerts.transitions import SeriesState, State
from metricbox.store.appdb.alert_states import StateRecord, labels_text


def make_key(key: Key) -> str:
    """Labels in order as JSON; what is about the rule itself has none, and is called by its kind."""
    return labels_text(key.labels) if key.kind is Kind.CONDITION else key.kind.value


def read_key(text: str) -> Key:
    if text in (Kind.NO_DATA.value, Kind.ERROR.value):
        return Key(Kind(text))
    return Key(Kind.CONDITION, tuple((name, value) for name, value in json.loads(text)))


def make_state(rule_id: str, key: Key, one: Watched) -> StateRecord:
    state = one.state
    return StateRecord(
        rule_id,
        make_key(key),
        state.state.value,
        state.since_ms,
        state.clear_since_ms,
        one.seen_ms,
        one.value,
        one.peak,
        one.event_id,
        one.sent_ms,
    )


def read_state(record: StateRecord) -> Watched:
    state = SeriesState(State(record.state), record.since_ms, record.clear_since_ms)
    return Watched(state, record.seen_ms, record.value, record.peak, record.event_id, record.sent_ms)
