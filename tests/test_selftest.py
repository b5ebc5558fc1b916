"""The selftest holds on the program as it is, and says so where a program is broken."""

import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from metricbox.errors import CommandError
from metricbox.selftest import run_selftest
from tests.support.server_process import ROOT, clean_environment

pytestmark = pytest.mark.slow

TIMEOUT_MS = 180_000
STEPS = 13
PYTHON = [sys.executable, "-m", "metricbox"]


def start(tmp_path: Path, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*PYTHON, "selftest", *arguments],
        cwd=ROOT,
        env=clean_environment({"TMPDIR": str(tmp_path), **environment}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def make_program(tmp_path: Path, script: str) -> list[str]:
    """A broken metricbox: a shell script around the real one."""
    file = tmp_path / "broken"
    file.write_text(f"#!/bin/sh\ncd {shlex.quote(str(ROOT))}\n{script}\n", encoding="utf-8")
    file.chmod(0o700)
    return [str(file)]


def run_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> list[str]:
    """The lines of a selftest that must fail."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    lines: list[str] = []
    with pytest.raises(CommandError, match="failed where it"):
        run_selftest(lines.append, timeout_ms=TIMEOUT_MS, program=make_program(tmp_path, script))
    assert list(folder.iterdir()) == []
    return lines


def test_every_step_holds_and_nothing_is_left_behind(tmp_path: Path) -> None:
    """B205: one process. Settings of the environment are another server's and change nothing."""
    process = start(tmp_path, METRICBOX_LISTEN="192.0.2.1:1", METRICBOX_DATA="/proc/none")
    output, errors = process.communicate(timeout=TIMEOUT_MS / 1_000)
    assert (process.returncode, errors) == (0, ""), output
    lines = output.splitlines()
    assert [line.split()[0] for line in lines] == ["ok"] * STEPS + ["everything"]
    assert list(tmp_path.iterdir()) == []


def test_it_fails_where_a_restart_loses_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quoted = shlex.join(PYTHON)
    lines = run_broken(
        tmp_path, monkeypatch, f'if [ "$1" = serve ]; then rm -rf "$3"; fi\nexec {quoted} "$@"'
    )
    (failed,) = (line for line in lines if line.startswith("failed"))
    assert "keeps all of it when killed" in failed
    assert len([line for line in lines if line.startswith("ok")]) == 10


def test_it_fails_where_pages_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "index.html").write_text('<script src="/static/main.js"></script>', encoding="utf-8")
    quoted = shlex.join(PYTHON)
    script = f'if [ "$1" = serve ]; then set -- "$@" --assets-dir {pages}; fi\nexec {quoted} "$@"'
    (failed,) = (line for line in run_broken(tmp_path, monkeypatch, script) if line.startswith("failed"))
    assert "/static/main.js" in failed


def test_it_says_what_a_server_that_does_not_start_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = run_broken(tmp_path, monkeypatch, "echo 'libfoo.so: not found' >&2; exit 127")
    assert "ended with code 127" in lines[0]
    assert lines[1].endswith("the server said: libfoo.so: not found")


def test_a_failed_step_is_exit_code_1(tmp_path: Path) -> None:
    process = start(tmp_path, "--timeout", "1ms")
    output, errors = process.communicate(timeout=TIMEOUT_MS / 1_000)
    assert process.returncode == 1
    assert output.startswith("failed")
    assert "longer --timeout" in output
    assert errors.startswith("metricbox: selftest: ")
    assert len(errors.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_bad_timeout_is_wrong_use(tmp_path: Path) -> None:
    process = start(tmp_path, "--timeout", "soon")
    _, errors = process.communicate(timeout=TIMEOUT_MS / 1_000)
    assert process.returncode == 2
    assert "--timeout" in errors


def test_it_takes_its_folder_and_server_along_when_it_is_told_to_stop(tmp_path: Path) -> None:
    process = start(tmp_path)
    assert process.stdout
    assert process.stdout.readline().startswith("ok")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=TIMEOUT_MS / 1_000)
    assert process.returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_keep_leaves_the_data(tmp_path: Path) -> None:
    process = start(tmp_path, "--keep", "--timeout", "1ms")
    output, _ = process.communicate(timeout=TIMEOUT_MS / 1_000)
    (folder,) = tmp_path.iterdir()
    assert output.startswith(f"in {folder}\n")
