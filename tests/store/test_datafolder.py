"""The data folder: made, checked, and held by one process at a time."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from metricbox.errors import UsageError
from metricbox.store.datafolder import LOCK_NAME, DataFolder, DataFolderInUseError

HOLD = (
    "import sys; from pathlib import Path; from metricbox.store.datafolder import DataFolder; "
    "folder = DataFolder(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
)


def test_the_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    with DataFolder(path) as folder:
        assert folder.path == path
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        assert stat.S_IMODE((path / LOCK_NAME).stat().st_mode) == 0o600


def test_a_second_holder_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    with DataFolder(tmp_path), pytest.raises(DataFolderInUseError, match=rf"\(process {os.getpid()}\)"):
        DataFolder(tmp_path)
    DataFolder(tmp_path).close()


def test_a_process_that_was_killed_leaves_no_lock(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(DataFolderInUseError, match=rf"\(process {process.pid}\)"):
        DataFolder(tmp_path)
    process.kill()
    process.communicate()
    with DataFolder(tmp_path):
        assert (tmp_path / LOCK_NAME).read_text() == str(os.getpid())


def test_the_lock_does_not_pass_to_child_processes(tmp_path: Path) -> None:
    """Else a program started by the server would keep the folder after the server's end."""
    code = "import sys; print('runs', flush=True); sys.stdin.read()"
    folder = DataFolder(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False
    ) as child:
        assert child.stdout
        # Its own code runs, so that the kernel has closed what it must not inherit.
        assert child.stdout.readline() == b"runs\n"
        folder.close()
        with DataFolder(tmp_path) as again:
            assert again.path == tmp_path
        child.communicate()


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    for wrong in (path, path / "below"):
        with pytest.raises(UsageError, match=r"cannot be used: .*; name another one with --data"):
            DataFolder(wrong)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_folder_without_permission_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(UsageError, match="Permission denied"):
            DataFolder(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).mkdir()
    with pytest.raises(UsageError, match="cannot be used"):
        DataFolder(tmp_path)
