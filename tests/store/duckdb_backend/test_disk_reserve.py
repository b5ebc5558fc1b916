"""Space that is held back for retention."""

from pathlib import Path
from typing import Any

import pytest

from metricbox.store.duckdb_backend import disk_reserve as disk_reserve_module
from metricbox.store.duckdb_backend.disk_reserve import RESERVE_BYTES, DiskReserve


def test_the_reserve_is_space_that_can_be_given_up(tmp_path: Path) -> None:
    reserve = DiskReserve(tmp_path)
    path = tmp_path / "reserve"
    reserve.make()
    assert path.stat().st_blocks * 512 >= RESERVE_BYTES
    with reserve.released():
        assert not path.exists()
    assert path.stat().st_size == RESERVE_BYTES
    path.write_bytes(b"half")
    reserve.make()
    assert path.stat().st_size == RESERVE_BYTES


def test_a_disk_without_room_for_the_reserve_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk_reserve_module, "_allocate", fail)
    DiskReserve(tmp_path).make()
    assert list(tmp_path.iterdir()) == []
