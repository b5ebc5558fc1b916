"""Mounted file systems: which are listed, their numbers, and servers that do not answer."""

import threading
from pathlib import Path
from typing import NamedTuple

import pytest

from metricbox.agent import filesystem
from metricbox.agent.filesystem import FilesystemPart, parse_mount, used_ratio
from metricbox.agent.reading import Reading

FIXTURES = Path(__file__).parent / "fixtures"


class FakeStatvfs(NamedTuple):
    f_frsize: int = 4096
    f_blocks: int = 1000
    f_bfree: int = 400
    f_bavail: int = 200
    f_files: int = 50
    f_ffree: int = 30


def answer(mount_point: str) -> FakeStatvfs:
    return FakeStatvfs()


def values_at(readings: list[Reading], mount_point: str) -> dict[str, float]:
    return {
        reading.name: reading.value
        for reading in readings
        if dict(reading.labels)["mountpoint"] == mount_point
    }


def write_mounts(proc_root: Path, *mounts: str) -> None:
    (proc_root / "self").mkdir()
    (proc_root / "self" / "mountinfo").write_text("".join(f"{mount}\n" for mount in mounts))


def test_sizes_of_a_file_system() -> None:
    values = values_at(FilesystemPart(FIXTURES / "proc", answer).read(), "/")
    assert values == {
        "node_filesystem_size_bytes": 4096000,
        "node_filesystem_free_bytes": 400 * 4096,
        "node_filesystem_avail_bytes": 200 * 4096,
        "node_filesystem_files": 50,
        "node_filesystem_files_free": 30,
        "node_filesystem_readonly": 0,
        "node_filesystem_device_error": 0,
        # As df: 600 used of the 800 that users may use.
        "metricbox_host_filesystem_used_ratio": pytest.approx(0.75),
    }


def test_labels_are_those_of_node_exporter() -> None:
    labels = {reading.labels for reading in FilesystemPart(FIXTURES / "proc", answer).read()}
    assert (("device", "/dev/sda1"), ("fstype", "ext4"), ("mountpoint", "/")) in labels


def test_what_is_no_real_file_system_is_left_out() -> None:
    readings = FilesystemPart(FIXTURES / "proc", answer).read()
    assert {dict(reading.labels)["mountpoint"] for reading in readings} == {
        "/",
        "/run",
        "/srv/old disk",
        "/mnt/nas",
        "/mnt/nameless",
    }


def test_a_mount_point_that_is_listed_twice_counts_once_as_it_was_mounted_last() -> None:
    readings = FilesystemPart(FIXTURES / "proc", answer).read()
    names = [r.name for r in readings if dict(r.labels)["mountpoint"] == "/srv/old disk"]
    assert len(names) == len(set(names))
    assert values_at(readings, "/srv/old disk")["node_filesystem_readonly"] == 1


def test_a_file_system_that_cannot_be_asked_is_an_error_of_its_own() -> None:
    def fail_on_run(mount_point: str) -> FakeStatvfs:
        if mount_point == "/run":
            raise PermissionError(mount_point)
        return FakeStatvfs()

    readings = FilesystemPart(FIXTURES / "proc", fail_on_run).read()
    assert values_at(readings, "/run") == {"node_filesystem_device_error": 1, "node_filesystem_readonly": 0}
    assert values_at(readings, "/")["node_filesystem_device_error"] == 0


def test_the_root_of_a_container_has_a_ratio_only(tmp_path: Path) -> None:
    write_mounts(tmp_path, "1 0 0:30 / / rw - overlay overlay rw", "2 1 0:31 / /proc rw - proc proc rw")
    readings = FilesystemPart(tmp_path, answer).read()
    assert [reading.name for reading in readings] == ["metricbox_host_filesystem_used_ratio"]


def test_a_file_system_without_blocks_has_no_ratio() -> None:
    assert used_ratio((), used=0, available=0) == []


def test_a_server_that_is_away_does_not_hold_up_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystem, "_REMOTE_TIMEOUT_S", 0.05)
    write_mounts(tmp_path, "1 0 0:30 / /mnt/nas rw - nfs4 nas:/x rw", "2 1 8:1 / / rw - ext4 /dev/sda1 rw")
    is_back, answered = threading.Event(), threading.Event()
    asked = []

    def hang(mount_point: str) -> FakeStatvfs:
        if mount_point == "/mnt/nas":
            asked.append(mount_point)
            is_back.wait(10)
            answered.set()
        return FakeStatvfs()

    part = FilesystemPart(tmp_path, hang)
    for _ in range(2):
        readings = part.read()
        assert values_at(readings, "/mnt/nas")["node_filesystem_device_error"] == 1
        assert values_at(readings, "/")["node_filesystem_device_error"] == 0
    assert len(asked) == 1, "a mount that has not answered is not asked again"
    is_back.set()
    assert answered.wait(10)
    for thread in threading.enumerate():
        if thread.name == "metricbox-agent-statvfs":
            thread.join(10)
    assert values_at(part.read(), "/mnt/nas")["node_filesystem_device_error"] == 0


def test_an_error_of_a_remote_file_system_is_an_error_of_its_own(tmp_path: Path) -> None:
    write_mounts(tmp_path, "1 0 0:30 / /mnt/nas rw - cifs //nas/x rw")

    def fail(mount_point: str) -> FakeStatvfs:
        raise OSError(116, "Stale file handle")

    assert values_at(FilesystemPart(tmp_path, fail).read(), "/mnt/nas")["node_filesystem_device_error"] == 1


def test_a_line_of_mountinfo() -> None:
    mount = parse_mount(r"36 35 98:0 /m /a\040b\134c rw,noatime master:1 - ext3 /dev/root ro,errors=continue")
    assert mount.mount_point == r"/a b\c"
    assert mount.device == "/dev/root"
    assert mount.fs_type == "ext3"
    assert mount.is_read_only, "a read-only device makes the mount read-only"
