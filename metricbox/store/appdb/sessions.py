"""Sessions of the browser, kept by the SHA-256 of the cookie's value. Functions run inside a transaction.

A session ends by being deleted or by not being used for its lifetime; the lifetime is the caller's setting.
"""

from collections.abc import Mapping

import apsw

from metricbox.store.appdb.records import Role, SessionRecord, UserRecord


def create_session(
    connection: apsw.Connection, *, secret_hash: bytes, user_id: str, now_ms: int, lifetime_ms: int
) -> None:
    """Also removes what has expired, so that the table never grows without bound."""
    connection.execute("delete from sessions where last_seen_ms <= ?", (now_ms - lifetime_ms,))
    connection.execute(
        "insert into sessions (secret_hash, user_id, created_ms, last_seen_ms) values (?, ?, ?, ?)",
        (secret_hash, user_id, now_ms, now_ms),
    )


def find_session(connection: apsw.Connection, secret_hash: bytes) -> SessionRecord | None:
    """The session with its account, expired and disabled ones included: the caller decides."""
    row = connection.execute(
        "select s.created_ms, s.last_seen_ms, u.id, u.email, u.role, u.is_disabled, u.created_ms, u.last_seen_ms "
        "from sessions s join users u on u.id = s.user_id where s.secret_hash = ?",
        (secret_hash,),
    ).fetchone()
    if row is None:
        return None
    created_ms, last_seen_ms, user_id, email, role, is_disabled, user_created_ms, user_seen_ms = row
    user = UserRecord(
        id=user_id,
        email=email,
        role=Role(role),
        is_disabled=bool(is_disabled),
        created_ms=user_created_ms,
        last_seen_ms=user_seen_ms,
    )
    return SessionRecord(user=user, created_ms=created_ms, last_seen_ms=last_seen_ms)


def delete_session(connection: apsw.Connection, secret_hash: bytes) -> None:
    connection.execute("delete from sessions where secret_hash = ?", (secret_hash,))


def delete_other_sessions(connection: apsw.Connection, user_id: str, kept_hash: bytes | None) -> None:
    """End all sessions of an account but the one named."""
    connection.execute(
        "delete from sessions where user_id = ? and secret_hash is not ?", (user_id, kept_hash)
    )


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
