"""What the alert loop knows between two passes, and the transaction in which a pass takes effect. See alerts/README.md.

State, events and the messages about them change together or not at all: a process that is killed in between has either
done nothing or decided everything. Functions run inside a transaction.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import apsw

from metricbox.store.appdb.alert_deliveries import NewDelivery, queue_deliveries
from metricbox.store.appdb.alert_events import NewEvent, insert_events, resolve_events, update_events

_COLUMNS = "rule_id, series_key, state, since_ms, clear_since_ms, seen_ms, value, peak, event_id, sent_ms"


class StateRecord(NamedTuple):
    """One thing that is watched; the key is the caller's text."""

    rule_id: str
    series_key: str
    state: str
    since_ms: int
    clear_since_ms: int | None
    seen_ms: int
    value: float | None
    peak: float | None
    event_id: str | None
    sent_ms: int | None


class EventEnd(NamedTuple):
    event_id: str
    value: float | None
    peak: float | None


class PassRecord(NamedTuple):
    """What one pass of one rule changed."""

    rule_id: str
    saved: Sequence[StateRecord]
    removed: Sequence[str]
    """Keys that are not watched any more."""
    began: Sequence[NewEvent]
    goes_on: Sequence[EventEnd]
    """Events whose value is another one now."""
    silenced: Sequence[str]
    """Events that fire unheard."""
    ended: Sequence[EventEnd]
    deliveries: Sequence[NewDelivery]


def load_states(connection: apsw.Connection, rule_id: str | None = None) -> list[StateRecord]:
    """Of one rule, or of all."""
    rows = connection.execute(
        f"select {_COLUMNS} from alert_states where ?1 is null or rule_id = ?1 order by rule_id, series_key",
        (rule_id,),
    )
    return [StateRecord(*row) for row in rows]


def save_pass(connection: apsw.Connection, record: PassRecord, now_ms: int) -> bool:
    """False, and nothing done, when the rule went or was switched off while it was evaluated."""
    if (
        connection.execute(
            "select 1 from alert_rules where id = ? and is_enabled", (record.rule_id,)
        ).fetchone()
        is None
    ):
        return False
    connection.executemany(
        "delete from alert_states where rule_id = ? and series_key = ?",
        [(record.rule_id, key) for key in record.removed],
    )
    connection.executemany(
        f"insert or replace into alert_states ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [tuple(state) for state in record.saved],
    )
    insert_events(connection, record.began, now_ms)
    update_events(connection, [tuple(end) for end in record.goes_on], record.silenced)
    resolve_events(connection, [tuple(end) for end in record.ended], now_ms)
    queue_deliveries(connection, record.deliveries, now_ms)
    return True


def forget_rule(connection: apsw.Connection, rule_id: str, now_ms: int) -> None:
    """The rule is switched off or goes: what fired is over. Messages about it are made by alerts/ending.py."""
    rows: list[Any] = connection.execute(
        "select event_id, value, peak from alert_states where rule_id = ? and event_id is not null",
        (rule_id,),
    ).fetchall()
    resolve_events(connection, [tuple(row) for row in rows], now_ms)
    connection.execute("delete from alert_states where rule_id = ?", (rule_id,))


def labels_text(labels: Any) -> str:
    return json.dumps(labels, ensure_ascii=False, separators=(",", ":"))
