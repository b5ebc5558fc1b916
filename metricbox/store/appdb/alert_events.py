"""What happened: one row for each time that something fired. Functions run inside a transaction.

Events outlive their rules. Resolved ones are kept for EVENT_RETENTION_MS.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import apsw

from metricbox.errors import NotFoundError
from metricbox.store.appdb.audit import Action, Author, Subject, SubjectType, note
from metricbox.store.appdb.paging import like_pattern, order_by
from metricbox.store.appdb.records import Page, PageRequest

EVENT_RETENTION_MS = 400 * 86_400_000
# A rule that flaps for a year on a thousand series: some 200 MB, and lists stay fast by their indexes.
MAX_EVENTS = 1_000_000

_COLUMNS = (
    "id, rule_id, rule_name, severity, labels, kind, status, value, peak, is_silenced, triggered_ms, resolved_ms, "
    "acknowledged_by, acknowledged_ms, comment, unit"
)
_SORTS = {"triggeredAt": "triggered_ms", "resolvedAt": "resolved_ms", "ruleName": "rule_name collate nocase"}


class NewEvent(NamedTuple):
    id: str
    rule_id: str
    rule_name: str
    severity: str
    labels: Mapping[str, str]
    kind: str
    value: float | None


class EventRecord(NamedTuple):
    id: str
    rule_id: str
    rule_name: str
    severity: str
    labels: Mapping[str, str]
    kind: str
    status: str
    value: float | None
    """The last one known."""
    peak: float | None
    is_silenced: bool
    triggered_ms: int
    resolved_ms: int | None
    acknowledged_by: str | None
    """E-mail of the account at that time."""
    acknowledged_ms: int | None
    comment: str
    unit: str = ""
    """Of the value, as its rule had it when it fired."""


class EventFilter(NamedTuple):
    """Which events; None is any."""

    rule_id: str | None = None
    status: str | None = None
    severity: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    """Events that were open at some time in [from, to)."""


def insert_events(connection: apsw.Connection, events: Sequence[NewEvent], now_ms: int) -> None:
    connection.executemany(
        "insert into alert_events (id, rule_id, rule_name, severity, labels, kind, status, value, peak, triggered_ms, "
        "unit) values (?1, ?2, ?3, ?4, ?5, ?6, 'firing', ?7, ?8, ?9, "
        "coalesce((select content ->> 'unit' from alert_rules where id = ?2), ''))",
        [
            (
                event.id,
                event.rule_id,
                event.rule_name,
                event.severity,
                json.dumps(dict(event.labels), ensure_ascii=False),
                event.kind,
                event.value,
                event.value,
                now_ms,
            )
            for event in events
        ],
    )


def update_events(
    connection: apsw.Connection, values: Sequence[tuple[Any, ...]], silenced: Sequence[str]
) -> None:
    """`values`: id, value, peak."""
    connection.executemany(
        "update alert_events set value = ?2, peak = ?3 where id = ?1 and status = 'firing'", values
    )
    connection.executemany(
        "update alert_events set is_silenced = 1 where id = ?", [(one,) for one in silenced]
    )


def resolve_events(connection: apsw.Connection, ends: Sequence[tuple[Any, ...]], now_ms: int) -> None:
    """`ends`: id, value, peak."""
    connection.executemany(
        "update alert_events set status = 'resolved', resolved_ms = ?4, value = ?2, peak = ?3 "
        "where id = ?1 and status = 'firing'",
        [(*end, now_ms) for end in ends],
    )


def get_event(connection: apsw.Connection, event_id: str) -> EventRecord:
    """Raises NotFoundError."""
    row = connection.execute(f"select {_COLUMNS} from alert_events where id = ?", (event_id,)).fetchone()
    if row is None:
        raise NotFoundError("There is no such alert.")
    return _event(row)


def list_events(connection: apsw.Connection, request: PageRequest, wanted: EventFilter) -> Page[EventRecord]:
    """Newest first unless sorted otherwise; searched in labels and the name of the rule."""
    where = (
        "(?1 is null or rule_id = ?1) and (?2 is null or status = ?2) and (?3 is null or severity = ?3) "
        "and (?4 is null or resolved_ms is null or resolved_ms >= ?4) and (?5 is null or triggered_ms < ?5) "
        "and (labels like ?6 escape '\\' or rule_name like ?6 escape '\\')"
    )
    bindings = (*wanted, like_pattern(request.search))
    total = connection.execute(f"select count(*) from alert_events where {where}", bindings).get
    rows = connection.execute(
        f"select {_COLUMNS} from alert_events where {where} "
        f"order by {order_by(request.sort, _SORTS, 'event_no desc')} limit ?7 offset ?8",
        (*bindings, request.page_size, request.offset),
    )
    return Page(int(total), [_event(row) for row in rows])


def list_open_events(connection: apsw.Connection) -> list[EventRecord]:
    """All that fire, the newest first."""
    rows = connection.execute(
        f"select {_COLUMNS} from alert_events where status = 'firing' order by event_no desc"
    )
    return [_event(row) for row in rows]


def acknowledge_event(
    connection: apsw.Connection, event_id: str, comment: str, by: Author, now_ms: int
) -> EventRecord:
    """Says that somebody has seen it. Again says it anew, with the newer comment. Raises NotFoundError."""
    before = get_event(connection, event_id)
    connection.execute(
        "update alert_events set acknowledged_by = ?, acknowledged_ms = ?, comment = ? where id = ?",
        (by.name, now_ms, comment, event_id),
    )
    subject = Subject(SubjectType.ALERT, event_id, before.rule_name)
    note(
        connection,
        by,
        now_ms,
        Action.CHANGE,
        subject,
        before={"acknowledgedBy": before.acknowledged_by, "comment": before.comment},
        after={"acknowledgedBy": by.name, "comment": comment},
    )
    return get_event(connection, event_id)


def drop_old_events(connection: apsw.Connection, now_ms: int) -> int:
    """How many went."""
    connection.execute(
        "delete from alert_events where status = 'resolved' and (resolved_ms < ?1 or event_no <= "
        "(select max(event_no) - ?2 from alert_events))",
        (now_ms - EVENT_RETENTION_MS, MAX_EVENTS),
    )
    return connection.changes()


def _event(row: tuple[Any, ...]) -> EventRecord:
    record = EventRecord(*row)
    return record._replace(labels=json.loads(row[4]), is_silenced=bool(record.is_silenced))
