"""Accounts in SQLite."""

import pytest

from metricbox.errors import ConflictError, NotFoundError, ValidationError
from metricbox.store.appdb import users
from metricbox.store.appdb.audit import list_entries
from metricbox.store.appdb.dashboards import NewDashboard, create_dashboard, get_dashboard
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.records import PageRequest, Role, Scope, UserRecord
from metricbox.store.appdb.sessions import create_session, find_session
from metricbox.store.appdb.tokens import create_token, list_tokens
from tests.support.authors import AUTHOR
from tests.support.stores import NOW_MS


def _add(connection: Connection, email: str, role: Role = Role.EDITOR) -> UserRecord:
    return users.create_user(
        connection, email=email, role=role, password_hash="hash", by=AUTHOR, now_ms=NOW_MS
    )


@pytest.mark.parametrize("spelling", ["ADA@Example.Org", " ada@example.org ", "ａda@example.org"])
def test_an_account_is_found_by_any_spelling_of_its_address(
    appdb: AppDatabase, admin: UserRecord, spelling: str
) -> None:
    found = appdb.read_blocking(lambda connection: users.find_credentials(connection, spelling))
    assert found == (admin, "hash")
    with pytest.raises(ConflictError):
        appdb.write_blocking(lambda connection: _add(connection, spelling))


def test_an_unknown_account_is_not_found(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        assert users.find_credentials(connection, "no@example.org") is None
        for find in (users.get_user, users.get_credentials):
            with pytest.raises(NotFoundError):
                find(connection, "none")
        with pytest.raises(NotFoundError):
            users.update_user(connection, "none", by=AUTHOR, now_ms=NOW_MS)
        with pytest.raises(NotFoundError):
            users.delete_user(connection, "none", "none", by=AUTHOR, now_ms=NOW_MS)

    appdb.write_blocking(check)


def test_an_admin_is_always_left(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        second = _add(connection, "second@example.org", Role.ADMIN)
        users.update_user(connection, admin.id, by=AUTHOR, now_ms=NOW_MS, is_disabled=True)
        for change in (
            lambda: users.update_user(connection, second.id, by=AUTHOR, now_ms=NOW_MS, role=Role.EDITOR),
            lambda: users.update_user(connection, second.id, by=AUTHOR, now_ms=NOW_MS, is_disabled=True),
            lambda: users.delete_user(connection, second.id, admin.id, by=AUTHOR, now_ms=NOW_MS),
        ):
            with pytest.raises(ConflictError, match="last admin"):
                change()
        users.update_user(
            connection, second.id, by=AUTHOR, now_ms=NOW_MS, role=Role.ADMIN, email="renamed@example.org"
        )
        users.update_user(connection, admin.id, by=AUTHOR, now_ms=NOW_MS, role=Role.VIEWER)
        assert users.find_first_admin(connection) == users.get_user(connection, second.id)

    appdb.write_blocking(check)


def test_deleting_takes_sessions_and_tokens_along_and_hands_dashboards_on(
    appdb: AppDatabase, admin: UserRecord
) -> None:
    def check(connection: Connection) -> None:
        user = _add(connection, "editor@example.org")
        create_session(connection, secret_hash=b"s", user=user, by=AUTHOR, now_ms=NOW_MS, lifetime_ms=1000)
        create_token(connection, name="t", scope=Scope.INGEST, owner_id=user.id, by=AUTHOR, now_ms=NOW_MS)
        users.save_preferences(connection, user.id, '{"theme":"dark"}')
        dashboard = create_dashboard(connection, NewDashboard(name="d", owner_id=user.id), AUTHOR, NOW_MS)
        users.delete_user(connection, user.id, admin.id, by=AUTHOR, now_ms=NOW_MS)
        assert find_session(connection, b"s") is None
        assert list_tokens(connection, PageRequest()).total == 0
        assert users.load_preferences(connection, user.id) == "{}"
        assert get_dashboard(connection, dashboard.id).owner_id == admin.id

    appdb.write_blocking(check)


def test_an_admin_who_deletes_himself_leaves_his_dashboards_to_another(
    appdb: AppDatabase, admin: UserRecord
) -> None:
    def check(connection: Connection) -> None:
        second = _add(connection, "second@example.org", Role.ADMIN)
        dashboard = create_dashboard(connection, NewDashboard(name="d", owner_id=second.id), AUTHOR, NOW_MS)
        users.delete_user(connection, second.id, second.id, by=AUTHOR, now_ms=NOW_MS)
        assert get_dashboard(connection, dashboard.id).owner_id == admin.id

    appdb.write_blocking(check)


def test_lists_are_newest_first_searched_and_cut(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        emails = [_add(connection, f"u_{number}@example.org").email for number in range(5)]
        page = users.list_users(connection, PageRequest(page=2, page_size=2))
        assert (page.total, [user.email for user in page.rows]) == (6, [emails[2], emails[1]])
        found = users.list_users(connection, PageRequest(search="U_", sort="-email"))
        assert [user.email for user in found.rows] == emails[::-1]
        assert users.list_users(connection, PageRequest(search="%")).total == 0
        with pytest.raises(ValidationError):
            users.list_users(connection, PageRequest(sort="password_hash"))

    appdb.write_blocking(check)


def test_the_audit_trail_has_every_change_and_no_hash(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        user = _add(connection, "editor@example.org")
        create_token(connection, name="t", scope=Scope.INGEST, owner_id=user.id, by=AUTHOR, now_ms=NOW_MS)
        create_dashboard(connection, NewDashboard(name="d", owner_id=user.id), AUTHOR, NOW_MS)
        users.update_user(
            connection, user.id, by=AUTHOR, now_ms=NOW_MS, role=Role.ADMIN, password_hash="canary"
        )
        users.update_user(connection, user.id, by=AUTHOR, now_ms=NOW_MS, role=Role.ADMIN)
        users.delete_user(connection, user.id, admin.id, by=AUTHOR, now_ms=NOW_MS)
        entries = list_entries(connection, PageRequest()).rows
        assert [(one.action, one.subject_type) for one in entries[:-1]] == [
            ("delete", "user"),
            ("delete", "token"),
            ("change", "dashboard"),
            ("change", "user"),
            ("create", "dashboard"),
            ("create", "token"),
            ("create", "user"),
        ]
        assert (entries[2].before, entries[2].after) == ({"ownerId": user.id}, {"ownerId": admin.id})
        assert entries[3].before == {"role": "editor", "password": None}
        assert entries[3].after == {"role": "admin", "password": "***"}
        assert "canary" not in str(entries)

    appdb.write_blocking(check)
