"""Opening metrics.duckdb: a damaged log or file is put aside, and what lies before the damage is kept."""

import random
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from metricbox.clock import ManualClock
from metricbox.errors import CommandError
from metricbox.store.duckdb_backend.database import Database, checkpoint_if_idle, transaction
from tests.support.duckdb_files import (
    FILE,
    LOG,
    PUSHES,
    SAMPLES_PER_PUSH,
    CrashedStore,
    count_samples,
    list_quarantine,
    make_crashed_store,
)
from tests.support.stores import NOW_MS, open_duckdb_store, push

MEMORY_BYTES = 128 << 20
WHOLE = {"old": 1, "cpu": 1 + PUSHES * SAMPLES_PER_PUSH}


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> CrashedStore:
    return make_crashed_store(tmp_path_factory.mktemp("crash"))


def assert_prefix_is_kept(crashed: CrashedStore, folder: Path, damage_at: int) -> None:
    counts = count_samples(folder)
    assert counts["old"] == 1
    assert counts["cpu"] >= 1 + crashed.pushes_before(damage_at) * SAMPLES_PER_PUSH
    # Never half a push: it was one transaction.
    assert (counts["cpu"] - 1) % SAMPLES_PER_PUSH == 0


def test_a_killed_server_loses_nothing(crashed: CrashedStore, tmp_path: Path) -> None:
    folder = crashed.copy_to(tmp_path / "x")
    assert count_samples(folder) == WHOLE
    assert list_quarantine(folder) == []


def test_a_log_cut_anywhere_loses_only_what_was_cut(crashed: CrashedStore, tmp_path: Path) -> None:
    """Trap B179: older DuckDB ended the process by an assertion here."""
    log = crashed.log
    offsets = {0, 1, 8, 16, len(log) - 1, *range(17, len(log), len(log) // 40)}
    for size in crashed.log_bytes[::10]:
        offsets |= {size - 1, size, size + 1}
    for offset in sorted(offsets):
        folder = crashed.copy_to(tmp_path / "x", log=log[:offset])
        assert_prefix_is_kept(crashed, folder, offset)


@pytest.mark.parametrize("damage", ["flip", "zeros", "noise"])
def test_a_log_damaged_anywhere_loses_only_what_comes_after(
    crashed: CrashedStore, tmp_path: Path, damage: str
) -> None:
    """Zeros at the end are what a power cut leaves. Trap B181: the next start must not fail again."""
    chance = random.Random(damage)
    log = crashed.log
    for offset in sorted(chance.randrange(len(log) // 20, len(log)) for _ in range(25)):
        damaged = bytearray(log)
        if damage == "flip":
            damaged[offset] ^= 1 << chance.randrange(8)
        elif damage == "zeros":
            damaged[offset:] = bytes(len(log) - offset)
        else:
            damaged[offset : offset + 64] = chance.randbytes(len(damaged[offset : offset + 64]))
        folder = crashed.copy_to(tmp_path / "x", log=bytes(damaged))
        assert_prefix_is_kept(crashed, folder, offset)
        assert count_samples(folder)["old"] == 1
        for name in list_quarantine(folder):
            assert (folder / "quarantine" / name).read_bytes() == damaged


def test_a_log_that_is_no_log_is_put_aside(crashed: CrashedStore, tmp_path: Path) -> None:
    junk = random.Random(1).randbytes(5_000)
    folder = crashed.copy_to(tmp_path / "x", log=junk)
    assert count_samples(folder) == {"old": 1, "cpu": 1}
    assert [(folder / "quarantine" / name).read_bytes() for name in list_quarantine(folder)] in ([], [junk])


def test_a_damaged_file_is_put_aside_and_the_server_starts(crashed: CrashedStore, tmp_path: Path) -> None:
    """Every block of the file in turn. A block that nothing refers to does no harm."""
    chance = random.Random(2)
    whole = crashed.file
    outcomes = set()
    for start in range(0, len(whole), len(whole) // 24):
        damaged = bytearray(whole)
        offset = min(start + chance.randrange(4_096), len(whole) - 1)
        damaged[offset] ^= 1 << chance.randrange(8)
        folder = crashed.copy_to(tmp_path / "x", file=bytes(damaged))
        store = open_duckdb_store(folder, ManualClock(NOW_MS))
        push(store, "after", {}, [(NOW_MS, 1.0)])
        store.close()
        outcomes.add(tuple(name.partition("-")[2] for name in list_quarantine(folder)))
    assert (LOG, FILE) in outcomes or (FILE,) in outcomes


@pytest.mark.parametrize("size", [0, 1, 4_096, 12_288])
def test_a_file_cut_short_is_put_aside(crashed: CrashedStore, tmp_path: Path, size: int) -> None:
    folder = crashed.copy_to(tmp_path / "x", file=crashed.file[:size])
    assert count_samples(folder)["old"] == 0
    assert count_samples(folder)["old"] == 0


def test_a_file_that_is_no_database_is_put_aside(tmp_path: Path) -> None:
    content = b"something else" * 1_000
    (tmp_path / FILE).write_bytes(content)
    count_samples(tmp_path)
    assert (tmp_path / "quarantine" / f"0001-{FILE}").read_bytes() == content


def test_quarantine_keeps_every_file_that_was_put_aside(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / FILE).write_bytes(b"%d no database" % number * 1_000)
        Database(tmp_path, MEMORY_BYTES, 2).close()
    assert list_quarantine(tmp_path) == [f"000{number}-{FILE}" for number in (1, 2, 3)]


HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


def test_a_file_that_another_process_holds_is_left_where_it_is(tmp_path: Path) -> None:
    Database(tmp_path, MEMORY_BYTES, 2).close()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / FILE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(CommandError, match="in use by another process"):
            Database(tmp_path, MEMORY_BYTES, 2)
        holder.communicate()
    assert list_quarantine(tmp_path) == []
    Database(tmp_path, MEMORY_BYTES, 2).close()


def test_a_store_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    database = Database(tmp_path, MEMORY_BYTES, 2)
    database.connection.execute("UPDATE store_meta SET value = '99' WHERE name = 'layout'")
    database.close()
    with pytest.raises(CommandError, match="layout 99"):
        Database(tmp_path, MEMORY_BYTES, 2)
    assert list_quarantine(tmp_path) == []


def test_nothing_is_fetched_from_the_network(tmp_path: Path) -> None:
    """The box may stand in a closed network."""
    database = Database(tmp_path, MEMORY_BYTES, 2)
    rows = database.connection.execute(
        "SELECT name, value FROM duckdb_settings() "
        "WHERE name IN ('autoinstall_known_extensions', 'autoload_known_extensions', 'temp_directory')"
    ).fetchall()
    database.close()
    assert dict(rows) == {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": str(tmp_path / "tmp"),
    }


def test_the_size_counts_the_log(tmp_path: Path) -> None:
    database = Database(tmp_path, MEMORY_BYTES, 2)
    before = database.size_bytes()
    database.connection.execute("INSERT INTO store_meta VALUES ('x', repeat('y', 10000))")
    assert database.size_bytes() > before
    database.close()


def test_a_checkpoint_gives_way_to_a_running_transaction(tmp_path: Path) -> None:
    database = Database(tmp_path, MEMORY_BYTES, 2)
    reader = database.cursor()
    database.connection.execute("INSERT INTO store_meta VALUES ('x', 'y')")
    reader.execute("BEGIN")
    reader.execute("FROM store_meta").fetchall()
    database.connection.execute("UPDATE store_meta SET value = 'z' WHERE name = 'x'")
    assert checkpoint_if_idle(database.connection) in {True, False}
    reader.execute("COMMIT")
    assert checkpoint_if_idle(database.connection)
    reader.close()
    database.close()


def test_a_failed_transaction_leaves_nothing_and_raises_its_own_error(tmp_path: Path) -> None:
    database = Database(tmp_path, MEMORY_BYTES, 2)

    def write_and_fail() -> None:
        with transaction(database.connection):
            database.connection.execute("INSERT INTO store_meta VALUES ('x', 'y')")
            database.connection.execute("ROLLBACK")
            raise ValueError("the reason")

    with pytest.raises(ValueError, match="the reason"):
        write_and_fail()
    assert database.connection.execute("SELECT count(*) FROM store_meta WHERE name = 'x'").fetchall() == [
        (0,)
    ]
    with pytest.raises(duckdb.Error), transaction(database.connection):
        database.connection.execute("INSERT INTO nowhere VALUES (1)")
    with transaction(database.connection):
        database.connection.execute("INSERT INTO store_meta VALUES ('x', 'y')")
    assert database.connection.execute("SELECT count(*) FROM store_meta WHERE name = 'x'").fetchall() == [
        (1,)
    ]
    database.close()
