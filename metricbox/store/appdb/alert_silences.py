"""Silences in SQLite. Functions run inside a transaction; alerts/silences.py says what one mutes, and when."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import apsw

from metricbox.errors import LimitExceededError, NotFoundError
from metricbox.store.appdb.audit import Action, Author, Fields, Subject, SubjectType, note
from metricbox.store.appdb.paging import like_pattern, order_by
from metricbox.store.appdb.records import Page, PageRequest, make_id

MAX_SILENCES = 2_000
# Ended ones are looked up in the history for so long.
SILENCE_RETENTION_MS = 90 * 86_400_000
_COLUMNS = "id, matchers, starts_ms, ends_ms, recurrence, reason, created_by, created_ms"
_SORTS = {"startsAt": "starts_ms", "endsAt": "ends_ms", "createdAt": "created_ms"}


class NewSilence(NamedTuple):
    matchers: Sequence[Mapping[str, str]]
    starts_ms: int
    ends_ms: int | None
    """None until somebody ends it."""
    recurrence: Mapping[str, Any] | None
    reason: str


class SilenceRecord(NamedTuple):
    id: str
    matchers: Sequence[Mapping[str, str]]
    starts_ms: int
    ends_ms: int | None
    recurrence: Mapping[str, Any] | None
    reason: str
    created_by: str
    """E-mail of the account at that time."""
    created_ms: int


def create_silence(connection: apsw.Connection, new: NewSilence, by: Author, now_ms: int) -> SilenceRecord:
    """Raises LimitExceededError when there are too many."""
    drop_old_silences(connection, now_ms)
    if connection.execute("select count(*) from alert_silences").get >= MAX_SILENCES:
        msg = f"There are {MAX_SILENCES} silences, the most there may be. Delete some that have ended."
        raise LimitExceededError(msg)
    silence_id = make_id()
    connection.execute(
        f"insert into alert_silences ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?)",
        (silence_id, *_values(new), by.name, now_ms),
    )
    made = get_silence(connection, silence_id)
    note(connection, by, now_ms, Action.CREATE, _subject(made), after=_fields(made))
    return made


def get_silence(connection: apsw.Connection, silence_id: str) -> SilenceRecord:
    """Raises NotFoundError."""
    row = connection.execute(f"select {_COLUMNS} from alert_silences where id = ?", (silence_id,)).fetchone()
    if row is None:
        raise NotFoundError("There is no such silence.")
    return _silence(row)


def list_silences(connection: apsw.Connection, request: PageRequest) -> Page[SilenceRecord]:
    """Newest first unless sorted otherwise; searched in matchers and reason."""
    where = "matchers like ?1 escape '\\' or reason like ?1 escape '\\'"
    pattern = like_pattern(request.search)
    total = connection.execute(f"select count(*) from alert_silences where {where}", (pattern,)).get
    rows = connection.execute(
        f"select {_COLUMNS} from alert_silences where {where} "
        f"order by {order_by(request.sort, _SORTS, 'created_ms desc, rowid desc')} limit ?2 offset ?3",
        (pattern, request.page_size, request.offset),
    )
    return Page(int(total), [_silence(row) for row in rows])


def list_current_silences(connection: apsw.Connection, now_ms: int) -> list[SilenceRecord]:
    """Those that have begun and not ended; recurring ones whether their window is open or not."""
    rows = connection.execute(
        f"select {_COLUMNS} from alert_silences where starts_ms <= ?1 and (ends_ms is null or ends_ms > ?1)",
        (now_ms,),
    )
    return [_silence(row) for row in rows]


def update_silence(
    connection: apsw.Connection, silence_id: str, wish: NewSilence, by: Author, now_ms: int
) -> SilenceRecord:
    """Raises NotFoundError."""
    before = get_silence(connection, silence_id)
    connection.execute(
        "update alert_silences set matchers = ?, starts_ms = ?, ends_ms = ?, recurrence = ?, reason = ? where id = ?",
        (*_values(wish), silence_id),
    )
    after = get_silence(connection, silence_id)
    note(connection, by, now_ms, Action.CHANGE, _subject(after), before=_fields(before), after=_fields(after))
    return after


def delete_silence(connection: apsw.Connection, silence_id: str, by: Author, now_ms: int) -> None:
    """Raises NotFoundError."""
    before = get_silence(connection, silence_id)
    connection.execute("delete from alert_silences where id = ?", (silence_id,))
    note(connection, by, now_ms, Action.DELETE, _subject(before), before=_fields(before))


def drop_old_silences(connection: apsw.Connection, now_ms: int) -> None:
    connection.execute("delete from alert_silences where ends_ms < ?", (now_ms - SILENCE_RETENTION_MS,))


def _values(new: NewSilence) -> tuple[Any, ...]:
    recurrence = None if new.recurrence is None else json.dumps(dict(new.recurrence))
    matchers = json.dumps([dict(one) for one in new.matchers], ensure_ascii=False)
    return matchers, new.starts_ms, new.ends_ms, recurrence, new.reason


def _subject(silence: SilenceRecord) -> Subject:
    return Subject(SubjectType.SILENCE, silence.id, silence.reason)


def _fields(silence: SilenceRecord) -> Fields:
    return {
        "matchers": list(silence.matchers),
        "startsMs": silence.starts_ms,
        "endsMs": silence.ends_ms,
        "recurrence": silence.recurrence,
        "reason": silence.reason,
    }


def _silence(row: tuple[Any, ...]) -> SilenceRecord:
    record = SilenceRecord(*row)
    recurrence = json.loads(row[4]) if row[4] else None
    return record._replace(matchers=json.loads(row[1]), recurrence=recurrence)
