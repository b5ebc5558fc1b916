"""The outbox and the ledger of messages: decided, tried, answered, given up. Functions run inside a transaction.

A delivery is one message to one channel, about one or several alerts of one rule. Its payload is frozen when it is
decided, so that what is sent after an hour says what was true then (trap B110). Order: a channel's deliveries of one
rule leave in the order in which they were decided.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import apsw

from metricbox.errors import ConflictError, NotFoundError
from metricbox.store.appdb.paging import order_by
from metricbox.store.appdb.records import Page, PageRequest, make_id

LEDGER_RETENTION_MS = 90 * 86_400_000
MAX_ANSWER_CHARS = 500

_COLUMNS = (
    "id, channel_id, channel_name, rule_id, status, state, payload, event_ids, attempts, answer, created_ms, due_ms, "
    "finished_ms"
)
_SORTS = {"createdAt": "created_ms", "finishedAt": "finished_ms"}


class NewDelivery(NamedTuple):
    channel_id: str
    channel_name: str
    rule_id: str
    status: str
    payload: Mapping[str, Any]
    event_ids: Sequence[str]


class DeliveryRecord(NamedTuple):
    id: str
    channel_id: str
    channel_name: str
    rule_id: str
    status: str
    """What it tells: firing, resolved."""
    state: str
    """queued, delivered, given_up, dropped."""
    payload: Mapping[str, Any]
    event_ids: Sequence[str]
    attempts: int
    answer: str
    """The last one, or why there was none."""
    created_ms: int
    due_ms: int
    """When it is tried next, while it is queued."""
    finished_ms: int | None


class AttemptRecord(NamedTuple):
    at_ms: int
    is_delivered: bool
    answer: str


def queue_deliveries(connection: apsw.Connection, deliveries: Sequence[NewDelivery], now_ms: int) -> None:
    connection.executemany(
        "insert into alert_deliveries (id, channel_id, channel_name, rule_id, status, state, payload, event_ids, "
        "created_ms, due_ms) values (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?)",
        [
            (
                make_id(),
                one.channel_id,
                one.channel_name,
                one.rule_id,
                one.status,
                json.dumps(one.payload, ensure_ascii=False),
                json.dumps(list(one.event_ids)),
                now_ms,
                now_ms,
            )
            for one in deliveries
        ],
    )


def list_queued(
    connection: apsw.Connection, channel_id: str, now_ms: int, limit: int
) -> list[DeliveryRecord]:
    """What may be sent now, in order: of each rule the oldest, once it is due."""
    rows = connection.execute(
        f"select {_COLUMNS} from alert_deliveries where state = 'queued' and channel_id = ?1 and due_ms <= ?2 "
        "and delivery_no in (select min(delivery_no) from alert_deliveries where state = 'queued' and channel_id = ?1 "
        "group by rule_id) order by delivery_no limit ?3",
        (channel_id, now_ms, limit),
    )
    return [_delivery(row) for row in rows]


def find_next_due(connection: apsw.Connection) -> dict[str, int]:
    """Channel id -> when its next delivery is due; channels with nothing queued are not in it."""
    rows = connection.execute(
        "select channel_id, min(due_ms) from alert_deliveries where delivery_no in (select min(delivery_no) from "
        "alert_deliveries where state = 'queued' group by channel_id, rule_id) group by channel_id"
    )
    return {str(channel_id): int(str(due_ms)) for channel_id, due_ms in rows}


def count_queued(connection: apsw.Connection) -> int:
    return int(connection.execute("select count(*) from alert_deliveries where state = 'queued'").get)


def list_delivered_events(connection: apsw.Connection, channel_id: str, event_ids: Sequence[str]) -> set[str]:
    """Those of these events whose firing was delivered to the channel."""
    rows = connection.execute(
        "select distinct item.value from alert_deliveries, json_each(event_ids) as item "
        "where channel_id = ? and status = 'firing' and state = 'delivered' "
        "and item.value in (select value from json_each(?))",
        (channel_id, json.dumps(list(event_ids))),
    )
    return {value for (value,) in rows}


def note_attempt(
    connection: apsw.Connection,
    delivery_id: str,
    *,
    state: str,
    answer: str,
    now_ms: int,
    due_ms: int | None = None,
) -> None:
    """What became of one try: `state` is queued with another `due_ms`, or final."""
    is_final = state != "queued"
    connection.execute(
        "update alert_deliveries set state = ?, answer = ?, attempts = attempts + 1, due_ms = coalesce(?, due_ms), "
        "finished_ms = ? where id = ? and state = 'queued'",
        (state, answer[:MAX_ANSWER_CHARS], due_ms, now_ms if is_final else None, delivery_id),
    )
    connection.execute(
        "insert into alert_attempts (delivery_id, at_ms, is_delivered, answer) values (?, ?, ?, ?)",
        (delivery_id, now_ms, int(state == "delivered"), answer[:MAX_ANSWER_CHARS]),
    )


def drop_delivery(connection: apsw.Connection, delivery_id: str, reason: str, now_ms: int) -> None:
    """It will not be tried: there is nobody who would understand it."""
    connection.execute(
        "update alert_deliveries set state = 'dropped', answer = ?, finished_ms = ? where id = ? and state = 'queued'",
        (reason[:MAX_ANSWER_CHARS], now_ms, delivery_id),
    )


def get_delivery(connection: apsw.Connection, delivery_id: str) -> DeliveryRecord:
    """Raises NotFoundError."""
    row = connection.execute(
        f"select {_COLUMNS} from alert_deliveries where id = ?", (delivery_id,)
    ).fetchone()
    if row is None:
        raise NotFoundError("There is no such delivery.")
    return _delivery(row)


def list_attempts(connection: apsw.Connection, delivery_id: str) -> list[AttemptRecord]:
    rows = connection.execute(
        "select at_ms, is_delivered, answer from alert_attempts where delivery_id = ? order by attempt_no",
        (delivery_id,),
    )
    return [AttemptRecord(at_ms, bool(is_delivered), answer) for at_ms, is_delivered, answer in rows]


def list_deliveries(
    connection: apsw.Connection,
    request: PageRequest,
    *,
    state: str | None = None,
    channel_id: str | None = None,
    event_id: str | None = None,
    rule_id: str | None = None,
    from_ms: int | None = None,
    to_ms: int | None = None,
) -> Page[DeliveryRecord]:
    """Newest first unless sorted otherwise; `from_ms` and `to_ms` are of the decision."""
    where = (
        "(?1 is null or state = ?1) and (?2 is null or channel_id = ?2) "
        "and (?3 is null or exists (select 1 from json_each(event_ids) where value = ?3)) "
        "and (?4 is null or rule_id = ?4) and (?5 is null or created_ms >= ?5) and (?6 is null or created_ms < ?6)"
    )
    bindings = (state, channel_id, event_id, rule_id, from_ms, to_ms)
    total = connection.execute(f"select count(*) from alert_deliveries where {where}", bindings).get
    rows = connection.execute(
        f"select {_COLUMNS} from alert_deliveries where {where} "
        f"order by {order_by(request.sort, _SORTS, 'delivery_no desc')} limit ?7 offset ?8",
        (*bindings, request.page_size, request.offset),
    )
    return Page(int(total), [_delivery(row) for row in rows])


def resend_delivery(connection: apsw.Connection, delivery_id: str, now_ms: int) -> DeliveryRecord:
    """Queue a finished one anew, with the payload that it had. Raises NotFoundError and ConflictError."""
    if get_delivery(connection, delivery_id).state == "queued":
        raise ConflictError("This delivery is still under way; wait for what becomes of it.")
    connection.execute(
        "update alert_deliveries set state = 'queued', due_ms = ?, finished_ms = null where id = ?",
        (now_ms, delivery_id),
    )
    return get_delivery(connection, delivery_id)


def drop_old_deliveries(connection: apsw.Connection, now_ms: int) -> int:
    """How many went."""
    connection.execute(
        "delete from alert_deliveries where state <> 'queued' and finished_ms < ?",
        (now_ms - LEDGER_RETENTION_MS,),
    )
    return connection.changes()


def _delivery(row: tuple[Any, ...]) -> DeliveryRecord:
    record = DeliveryRecord(*row)
    return record._replace(payload=json.loads(row[6]), event_ids=json.loads(row[7]))
