"""What the executable does before the command line: hold its folder, remove those of other versions."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.packaging.loading import load

entry = load("entry")
NOW_S = 1_600_000_000.0


def make(folder: Path, version: str, age_s: float = 100_000.0) -> Path:
    made = folder / f"metricbox-{version}-linux-x86_64-0123456789abcdef"
    made.mkdir()
    (made / "metricbox").touch()
    os.utime(made, (NOW_S - age_s, NOW_S - age_s))
    return made


def test_a_held_folder_is_locked_and_looks_new(tmp_path: Path) -> None:
    """B204: tmpfiles.d spares locked folders."""
    own = make(tmp_path, "1.0.0")
    entry.hold(own)
    other = os.open(own, os.O_RDONLY)
    with pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)
    assert own.stat().st_mtime > NOW_S


@pytest.mark.skipif(shutil.which("systemd-tmpfiles") is None, reason="systemd is not here")
def test_what_empties_temporary_folders_spares_a_held_one(tmp_path: Path) -> None:
    """B204: ten days of uptime, in a moment. Judged by modification times, since others cannot be set."""
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    own, other = make(unpacked, "1.1.0"), make(unpacked, "1.0.0")
    for file in (own / "metricbox", other / "metricbox"):
        os.utime(file, (NOW_S, NOW_S))
    entry.hold(own)
    rules = tmp_path / "rules.conf"
    rules.write_text(f"d {unpacked} - - - mM:10d\n", encoding="utf-8")
    done = subprocess.run(
        ["systemd-tmpfiles", "--clean", str(rules)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (own / "metricbox").exists()
    assert not (other / "metricbox").exists()


def test_holding_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    entry.hold(tmp_path / "gone")


def test_other_versions_are_removed(tmp_path: Path) -> None:
    own, old = make(tmp_path, "1.1.0"), make(tmp_path, "1.0.0")
    entry.remove_others(own, NOW_S)
    assert (own.exists(), old.exists()) == (True, False)


def test_what_runs_has_just_started_or_is_not_ours_stays(tmp_path: Path) -> None:
    """B203: an old version that still runs keeps its files."""
    own, running, young = make(tmp_path, "1.3.0"), make(tmp_path, "1.2.0"), make(tmp_path, "1.1.0", age_s=5.0)
    foreign, link = tmp_path / "something", tmp_path / "metricbox-1.0.0-linux-link"
    foreign.mkdir()
    link.symlink_to(foreign)
    held = os.open(running, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_SH)
    entry.remove_others(own, NOW_S)
    os.close(held)
    assert all(path.exists() for path in (own, running, young, foreign, link))
