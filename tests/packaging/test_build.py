"""The archive of the executable: same source, same bytes."""

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest

from tests.packaging.loading import load

build = load("build")
EPOCH_S = 1_700_000_000


def make(folder: Path, time_s: float) -> Path:
    (folder / "lib").mkdir(parents=True)
    for name in ("metricbox", "lib/b", "lib/a"):
        (folder / name).write_text(name, encoding="ascii")
        os.utime(folder / name, (time_s, time_s))
    (folder / "metricbox").chmod(0o700)
    (folder / "lib" / "a").chmod(0o600 if time_s > EPOCH_S else 0o664)
    (folder / "lib" / "c").symlink_to("a")
    return folder


def test_the_same_files_give_the_same_archive(tmp_path: Path) -> None:
    archives = [
        build.pack(make(tmp_path / str(time), time), "x-1", EPOCH_S) for time in (EPOCH_S - 5, EPOCH_S + 5)
    ]
    assert archives[0] == archives[1]
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(archives[0]))) as tar:
        members = {member.name: member for member in tar.getmembers()}
    assert list(members) == ["x-1", "x-1/lib", "x-1/lib/a", "x-1/lib/b", "x-1/lib/c", "x-1/metricbox"]
    assert (members["x-1/metricbox"].mode, members["x-1/lib/a"].mode) == (0o755, 0o644)
    assert {(member.uid, member.uname, member.mtime) for member in members.values()} == {(0, "root", EPOCH_S)}
    assert members["x-1/lib/c"].linkname == "a"


def test_the_one_file_is_a_script_and_the_archive(tmp_path: Path) -> None:
    folder = make(tmp_path / "folder", EPOCH_S)
    archive = build.pack(folder, "x-1", EPOCH_S)
    file = build.make_onefile(folder, "x-1", "1.2.3", archive)
    assert file.endswith(archive)
    head = file.removesuffix(archive).decode("ascii")
    assert head.startswith("#!/bin/sh\n# metricbox 1.2.3 ")
    assert f"\noffset={len(head) + 1}" in head
    assert "\nfiles=3\n" in head
    assert head.endswith("\n")
    assert not any(f"@{name}@" in head for name in ("VERSION", "KEY", "NAME", "FILES", "SIZE_MB", "OFFSET"))


def test_the_time_inside_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    assert build.find_epoch_s() == 1_600_000_000


def test_the_version_is_that_of_the_package() -> None:
    from metricbox import __version__

    assert build.read_version() == __version__
