"""What is measured and not yet stored by the server, on disk: files that are only ever appended to.

    <spool>/0000000000000007.seg    MAGIC, then records: size u32, crc32 u32, ts_ms i64, points u32, payload

Every batch is written before it is sent, so that neither `kill -9` nor a restart loses one; what was sent but not
struck off is sent again, and is the same data again. A segment whose records are all delivered is deleted: while the
server answers, the folder is empty but for moments, and the disk is hardly written. Only in an outage are segments
brought to the disk (`sync`), for the case that the power goes.

Over its size the oldest segment goes first, and its points are counted (trap B044). Called from two threads.
"""

import contextlib
import errno
import logging
import os
import struct
import sys
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from metricbox.errors import CommandError

if sys.platform != "win32":
    import fcntl

MAGIC = b"mbxspl1\n"
_HEADER = struct.Struct("<IIqI")
_MAX_PAYLOAD_BYTES = 64 * 2**20
# Dropping is by segments, of which there are at least so many.
_LEAST_SEGMENTS = 16
_MAX_SEGMENT_BYTES = 256 * 1024
# Held when the disk takes nothing; the oldest go first.
_MAX_HELD_BYTES = 4 * 2**20

_log = logging.getLogger(__name__)


class Place(NamedTuple):
    """Where a record is. Segment 0 is memory."""

    segment: int
    offset: int


class Record(NamedTuple):
    place: Place
    ts_ms: int
    points: int
    payload: bytes


@dataclass(slots=True)
class _Segment:
    path: Path
    size_bytes: int = 0
    counts: dict[int, int] = field(default_factory=dict)
    """Offset -> points, of what is not delivered. Offsets rise."""
    first_ms: int | None = None

    @property
    def points(self) -> int:
        return sum(self.counts.values())


class SpoolState(NamedTuple):
    batches: int
    points: int
    size_bytes: int
    oldest_ms: int | None
    """Of the segment with the oldest record."""


class Spool:
    """Holds the folder: a second one on it is refused with CommandError, as is a folder that cannot be written.

    `on_drop(points, reason)` is called for what is lost: reason `spool_full` or `damaged`.
    """

    def __init__(self, folder: Path, max_bytes: int, on_drop: Callable[[int, str], None]) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._segment_bytes = min(_MAX_SEGMENT_BYTES, max_bytes // _LEAST_SEGMENTS)
        self._on_drop = on_drop
        self._lock = threading.Lock()
        self._segments: dict[int, _Segment] = {}
        self._held: dict[int, Record] = {}
        self._held_offset = 0
        self._is_disk_bad = False
        self._file: BinaryIO | None = None
        self._synced_bytes = 0
        self._lock_file = _lock_folder(folder)
        for path in sorted(folder.glob("*.seg")):
            self._open_segment(path)
        self._next_number = max([0, *self._segments]) + 1

    def _open_segment(self, path: Path) -> None:
        if not path.stem.isdigit() or int(path.stem) == 0:
            return
        segment = _Segment(path, path.stat().st_size)
        for record in self._read(int(path.stem), path):
            segment.counts[record.place.offset] = record.points
            segment.first_ms = record.ts_ms if segment.first_ms is None else segment.first_ms
        if segment.counts:
            self._segments[int(path.stem)] = segment
        else:
            path.unlink()

    def _read(self, number: int, path: Path) -> Iterator[Record]:
        """Sound records. A record that was being written when the power went is the last one and is left out."""
        text = path.read_bytes()
        if not text.startswith(MAGIC):
            if len(text) >= len(MAGIC):
                self._report_damage(path)
            return
        offset = len(MAGIC)
        while offset + _HEADER.size <= len(text):
            size, crc, ts_ms, count = _HEADER.unpack_from(text, offset)
            end = offset + _HEADER.size + size
            if size > _MAX_PAYLOAD_BYTES or end > len(text):
                self._report_damage(path)
                return
            if zlib.crc32(text[offset + 8 : end]) == crc:
                payload = text[offset + _HEADER.size : end]
                yield Record(Place(number, offset), ts_ms, count, payload)
            else:
                self._report_damage(path)
            offset = end

    def _report_damage(self, path: Path) -> None:
        _log.warning("a part of %s is damaged and was left out", path.name)
        self._on_drop(0, "damaged")

    # ---- writing

    def append(self, ts_ms: int, count: int, payload: bytes) -> Place:
        """Keep a batch. When the disk takes nothing it is held in memory, and the log says so once."""
        body = struct.pack("<qI", ts_ms, count) + payload
        record = struct.pack("<II", len(payload), zlib.crc32(body)) + body
        with self._lock:
            try:
                place = self._append_to_file(record, ts_ms, count)
            except OSError as error:
                place = self._hold(ts_ms, count, payload, error)
            else:
                self._is_disk_bad = False
            self._drop_oldest()
            return place

    def _append_to_file(self, record: bytes, ts_ms: int, count: int) -> Place:
        number = self._next_number - 1
        segment = self._segments.get(number)
        if self._file is None or segment is None or segment.size_bytes + len(record) > self._segment_bytes:
            self._finish_segment()
            number, segment = self._next_number, self._begin_segment()
        try:
            if not segment.size_bytes:
                self._write(MAGIC, segment)
            offset = segment.size_bytes
            self._write(record, segment)
        except OSError:
            # What was written of it must not stand before a later record.
            self._close_file()
            if not segment.counts:
                self._delete(number)
            raise
        segment.counts[offset] = count
        segment.first_ms = ts_ms if segment.first_ms is None else segment.first_ms
        return Place(number, offset)

    def _write(self, data: bytes, segment: _Segment) -> None:
        assert self._file is not None  # noqa: S101 - a segment was begun
        if self._file.write(data) != len(data):  # a disk that is full may take a part
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        segment.size_bytes += len(data)

    def _finish_segment(self) -> None:
        """A segment is full in an outage alone, when what it holds is worth a write to the disk."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.fsync(self._file.fileno())
        self._close_file()

    def _begin_segment(self) -> _Segment:
        path = self._folder / f"{self._next_number:016d}.seg"
        # Unbuffered: what was written is the kernel's, and outlives this process.
        self._file = path.open("xb", buffering=0)
        segment = self._segments[self._next_number] = _Segment(path)
        self._next_number += 1
        self._synced_bytes = 0
        return segment

    def _hold(self, ts_ms: int, count: int, payload: bytes, error: OSError) -> Place:
        if not self._is_disk_bad:
            self._is_disk_bad = True
            _log.warning(
                "the spool cannot be written (%s); batches are held in memory", error.strerror or error
            )
        self._held_offset += 1
        place = Place(0, self._held_offset)
        self._held[self._held_offset] = Record(place, ts_ms, count, payload)
        while len(self._held) > 1 and sum(len(one.payload) for one in self._held.values()) > _MAX_HELD_BYTES:
            self._on_drop(self._held.pop(next(iter(self._held))).points, "spool_full")
        return place

    def _drop_oldest(self) -> None:
        while len(self._segments) > 1 and self._size_bytes() > self._max_bytes:
            number = next(iter(self._segments))
            self._on_drop(self._segments[number].points, "spool_full")
            self._delete(number)

    def _size_bytes(self) -> int:
        return sum(segment.size_bytes for segment in self._segments.values())

    def _delete(self, number: int) -> None:
        segment = self._segments.pop(number)
        if number == self._next_number - 1:
            self._close_file()
        segment.path.unlink(missing_ok=True)

    def _close_file(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    # ---- reading

    def list_oldest(self, max_bytes: int, max_records: int) -> list[Record]:
        """The oldest records, in order, of one segment: at least one when there is any."""
        with self._lock:
            if self._segments:
                number = next(iter(self._segments))
                segment = self._segments[number]
                records = [record for record in self._load(number) if record.place.offset in segment.counts]
            else:
                records = list(self._held.values())
            chosen: list[Record] = []
            size_bytes = 0
            for record in records:
                size_bytes += len(record.payload)
                if chosen and (size_bytes > max_bytes or len(chosen) >= max_records):
                    break
                chosen.append(record)
            return chosen

    def _load(self, number: int) -> list[Record]:
        """Sound records; those that have become unsound since are struck off."""
        segment = self._segments[number]
        try:
            records = list(self._read(number, segment.path))
        except OSError as error:
            _log.warning("%s cannot be read and is left out: %s", segment.path.name, error)
            records = []
        sound = {record.place.offset for record in records}
        lost = [offset for offset in segment.counts if offset not in sound]
        if lost:
            self._on_drop(sum(segment.counts.pop(offset) for offset in lost), "damaged")
            if not segment.counts:
                self._delete(number)
                return []
        return records

    def find(self, place: Place) -> Record | None:
        """A record that is not yet delivered."""
        with self._lock:
            if place.segment == 0:
                return self._held.get(place.offset)
            segment = self._segments.get(place.segment)
            if segment is None or place.offset not in segment.counts:
                return None
            return next((record for record in self._load(place.segment) if record.place == place), None)

    def acknowledge(self, places: Iterable[Place]) -> None:
        """Strike off what was delivered, or refused for good."""
        with self._lock:
            for place in places:
                if place.segment == 0:
                    self._held.pop(place.offset, None)
                    continue
                segment = self._segments.get(place.segment)
                if segment is None:  # dropped for its age meanwhile
                    continue
                segment.counts.pop(place.offset, None)
                if not segment.counts:
                    self._delete(place.segment)

    def state(self) -> SpoolState:
        with self._lock:
            segments = self._segments.values()
            held = self._held.values()
            oldest = [one.first_ms for one in segments if one.first_ms is not None]
            return SpoolState(
                sum(len(one.counts) for one in segments) + len(held),
                sum(one.points for one in segments) + sum(one.points for one in held),
                self._size_bytes() + sum(len(one.payload) for one in held),
                min([*oldest, *(one.ts_ms for one in held)], default=None),
            )

    # ---- its end

    def sync(self) -> None:
        """Bring the segment that is being written to the disk; the others are there since they were full."""
        with self._lock:
            segment = self._segments.get(self._next_number - 1)
            if self._file is None or segment is None or segment.size_bytes == self._synced_bytes:
                return
            try:
                os.fsync(self._file.fileno())
            except OSError as error:
                _log.warning("the spool could not be brought to the disk: %s", error)
            else:
                self._synced_bytes = segment.size_bytes

    def close(self) -> None:
        self.sync()
        with self._lock:
            self._close_file()
            self._lock_file.close()


def _lock_folder(folder: Path) -> BinaryIO:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock_file = (folder / "lock").open("ab")
    except OSError as error:
        msg = f"the spool folder {folder} cannot be written: {error.strerror}; name another with --spool"
        raise CommandError(msg) from error
    if sys.platform != "win32":
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock_file.close()
            msg = f"another agent uses the spool folder {folder}; end it, or name another folder with --spool"
            raise CommandError(msg) from error
    return lock_file
