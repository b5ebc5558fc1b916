"""The spool: what survives a kill, what goes when it is full, what damage costs."""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from metricbox.agent.remote import spool as spool_module
from metricbox.agent.remote.spool import MAGIC, Place, Spool
from metricbox.errors import CommandError

MB = 1_000_000
Drops = list[tuple[int, str]]


@pytest.fixture
def drops() -> Drops:
    return []


@pytest.fixture
def open_spool(tmp_path: Path, drops: Drops) -> Iterator[Callable[..., Spool]]:
    opened: list[Spool] = []

    def open_it(max_bytes: int = MB) -> Spool:
        spool = Spool(tmp_path / "spool", max_bytes, lambda points, reason: drops.append((points, reason)))
        opened.append(spool)
        return spool

    yield open_it
    for spool in opened:
        spool.close()


def kill(spool: Spool) -> None:
    """Leave it as kill -9 does: nothing is flushed, and the kernel closes its files."""
    spool._close_file()
    spool._lock_file.close()


def times(spool: Spool) -> list[int]:
    """Of all records, by sending them off one by one."""
    found = []
    while records := spool.list_oldest(10**9, 1):
        found.append(records[0].ts_ms)
        spool.acknowledge([records[0].place])
    return found


def segments(folder: Path) -> list[Path]:
    return sorted((folder / "spool").glob("*.seg"))


def test_what_was_appended_is_there_after_a_kill(open_spool: Callable[..., Spool], drops: Drops) -> None:
    spool = open_spool()
    for ts_ms in range(5):
        spool.append(ts_ms, 10 + ts_ms, b"payload %d" % ts_ms)
    kill(spool)
    again = open_spool()
    records = again.list_oldest(MB, 100)
    assert [(one.ts_ms, one.points, one.payload) for one in records] == [
        (ts_ms, 10 + ts_ms, b"payload %d" % ts_ms) for ts_ms in range(5)
    ]
    state = again.state()
    assert (state.batches, state.points, state.oldest_ms) == (5, 60, 0)
    assert drops == []


def test_new_records_come_after_those_that_were_there(open_spool: Callable[..., Spool]) -> None:
    spool = open_spool()
    spool.append(1, 1, b"a")
    kill(spool)
    spool = open_spool()
    spool.append(2, 1, b"b")
    kill(spool)
    assert times(open_spool()) == [1, 2]


def test_nothing_is_on_disk_once_all_was_delivered(open_spool: Callable[..., Spool], tmp_path: Path) -> None:
    spool = open_spool()
    for ts_ms in range(3):
        place = spool.append(ts_ms, 1, b"x")
        assert len(segments(tmp_path)) == 1
        spool.acknowledge([place])
        assert segments(tmp_path) == []
    assert spool.state().batches == 0
    assert spool.list_oldest(MB, 10) == []


def test_the_newest_may_go_before_the_others(open_spool: Callable[..., Spool]) -> None:
    spool = open_spool()
    places = [spool.append(ts_ms, 1, b"%d" % ts_ms) for ts_ms in range(4)]
    newest = spool.find(places[3])
    assert newest is not None
    assert newest.payload == b"3"
    spool.acknowledge([places[3]])
    assert spool.find(places[3]) is None
    assert times(spool) == [0, 1, 2]


def test_batches_are_bounded_and_of_one_segment(open_spool: Callable[..., Spool], tmp_path: Path) -> None:
    spool = open_spool(16 * 5_000)
    for ts_ms in range(12):
        spool.append(ts_ms, 1, bytes(1_000))
    assert len(segments(tmp_path)) == 3
    assert [one.ts_ms for one in spool.list_oldest(2_500, 100)] == [0, 1]
    assert [one.ts_ms for one in spool.list_oldest(10**6, 3)] == [0, 1, 2]
    assert [one.ts_ms for one in spool.list_oldest(10**6, 100)] == [0, 1, 2, 3]
    assert [one.ts_ms for one in spool.list_oldest(1, 100)] == [0], "at least one"


def test_the_oldest_go_first_when_it_is_full_and_are_counted(
    open_spool: Callable[..., Spool], drops: Drops, tmp_path: Path
) -> None:
    """Trap B044: a server away for an hour, a spool of 10,000 points."""
    spool = open_spool(MB)
    for tick in range(360):
        spool.append(tick, 30, os.urandom(10_000))
    state = spool.state()
    assert state.size_bytes <= MB
    assert sum(path.stat().st_size for path in segments(tmp_path)) == state.size_bytes
    assert {reason for _, reason in drops} == {"spool_full"}
    assert sum(points for points, _ in drops) + state.points == 360 * 30, (
        "no point is lost without being counted"
    )
    assert state.points > 80 * 30, "it is used to the full"
    kept = times(spool)
    assert kept == list(range(360 - len(kept), 360))


def test_a_record_cut_short_is_left_out_and_the_rest_is_there(
    open_spool: Callable[..., Spool], tmp_path: Path, drops: Drops
) -> None:
    spool = open_spool()
    for ts_ms in range(3):
        spool.append(ts_ms, 1, bytes(100))
    kill(spool)
    (path,) = segments(tmp_path)
    whole = path.read_bytes()
    for size in range(len(MAGIC), len(whole)):
        path.write_bytes(whole[:size])
        spool = open_spool()
        expected = (size - len(MAGIC)) // 120
        assert spool.state().batches == expected
        kill(spool)
        path.write_bytes(whole)
    assert all(reason == "damaged" for _, reason in drops)


def test_a_flipped_bit_costs_one_record(open_spool: Callable[..., Spool], tmp_path: Path) -> None:
    spool = open_spool()
    for ts_ms in range(3):
        spool.append(ts_ms, 1, bytes(100))
    kill(spool)
    (path,) = segments(tmp_path)
    data = bytearray(path.read_bytes())
    data[len(MAGIC) + 120 + 60] ^= 1
    path.write_bytes(bytes(data))
    assert times(open_spool()) == [0, 2]


def test_damage_while_it_is_open_is_counted(
    open_spool: Callable[..., Spool], tmp_path: Path, drops: Drops
) -> None:
    spool = open_spool()
    for ts_ms in range(3):
        spool.append(ts_ms, 7, bytes(100))
    (path,) = segments(tmp_path)
    os.truncate(path, len(MAGIC) + 130)
    assert times(spool) == [0]
    assert sum(points for points, _ in drops) == 14


def test_foreign_files_do_no_harm(open_spool: Callable[..., Spool], tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "notes.seg").write_text("mine")
    (folder / "0000000000000001.seg").write_text("not a segment at all")
    (folder / "0000000000000002.seg").write_bytes(MAGIC + b"\xff" * 40)
    spool = open_spool()
    assert spool.state().batches == 0
    spool.append(1, 1, b"x")
    assert times(spool) == [1]
    assert (folder / "notes.seg").exists()


def test_a_disk_that_takes_nothing_costs_no_live_batch(
    open_spool: Callable[..., Spool], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    spool = open_spool()
    spool.append(0, 1, b"on disk")
    monkeypatch.setattr(
        Spool, "_write", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with caplog.at_level(logging.WARNING):
        places = [spool.append(ts_ms, 1, b"held") for ts_ms in (1, 2)]
    assert [record.getMessage() for record in caplog.records] == [
        "the spool cannot be written (No space left on device); batches are held in memory"
    ]
    monkeypatch.undo()
    spool.append(3, 1, b"on disk again")
    assert spool.find(places[1]) is not None
    assert sorted(times(spool)) == [0, 1, 2, 3]


def test_half_a_record_on_a_full_disk_hides_no_later_one(
    open_spool: Callable[..., Spool], monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = open_spool()
    spool.append(0, 1, b"first")
    write = Spool._write

    def write_half(self: Spool, data: bytes, segment: spool_module._Segment) -> None:
        assert self._file is not None
        self._file.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Spool, "_write", write_half)
    spool.append(1, 1, b"second")
    monkeypatch.setattr(Spool, "_write", write)
    spool.append(2, 1, b"third")
    kill(spool)
    assert times(open_spool()) == [0, 2], "the second was in memory alone, and went with the process"


def test_memory_is_bounded_when_the_disk_takes_nothing(
    open_spool: Callable[..., Spool], monkeypatch: pytest.MonkeyPatch, drops: Drops
) -> None:
    spool = open_spool()
    monkeypatch.setattr(spool_module, "_MAX_HELD_BYTES", 10_000)
    monkeypatch.setattr(Spool, "_write", lambda *_: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    for ts_ms in range(20):
        spool.append(ts_ms, 3, bytes(1_000))
    assert spool.state().batches == 10
    assert sum(points for points, _ in drops) == 30


def test_a_second_agent_on_the_folder_is_refused(open_spool: Callable[..., Spool]) -> None:
    spool = open_spool()
    with pytest.raises(CommandError, match="another agent uses the spool folder"):
        open_spool()
    spool.close()
    open_spool().close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match=r"cannot be written: .*; name another with --spool"):
        Spool(tmp_path / "file" / "spool", MB, lambda *_: None)


def test_it_can_be_synced_and_closed_at_any_time(open_spool: Callable[..., Spool]) -> None:
    spool = open_spool()
    spool.sync()
    place = spool.append(1, 1, b"x")
    spool.sync()
    spool.close()
    spool.acknowledge([place, Place(99, 8), Place(0, 1)])
    assert spool.state().batches == 0
