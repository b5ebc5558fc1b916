"""The shell part of the one-file build, around a program of two lines. The built one is tried by `make package`."""

import os
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.packaging.loading import load

NAME = "metricbox-1.2.3-linux-test"
PROGRAM = """#!/bin/sh
echo "$$|$_METRICBOX_FILE|${METRICBOX_UNPACK_DIR-unset}|$0"
for argument do printf '<%s>' "$argument"; done
[ "$1" = fail ] && exit 7
[ "$1" = wait ] && exec sleep 60
exit 0
"""
WAIT_S = 60


@pytest.fixture
def file(tmp_path: Path) -> Path:
    build = load("build")
    folder = tmp_path / "folder"
    (folder / "lib").mkdir(parents=True)
    (folder / "metricbox").write_text(PROGRAM, encoding="ascii")
    (folder / "metricbox").chmod(0o755)
    (folder / "lib" / "libµ.so").write_bytes(os.urandom(100_000))
    (folder / "lib" / "empty").touch()
    (folder / "lib" / "link.so").symlink_to("libµ.so")
    file = tmp_path / "bin" / "metricbox"
    file.parent.mkdir()
    file.write_bytes(build.make_onefile(folder, NAME, "1.2.3", build.pack(folder, NAME, 315_532_800)))
    file.chmod(0o755)
    shutil.rmtree(folder)
    return file


def run(
    file: Path, *arguments: str, cwd: Path | None = None, **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(file), *arguments],
        check=False,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )


def unpacked_in(folder: Path) -> Path:
    """The one folder of the program, which holds all of it."""
    (found,) = folder.iterdir()
    assert found.name.startswith(f"{NAME}-")
    assert {path.name for path in (found / "lib").iterdir()} == {"libµ.so", "empty", "link.so"}
    return found


def test_arguments_and_exit_codes_are_those_of_the_program(file: Path, tmp_path: Path) -> None:
    done = run(file, "a b", "", "*", "'\"$x`", CACHE_DIRECTORY=str(tmp_path / "cache"))
    assert (done.returncode, done.stderr) == (0, "")
    told, words = done.stdout.split("\n")
    assert words == "<a b><><*><'\"$x`>"
    assert told.split("|")[1:3] == [str(file), "unset"]
    assert run(file, "fail", CACHE_DIRECTORY=str(tmp_path / "cache")).returncode == 7


def test_the_program_takes_the_place_of_the_shell(file: Path, tmp_path: Path) -> None:
    """B203: one process with its own signals; nothing is removed at its end."""
    cache = tmp_path / "cache"
    process = subprocess.Popen(
        [file, "wait"], env={"CACHE_DIRECTORY": str(cache)}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    with process.stdout:
        assert process.stdout.readline().split("|")[0] == str(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_S) == -signal.SIGTERM
    unpacked_in(cache / "unpacked")


def test_it_unpacks_once(file: Path, tmp_path: Path) -> None:
    run(file, CACHE_DIRECTORY=str(tmp_path))
    library = unpacked_in(tmp_path / "unpacked") / "lib" / "libµ.so"
    before = library.stat()
    run(file, CACHE_DIRECTORY=str(tmp_path))
    after = library.stat()
    assert (after.st_ino, after.st_mtime) == (before.st_ino, before.st_mtime)


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"")])
def test_files_that_went_away_come_back(file: Path, tmp_path: Path, damage) -> None:
    """B204: what empties temporary folders takes files; a power cut leaves empty ones."""
    run(file, CACHE_DIRECTORY=str(tmp_path))
    library = unpacked_in(tmp_path / "unpacked") / "lib" / "libµ.so"
    damage(library)
    assert run(file, CACHE_DIRECTORY=str(tmp_path)).returncode == 0
    unpacked_in(tmp_path / "unpacked")
    assert library.stat().st_size == 100_000


@pytest.mark.parametrize("way", ["service", "cache", "home", "option", "option=", "setting"])
def test_it_unpacks_where_files_stay(file: Path, tmp_path: Path, way: str) -> None:
    """B204: the cache of a service or a user, or the data folder; a home that cannot be written is passed over."""
    place = tmp_path / "pl ace"
    environment, arguments, found = {
        "service": ({"STATE_DIRECTORY": f"{place}:/other", "HOME": "/proc"}, [], place / "unpacked"),
        "cache": ({"XDG_CACHE_HOME": str(place), "HOME": "/proc"}, [], place / "metricbox"),
        "home": ({"HOME": str(place), "METRICBOX_DATA": "/proc"}, [], place / ".cache" / "metricbox"),
        "option": ({"HOME": "/proc"}, ["serve", "--data", str(place)], place / "unpacked"),
        "option=": ({}, [f"--data={place}"], place / "unpacked"),
        "setting": ({"HOME": "/proc", "METRICBOX_DATA": str(place)}, [], place / "unpacked"),
    }[way]
    assert run(file, *arguments, **environment).returncode == 0
    unpacked_in(found)
    assert found.stat().st_mode & 0o077 == 0


def test_a_data_folder_named_from_here_is_found_from_here(file: Path, tmp_path: Path) -> None:
    done = run(file, "--data", "data", cwd=tmp_path, HOME="/proc")
    assert done.returncode == 0, done.stderr
    unpacked_in(tmp_path / "data" / "unpacked")


def test_folders_that_others_may_write_to_are_passed_over(file: Path, tmp_path: Path) -> None:
    """What lies there is run: nobody else may put it there."""
    shared, link, own = tmp_path / "shared" / "metricbox", tmp_path / "link", tmp_path / "own"
    shared.mkdir(parents=True)
    shared.chmod(0o777)
    own.mkdir(mode=0o700)
    assert run(file, XDG_CACHE_HOME=str(shared.parent), METRICBOX_DATA=str(own)).returncode == 0
    assert list(shared.iterdir()) == []
    unpacked_in(own / "unpacked")
    link.symlink_to(own)
    assert run(file, METRICBOX_UNPACK_DIR=str(link)).returncode == 1


def test_a_named_folder_that_does_not_do_is_said(file: Path, tmp_path: Path) -> None:
    done = run(file, METRICBOX_UNPACK_DIR="/proc/none", HOME=str(tmp_path / "home"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("metricbox: /proc/none (METRICBOX_UNPACK_DIR) is no folder")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "home").exists()


def test_a_cut_file_leaves_nothing_behind(file: Path, tmp_path: Path) -> None:
    file.write_bytes(file.read_bytes()[:-50_000])
    done = run(file, METRICBOX_UNPACK_DIR=str(tmp_path / "here"))
    assert done.returncode == 1
    assert list((tmp_path / "here").iterdir()) == []


def test_it_is_found_by_every_way_to_start_it(file: Path, tmp_path: Path) -> None:
    environment = {"METRICBOX_UNPACK_DIR": str(tmp_path / "here"), "PATH": f"{file.parent}:/usr/bin:/bin"}
    for command, folder in (
        ("metricbox x", tmp_path),
        ("./metricbox x", file.parent),
        ("bin/metricbox x", tmp_path),
        ("sh metricbox x", file.parent),
        (f"{shlex.quote(str(file))} x", tmp_path),
    ):
        done = run(Path("/bin/sh"), "-c", command, cwd=folder, **environment)
        told, words = done.stdout.split("\n")
        assert Path(told.split("|")[1]).resolve() == file, command
        assert words == "<x>"


def test_starts_at_the_same_time_share_one_folder(file: Path, tmp_path: Path) -> None:
    environment = {"METRICBOX_UNPACK_DIR": str(tmp_path / "here")}
    processes = [subprocess.Popen([file], env=environment, stdout=subprocess.DEVNULL) for _ in range(8)]
    assert [process.wait(WAIT_S) for process in processes] == [0] * 8
    unpacked_in(tmp_path / "here")


def test_folders_mounted_noexec_are_passed_over(file: Path, tmp_path: Path) -> None:
    """B204."""
    here, data = tmp_path / "here", tmp_path / "data"
    here.mkdir()
    mount = f"mount -t tmpfs -o noexec,mode=700 tmpfs {shlex.quote(str(here))}"
    prefix = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh"]
    environment = {"PATH": os.environ["PATH"]}
    probe = subprocess.run([*prefix, "true"], check=False, env=environment, capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"no file system can be mounted here: {probe.stderr.strip()}")
    environment |= {"CACHE_DIRECTORY": str(here), "METRICBOX_DATA": str(data)}
    done = subprocess.run([*prefix, str(file)], check=False, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    unpacked_in(data / "unpacked")
