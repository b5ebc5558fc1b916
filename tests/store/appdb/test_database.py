"""Opening, transactions, threads and damage."""

import asyncio
import stat
import threading
from pathlib import Path

import apsw
import pytest

from metricbox.clock import ManualClock
from metricbox.errors import CommandError, DatabaseFailureError, InsufficientStorageError, UnavailableError
from metricbox.store.appdb import database
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.records import Role, UserRecord
from metricbox.store.appdb.sessions import save_activity
from metricbox.store.appdb.users import create_user, get_user, has_users, save_preferences, update_user
from tests.support.authors import AUTHOR


def _count(connection: Connection) -> int:
    return int(connection.execute("select count(*) from preferences").get)


def test_a_new_file_is_for_its_owner_only(appdb: AppDatabase) -> None:
    assert stat.S_IMODE(appdb.path.stat().st_mode) == 0o600


def test_it_is_durable_and_checks_references(appdb: AppDatabase) -> None:
    def pragma(name: str) -> object:
        return appdb.write_blocking(lambda connection: connection.execute(f"pragma {name}").get)

    assert (pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")) == ("wal", 2, 1)
    assert database.BUSY_TIMEOUT_MS >= 10_000


def test_what_was_written_is_there_after_opening_again(
    appdb: AppDatabase, admin: UserRecord, clock: ManualClock
) -> None:
    appdb.close()
    again = AppDatabase.open(appdb.path, clock)
    assert again.read_blocking(lambda connection: get_user(connection, admin.id)) == admin
    again.close()


def test_a_failure_undoes_the_whole_transaction(appdb: AppDatabase, admin: UserRecord) -> None:
    def work(connection: Connection) -> None:
        save_preferences(connection, admin.id, "{}")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        appdb.write_blocking(work)
    assert appdb.read_blocking(_count) == 0
    appdb.write_blocking(lambda connection: save_preferences(connection, admin.id, "{}"))
    assert appdb.read_blocking(_count) == 1


def test_readers_cannot_write(appdb: AppDatabase, admin: UserRecord) -> None:
    with pytest.raises(DatabaseFailureError) as caught:
        appdb.read_blocking(lambda connection: save_preferences(connection, admin.id, "{}"))
    assert isinstance(caught.value.__cause__, apsw.ReadOnlyError)


async def test_reads_go_on_while_a_write_is_open(appdb: AppDatabase, admin: UserRecord) -> None:
    is_open, may_end = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        save_preferences(connection, admin.id, "{}")
        is_open.set()
        may_end.wait(10)

    writing = asyncio.create_task(appdb.write(hold))
    await asyncio.to_thread(is_open.wait, 10)
    assert await appdb.read(_count) == 0
    may_end.set()
    await writing
    assert await appdb.read(_count) == 1


async def test_many_writers_at_once_all_get_their_turn(appdb: AppDatabase) -> None:
    """Trap B188."""

    def add(number: int) -> UserRecord:
        return appdb.write_blocking(
            lambda connection: create_user(
                connection, email=f"u{number}@b", role=Role.VIEWER, password_hash="x", by=AUTHOR, now_ms=0
            )
        )

    users = await asyncio.gather(*(asyncio.to_thread(add, number) for number in range(50)))
    assert len({user.id for user in users}) == 50


async def test_a_lock_held_by_another_program_is_waited_for(appdb: AppDatabase, admin: UserRecord) -> None:
    """Traps B186, B187."""
    other = apsw.Connection(str(appdb.path))
    other.execute("begin immediate")
    writing = asyncio.create_task(
        appdb.write(lambda connection: save_preferences(connection, admin.id, "{}"))
    )
    await asyncio.sleep(0.3)
    assert not writing.done()
    other.execute("commit")
    other.close()
    await writing
    assert await appdb.read(_count) == 1


def test_a_lock_that_is_never_given_back_is_an_answer_to_try_later(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    appdb = AppDatabase.open(tmp_path / "app.sqlite", clock)
    other = apsw.Connection(str(appdb.path))
    other.execute("begin immediate")
    with pytest.raises(UnavailableError):
        appdb.write_blocking(lambda connection: None)
    other.execute("rollback")
    appdb.write_blocking(lambda connection: None)
    other.close()
    appdb.close()


def test_a_full_disk_changes_nothing_and_says_so(appdb: AppDatabase, admin: UserRecord) -> None:
    def fill(connection: Connection) -> None:
        pages = connection.execute("pragma page_count").get
        connection.execute(f"pragma max_page_count = {pages}").fetchall()
        save_preferences(connection, admin.id, "x" * 1_000_000)

    with pytest.raises(InsufficientStorageError):
        appdb.write_blocking(fill)
    appdb.write_blocking(lambda connection: connection.execute("pragma max_page_count = 100000").fetchall())
    appdb.write_blocking(lambda connection: save_preferences(connection, admin.id, "{}"))


def test_the_epoch_grows_with_changes_of_access_only(appdb: AppDatabase, admin: UserRecord) -> None:
    before = appdb.access_epoch
    appdb.write_blocking(lambda connection: save_preferences(connection, admin.id, "{}"))
    appdb.write_blocking(
        lambda connection: create_user(
            connection, email="b@b", role=Role.ADMIN, password_hash="x", by=AUTHOR, now_ms=0
        )
    )
    assert appdb.access_epoch == before
    appdb.write_blocking(
        lambda connection: update_user(connection, admin.id, by=AUTHOR, now_ms=0, role=Role.VIEWER)
    )
    assert appdb.access_epoch == before + 1
    asyncio.run(appdb.write(lambda connection: save_activity(connection, {b"x": 1}, {}), is_activity=True))
    assert appdb.access_epoch == before + 1


async def test_a_closed_database_refuses_in_words(appdb: AppDatabase) -> None:
    appdb.close()
    appdb.close()
    with pytest.raises(UnavailableError):
        await appdb.read(has_users)
    with pytest.raises(UnavailableError):
        await appdb.write(has_users)


@pytest.mark.parametrize("content", [b"this is no database at all, but a text" * 200, b"\x00" * 8192])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, clock: ManualClock, content: bytes) -> None:
    path = tmp_path / "app.sqlite"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=r"app\.sqlite is damaged; move it away"):
        AppDatabase.open(path, clock)
    assert path.read_bytes() == content


def test_a_page_overwritten_in_the_middle_is_found_at_open(
    appdb: AppDatabase, admin: UserRecord, clock: ManualClock
) -> None:
    """Trap B185."""
    appdb.write_blocking(lambda connection: save_preferences(connection, admin.id, "x" * 50_000))
    appdb.close()
    content = appdb.path.read_bytes()
    reasons = []
    for start in range(4096, len(content), 4096):
        appdb.path.write_bytes(content[:start] + b"\xa5" * 4096 + content[start + 4096 :])
        reasons.append(_open_fault(appdb.path, clock))
    # Pages of plain text, such as an overflow page, have no structure that could be checked.
    found = [reason for reason in reasons if reason]
    assert len(found) > len(reasons) / 2
    assert all("damaged; move it away and restore a backup" in reason for reason in found)


def _open_fault(path: Path, clock: ManualClock) -> str:
    try:
        AppDatabase.open(path, clock).close()
    except CommandError as error:
        return error.message
    return ""


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="cannot be opened"):
        AppDatabase.open(tmp_path / "file" / "app.sqlite", clock)
    (tmp_path / "folder.sqlite").mkdir()
    with pytest.raises(CommandError, match="cannot be opened"):
        AppDatabase.open(tmp_path / "folder.sqlite", clock)
