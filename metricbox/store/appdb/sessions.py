"""Sessions of the browser, kept by the SHA-256 of the cookie's value. Functions run inside a transaction.

A session ends by being deleted or by not being used for its lifetime; the lifetime is the caller's setting.
"""

from collections.abc import Mapping
from typing import Any

import apsw

from metricbox.errors import NotFoundError
from metricbox.store.appdb.audit import Action, Author, Subject, SubjectType, note
from metricbox.store.appdb.paging import order_by
from metricbox.store.appdb.records import Page, PageRequest, Role, SessionRecord, UserRecord, make_id

MAX_USER_AGENT_CHARS = 200

_SELECT = (
    "select s.id, s.created_ms, s.last_seen_ms, s.source, s.user_agent, u.id, u.email, u.role, u.is_disabled, "
    "u.created_ms, u.last_seen_ms from sessions s join users u on u.id = s.user_id"
)
_SORTS = {"createdAt": "s.created_ms", "lastSeenAt": "s.last_seen_ms"}


def create_session(
    connection: apsw.Connection,
    *,
    secret_hash: bytes,
    user: UserRecord,
    by: Author,
    now_ms: int,
    lifetime_ms: int,
    user_agent: str = "",
) -> None:
    """Also removes what has expired, so that the table never grows without bound."""
    connection.execute("delete from sessions where last_seen_ms <= ?", (now_ms - lifetime_ms,))
    session_id = make_id()
    connection.execute(
        "insert into sessions (secret_hash, id, user_id, created_ms, last_seen_ms, source, user_agent) "
        "values (?, ?, ?, ?, ?, ?, ?)",
        (
            secret_hash,
            session_id,
            user.id,
            now_ms,
            now_ms,
            by.source,
            user_agent[:MAX_USER_AGENT_CHARS].encode("utf-8", "replace").decode(),
        ),
    )
    note(connection, by, now_ms, Action.SIGN_IN, Subject(SubjectType.SESSION, session_id, user.email))


def note_failed_sign_in(
    connection: apsw.Connection, user: UserRecord | None, reason: str, by: Author, now_ms: int
) -> None:
    """An entry of the audit trail. What was typed for an unknown account is not kept: it may be a password."""
    subject = Subject(SubjectType.USER, user.id if user else "", user.email if user else "")
    note(connection, by, now_ms, Action.SIGN_IN_FAILED, subject, after={"reason": reason})


def find_session(connection: apsw.Connection, secret_hash: bytes) -> SessionRecord | None:
    """The session with its account, expired and disabled ones included: the caller decides."""
    row = connection.execute(f"{_SELECT} where s.secret_hash = ?", (secret_hash,)).fetchone()
    return None if row is None else _session(row)


def list_sessions(
    connection: apsw.Connection, user_id: str, request: PageRequest, *, now_ms: int, lifetime_ms: int
) -> Page[SessionRecord]:
    """Sessions of one account that have not ended, newest first unless sorted otherwise."""
    where = "s.user_id = ?1 and s.last_seen_ms > ?2"
    bindings = (user_id, now_ms - lifetime_ms)
    total = connection.execute(f"select count(*) from sessions s where {where}", bindings).get
    rows = connection.execute(
        f"{_SELECT} where {where} order by {order_by(request.sort, _SORTS, 's.created_ms desc, s.rowid desc')} "
        "limit ?3 offset ?4",
        (*bindings, request.page_size, request.offset),
    )
    return Page(int(total), [_session(row) for row in rows])


def delete_session(connection: apsw.Connection, secret_hash: bytes, *, by: Author, now_ms: int) -> None:
    """End a session; one that has ended is no error, and no entry of the audit trail."""
    session = find_session(connection, secret_hash)
    if session is not None:
        _delete(connection, session, by, now_ms)


def delete_session_by_id(
    connection: apsw.Connection, user_id: str, session_id: str, *, by: Author, now_ms: int
) -> None:
    """End a session of this account. Raises NotFoundError, for a session of another account too."""
    row = connection.execute(f"{_SELECT} where s.id = ? and u.id = ?", (session_id, user_id)).fetchone()
    if row is None:
        raise NotFoundError("There is no such session.")
    _delete(connection, _session(row), by, now_ms)


def delete_sessions_of(connection: apsw.Connection, user_id: str, *, by: Author, now_ms: int) -> None:
    """End all sessions of an account."""
    rows = connection.execute(f"{_SELECT} where u.id = ? order by s.rowid", (user_id,)).fetchall()
    for row in rows:
        _delete(connection, _session(row), by, now_ms)


def delete_all_sessions(connection: apsw.Connection) -> None:
    """For a restore: cookies from before it must not open anything (trap B163)."""
    connection.execute("delete from sessions where true")


def save_activity(
    connection: apsw.Connection, sessions: Mapping[bytes, int], tokens: Mapping[str, int]
) -> None:
    """Store when sessions (by secret hash) and tokens (by id) were last used. Times never go back."""
    for secret_hash, seen_ms in sessions.items():
        connection.execute(
            "update sessions set last_seen_ms = max(last_seen_ms, ?) where secret_hash = ?",
            (seen_ms, secret_hash),
        )
        connection.execute(
            "update users set last_seen_ms = max(coalesce(last_seen_ms, 0), ?) "
            "where id = (select user_id from sessions where secret_hash = ?)",
            (seen_ms, secret_hash),
        )
    for token_id, used_ms in tokens.items():
        connection.execute(
            "update api_tokens set last_used_ms = max(coalesce(last_used_ms, 0), ?) where id = ?",
            (used_ms, token_id),
        )


def _delete(connection: apsw.Connection, session: SessionRecord, by: Author, now_ms: int) -> None:
    connection.execute("delete from sessions where id = ?", (session.id,))
    note(
        connection, by, now_ms, Action.SIGN_OUT, Subject(SubjectType.SESSION, session.id, session.user.email)
    )


def _session(row: tuple[Any, ...]) -> SessionRecord:
    (
        session_id, created_ms, last_seen_ms, source, user_agent,
        user_id, email, role, is_disabled, user_created_ms, user_seen_ms,
    ) = row  # fmt: skip
    user = UserRecord(
        id=user_id,
        email=email,
        role=Role(role),
        is_disabled=bool(is_disabled),
        created_ms=user_created_ms,
        last_seen_ms=user_seen_ms,
    )
    return SessionRecord(
        id=session_id,
        user=user,
        created_ms=created_ms,
        last_seen_ms=last_seen_ms,
        source=source,
        user_agent=user_agent,
    )
