"""Sessions in SQLite."""

from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.records import UserRecord
from metricbox.store.appdb.sessions import (
    create_session,
    delete_all_sessions,
    delete_other_sessions,
    delete_session,
    find_session,
    save_activity,
)
from metricbox.store.appdb.users import get_user

LIFETIME_MS = 1000


def _open(connection: Connection, user: UserRecord, key: bytes, now_ms: int = 0) -> None:
    create_session(connection, secret_hash=key, user_id=user.id, now_ms=now_ms, lifetime_ms=LIFETIME_MS)


def test_a_session_is_found_with_its_account(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        _open(connection, admin, b"a", 5)
        session = find_session(connection, b"a")
        assert session is not None
        assert (session.user, session.created_ms, session.last_seen_ms) == (admin, 5, 5)
        delete_session(connection, b"a")
        assert find_session(connection, b"a") is None

    appdb.write_blocking(check)


def test_a_new_session_sweeps_the_expired_ones(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        _open(connection, admin, b"old", 0)
        _open(connection, admin, b"used", 0)
        save_activity(connection, {b"used": 1}, {})
        _open(connection, admin, b"new", LIFETIME_MS)
        left = {key for (key,) in connection.execute("select secret_hash from sessions")}
        assert left == {b"used", b"new"}

    appdb.write_blocking(check)


def test_sessions_end_together(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        for key in (b"a", b"b", b"c"):
            _open(connection, admin, key)
        delete_other_sessions(connection, admin.id, b"b")
        assert [key for (key,) in connection.execute("select secret_hash from sessions")] == [b"b"]
        delete_other_sessions(connection, admin.id, None)
        assert connection.execute("select count(*) from sessions").get == 0
        _open(connection, admin, b"d")
        delete_all_sessions(connection)
        assert connection.execute("select count(*) from sessions").get == 0

    appdb.write_blocking(check)


def test_times_of_use_never_go_back(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        _open(connection, admin, b"a", 100)
        save_activity(connection, {b"a": 300, b"ended": 300}, {"unknown": 300})
        save_activity(connection, {b"a": 200}, {})
        session = find_session(connection, b"a")
        assert session is not None
        assert session.last_seen_ms == get_user(connection, admin.id).last_seen_ms == 300

    appdb.write_blocking(check)
