"""The audit trail: who changed what, when, from where, from what to what; in the transaction of the change itself.

Functions run inside a transaction. The repositories of this package write it, so that no change goes without; what they
note holds no secret by construction: each names the fields that are noted. The trail is bounded: signing in and out
apart from changes, so that guessed passwords never push out what people did.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import apsw

from metricbox.store.appdb.paging import like_pattern, order_by
from metricbox.store.appdb.records import Page, PageRequest, make_id

# An entry takes about half a kilobyte.
MAX_CHANGES = 100_000
MAX_SIGN_INS = 20_000
# Of one field as JSON, before or after: a dashboard of 40 panels. More is left out, with its size.
MAX_FIELD_CHARS = 20_000
# Counting to the bound costs milliseconds, so that it is done now and then.
_SWEEP_EVERY = 100

_COLUMNS = (
    "id, created_ms, author_id, author, via, token_id, source, action, subject_type, subject_id, subject_name, "
    "before, after"
)
_SORTS = {"at": "entry_no", "author": "author collate nocase", "action": "action"}


class Via(StrEnum):
    """By what an author was let in."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a word for people
    NOBODY = "nobody"
    """Not signed in: the set-up page, and who tries to sign in."""
    COMMAND = "command"
    """The command line on this machine."""
    SETTINGS = "settings"
    """The server itself, by a setting of its start."""


class Author(NamedTuple):
    """Who changes something."""

    user_id: str | None
    """None when it is no account."""
    name: str
    """E-mail of the account, as it is now."""
    via: Via
    source: str = ""
    """Address of the caller."""
    token_id: str | None = None


class Action(StrEnum):
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"


SIGN_INS = frozenset({Action.SIGN_IN, Action.SIGN_IN_FAILED, Action.SIGN_OUT})


class SubjectType(StrEnum):
    DASHBOARD = "dashboard"
    PANEL = "panel"
    USER = "user"
    TOKEN = "token"  # noqa: S105 - a word for people
    SESSION = "session"
    SETTING = "setting"
    METRIC = "metric"
    ALERT_RULE = "alert_rule"
    ALERT = "alert"
    CHANNEL = "channel"
    SILENCE = "silence"


class Subject(NamedTuple):
    """What is changed."""

    type: SubjectType
    id: str
    name: str


Fields = Mapping[str, Any]
"""Names as in the API, values as JSON has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    id: str
    created_ms: int
    author: Author
    action: str
    subject_type: str
    subject_id: str
    subject_name: str
    before: Fields | None
    after: Fields | None


class AuditFilter(NamedTuple):
    """Which entries are wanted; None is any. `author` is an account's id or its e-mail. Times are half-open, in ms."""

    author: str | None = None
    action: str | None = None
    subject_type: str | None = None
    subject_id: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None


ANY = AuditFilter()


def note(
    connection: apsw.Connection,
    by: Author,
    now_ms: int,
    action: Action,
    subject: Subject,
    *,
    before: Fields | None = None,
    after: Fields | None = None,
) -> None:
    """Add an entry. Of `before` and `after` together only what differs is kept; no entry when nothing does."""
    if before is not None and after is not None:
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        if not names:
            return
        before, after = ({name: side.get(name) for name in names} for side in (before, after))
    is_sign_in = action in SIGN_INS
    connection.execute(
        f"insert into audit_entries ({_COLUMNS}, is_sign_in) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            make_id(),
            now_ms,
            by.user_id,
            by.name,
            by.via.value,
            by.token_id,
            by.source,
            action.value,
            subject.type.value,
            subject.id,
            subject.name,
            _encode(before),
            _encode(after),
            int(is_sign_in),
        ),
    )
    if connection.last_insert_rowid() % _SWEEP_EVERY == 0:
        sweep(connection)


def sweep(
    connection: apsw.Connection, max_changes: int = MAX_CHANGES, max_sign_ins: int = MAX_SIGN_INS
) -> None:
    """Drop the oldest entries over the bounds."""
    for is_sign_in, most in ((0, max_changes), (1, max_sign_ins)):
        connection.execute(
            "delete from audit_entries where is_sign_in = ?1 and entry_no <= ("
            "select entry_no from audit_entries where is_sign_in = ?1 order by entry_no desc limit 1 offset ?2)",
            (is_sign_in, most),
        )


def list_entries(
    connection: apsw.Connection, request: PageRequest, wanted: AuditFilter = ANY
) -> Page[AuditRecord]:
    """Newest first unless sorted otherwise; `search` looks at the names of author and subject, ids and addresses."""
    where = (
        "(author like ?1 escape '\\' or subject_name like ?1 escape '\\' or subject_id like ?1 escape '\\' "
        "or source like ?1 escape '\\') "
        "and (?2 is null or author_id = ?2 or author = ?2 collate nocase) and (?3 is null or action = ?3) "
        "and (?4 is null or subject_type = ?4) and (?5 is null or subject_id = ?5) "
        "and (?6 is null or created_ms >= ?6) and (?7 is null or created_ms < ?7)"
    )
    bindings = (like_pattern(request.search), *wanted)
    total = connection.execute(f"select count(*) from audit_entries where {where}", bindings).get
    rows = connection.execute(
        f"select {_COLUMNS} from audit_entries where {where} "
        f"order by {order_by(request.sort, _SORTS, 'entry_no desc')} limit ?8 offset ?9",
        (*bindings, request.page_size, request.offset),
    )
    return Page(int(total), [_record(row) for row in rows])


def _encode(fields: Fields | None) -> str | None:
    return None if fields is None else json.dumps({name: _shorten(value) for name, value in fields.items()})


def _shorten(value: Any) -> Any:
    chars = len(json.dumps(value))
    return value if chars <= MAX_FIELD_CHARS else f"({chars} characters, left out)"


def _record(row: tuple[Any, ...]) -> AuditRecord:
    (
        entry_id, created_ms, author_id, author, via, token_id, source, action,
        subject_type, subject_id, subject_name, before, after,
    ) = row  # fmt: skip
    return AuditRecord(
        id=entry_id,
        created_ms=created_ms,
        author=Author(author_id, author, Via(via), source, token_id),
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        subject_name=subject_name,
        before=None if before is None else json.loads(before),
        after=None if after is None else json.loads(after),
    )
