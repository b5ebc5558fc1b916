"""Sessions in SQLite."""

import pytest

from metricbox.errors import NotFoundError
from metricbox.store.appdb.audit import AuditFilter, Author, Via, list_entries
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.records import PageRequest, Role, UserRecord
from metricbox.store.appdb.sessions import (
    create_session,
    delete_all_sessions,
    delete_session,
    delete_session_by_id,
    delete_sessions_of,
    find_session,
    list_sessions,
    note_failed_sign_in,
    save_activity,
)
from metricbox.store.appdb.users import create_user, get_user
from tests.support.authors import AUTHOR

LIFETIME_MS = 1000


def _open(connection: Connection, user: UserRecord, key: bytes, now_ms: int = 0) -> None:
    create_session(connection, secret_hash=key, user=user, by=AUTHOR, now_ms=now_ms, lifetime_ms=LIFETIME_MS)


def test_a_session_is_found_with_its_account(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        _open(connection, admin, b"a", 5)
        session = find_session(connection, b"a")
        assert session is not None
        assert (session.user, session.created_ms, session.last_seen_ms) == (admin, 5, 5)
        delete_session(connection, b"a", by=AUTHOR, now_ms=6)
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
        other = create_user(connection, email="b@b", role=Role.VIEWER, password_hash="x", by=AUTHOR, now_ms=0)
        for key in (b"a", b"b", b"c"):
            _open(connection, admin, key)
        _open(connection, other, b"other")
        delete_sessions_of(connection, admin.id, by=AUTHOR, now_ms=6)
        assert [key for (key,) in connection.execute("select secret_hash from sessions")] == [b"other"]
        delete_sessions_of(connection, other.id, by=AUTHOR, now_ms=6)
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


def test_the_list_holds_what_has_not_ended(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        by = Author(admin.id, admin.email, Via.NOBODY, "192.0.2.7")
        for key, now_ms in ((b"a", 1), (b"b", 2), (b"c", 3)):
            create_session(
                connection,
                secret_hash=key,
                user=admin,
                by=by,
                now_ms=now_ms,
                lifetime_ms=LIFETIME_MS,
                user_agent="Agent \udc80" + "x" * 300,
            )
        save_activity(connection, {b"a": 900}, {})
        page = list_sessions(connection, admin.id, PageRequest(), now_ms=1002, lifetime_ms=LIFETIME_MS)
        assert (page.total, [session.created_ms for session in page.rows]) == (2, [3, 1])
        assert {(len(session.user_agent), session.source) for session in page.rows} == {(200, "192.0.2.7")}
        by_use = list_sessions(
            connection, admin.id, PageRequest(sort="-lastSeenAt"), now_ms=3, lifetime_ms=LIFETIME_MS
        )
        assert [session.created_ms for session in by_use.rows] == [1, 3, 2]

    appdb.write_blocking(check)


def test_a_session_is_ended_by_its_id_within_its_account(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        _open(connection, admin, b"a")
        session = find_session(connection, b"a")
        assert session is not None
        for user_id, session_id in (("other", session.id), (admin.id, "none")):
            with pytest.raises(NotFoundError):
                delete_session_by_id(connection, user_id, session_id, by=AUTHOR, now_ms=5)
        delete_session_by_id(connection, admin.id, session.id, by=AUTHOR, now_ms=5)
        assert find_session(connection, b"a") is None
        actions = [entry.action for entry in list_entries(connection, PageRequest()).rows]
        assert actions[:2] == ["sign_out", "sign_in"]

    appdb.write_blocking(check)


def test_what_was_typed_for_an_unknown_account_is_not_kept(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        note_failed_sign_in(connection, None, "unknown account", AUTHOR, 5)
        note_failed_sign_in(connection, admin, "wrong password", AUTHOR, 6)
        known, unknown = list_entries(connection, PageRequest(), AuditFilter(action="sign_in_failed")).rows
        assert (unknown.subject_id, unknown.subject_name) == ("", "")
        assert (known.subject_id, known.subject_name) == (admin.id, admin.email)
        assert known.after == {"reason": "wrong password"}

    appdb.write_blocking(check)
