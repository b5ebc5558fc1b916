"""The audit trail in SQLite. That every change leaves an entry is seen through the API, see tests/web/routes."""

from typing import Any

import pytest

from metricbox.errors import ConflictError, ValidationError
from metricbox.store.appdb import audit
from metricbox.store.appdb.audit import Action, AuditFilter, Author, Subject, SubjectType, Via
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.records import PageRequest, Role, UserRecord
from metricbox.store.appdb.users import create_user, update_user
from tests.support.authors import AUTHOR

ADA = Author("ada-id", "ada@example.org", Via.SESSION, "192.0.2.7")
BOX = Subject(SubjectType.DASHBOARD, "box-id", "Web_servers")


def note(connection: Connection, **changes: Any) -> None:
    wish = {"by": ADA, "now_ms": 5, "action": Action.CHANGE, "subject": BOX, **changes}
    audit.note(connection, **wish)


def list_all(connection: Connection, wanted: AuditFilter = audit.ANY, **page: Any) -> list[audit.AuditRecord]:
    return list(audit.list_entries(connection, PageRequest(**page), wanted).rows)


def test_an_entry_says_who_what_when_from_where_and_holds_only_what_differs(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        note(connection, before={"name": "a", "same": [1]}, after={"name": "b", "same": [1], "new": 2})
        (entry,) = list_all(connection)
        assert (entry.author, entry.created_ms, entry.action) == (ADA, 5, "change")
        assert (entry.subject_type, entry.subject_id, entry.subject_name) == BOX
        assert entry.before == {"name": "a", "new": None}
        assert entry.after == {"name": "b", "new": 2}
        note(connection, before={"name": "b"}, after={"name": "b"})
        assert len(list_all(connection)) == 1, "nothing changed, so there is nothing to note"

    appdb.write_blocking(check)


def test_what_is_new_has_no_before_and_what_is_gone_no_after(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        note(connection, action=Action.CREATE, after={"name": "a"})
        note(connection, action=Action.DELETE, before={"name": "a"})
        gone, new = list_all(connection)
        assert (new.before, new.after, gone.before, gone.after) == (None, {"name": "a"}, {"name": "a"}, None)

    appdb.write_blocking(check)


def test_a_very_long_field_is_left_out_with_its_size(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        long = "x" * audit.MAX_FIELD_CHARS
        note(connection, before={"a": long[:-2], "b": long}, after={"a": 1, "b": 2})
        (entry,) = list_all(connection)
        assert entry.before == {"a": long[:-2], "b": f"({len(long) + 2} characters, left out)"}

    appdb.write_blocking(check)


def test_a_change_that_fails_leaves_no_entry(appdb: AppDatabase, admin: UserRecord) -> None:
    def fail(connection: Connection) -> None:
        create_user(connection, email="b@b", role=Role.EDITOR, password_hash="x", by=ADA, now_ms=1)
        update_user(connection, admin.id, by=ADA, now_ms=1, role=Role.VIEWER)

    before = appdb.read_blocking(list_all)
    with pytest.raises(ConflictError):
        appdb.write_blocking(fail)
    assert appdb.read_blocking(list_all) == before


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (AuditFilter(author="ada-id"), ["2", "1"]),
        (AuditFilter(author="ADA@example.org"), ["2", "1"]),
        (AuditFilter(author="ada"), []),
        (AuditFilter(action="delete"), ["3"]),
        (AuditFilter(subject_type="panel"), ["2"]),
        (AuditFilter(subject_id="id 1"), ["1"]),
        (AuditFilter(start_ms=20), ["3", "2"]),
        (AuditFilter(end_ms=20), ["1"]),
        (AuditFilter(author="ada-id", start_ms=20, end_ms=30), ["2"]),
    ],
)
def test_the_list_is_filtered(appdb: AppDatabase, wanted: AuditFilter, names: list[str]) -> None:
    def check(connection: Connection) -> None:
        for number, author, action, kind in (
            (1, ADA, Action.CREATE, SubjectType.DASHBOARD),
            (2, ADA, Action.CREATE, SubjectType.PANEL),
            (3, AUTHOR, Action.DELETE, SubjectType.DASHBOARD),
        ):
            subject = Subject(kind, f"id {number}", str(number))
            note(connection, by=author, now_ms=number * 10, action=action, subject=subject, after={"a": 1})
        assert [entry.subject_name for entry in list_all(connection, wanted)] == names

    appdb.write_blocking(check)


def test_the_list_is_searched_sorted_and_cut(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        for number in range(5):
            author = Author(None, f"u{4 - number}@example.org", Via.TOKEN, f"192.0.2.{number}", "token")
            note(connection, by=author, now_ms=number, after={"a": 1})
        assert [entry.created_ms for entry in list_all(connection, page=2, page_size=2)] == [2, 1]
        assert [entry.created_ms for entry in list_all(connection, sort="at")] == [0, 1, 2, 3, 4]
        assert [entry.created_ms for entry in list_all(connection, sort="author")] == [4, 3, 2, 1, 0]
        for search, count in (("192.0.2.3", 1), ("U1@", 1), ("BOX-", 5), ("b_s", 5), ("%", 0)):
            assert len(list_all(connection, search=search)) == count, search
        with pytest.raises(ValidationError):
            list_all(connection, sort="before")

    appdb.write_blocking(check)


def test_guessing_never_pushes_out_what_people_did(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        for number in range(4):
            note(connection, now_ms=number, after={"a": 1})
        for number in range(10, 20):
            note(connection, now_ms=number, action=Action.SIGN_IN_FAILED, after={"reason": "x"})
        audit.sweep(connection, max_changes=3, max_sign_ins=2)
        assert [entry.created_ms for entry in list_all(connection)] == [19, 18, 3, 2, 1]
        audit.sweep(connection, max_changes=3, max_sign_ins=2)
        assert len(list_all(connection)) == 5

    appdb.write_blocking(check)


def test_the_bounds_are_kept_while_entries_come(appdb: AppDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[int] = []
    monkeypatch.setattr(audit, "sweep", lambda connection: swept.append(connection.last_insert_rowid()))

    def fill(connection: Connection) -> None:
        for _ in range(250):
            note(connection, after={"a": 1})

    appdb.write_blocking(fill)
    assert swept == [100, 200]
