"""Tries the built executable as a person would have it: without Python, without a writable home, on noexec folders.

`python packaging/check.py` tries what lies in dist/. Prints the figures that docs/packaging.md shows; of those, sizes
and memory are judged here, times are not: they are the machine's.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
MAX_FILE_BYTES = 110_000_000
MAX_IDLE_BYTES = 170_000_000
_NOBODY = 65_534
_STARTS = 3
_IDLE_S = 5.0
_WAIT_S = 300.0


def check_artefacts(program: Path, file: Path, work: Path) -> None:
    """`program` is that of the one-folder build, `file` the one-file build. Raises CalledProcessError or SystemExit."""
    size = file.stat().st_size
    _demand(size <= MAX_FILE_BYTES, f"the one-file build has {size / 1e6:.1f} MB, more than 110 MB")
    with _scratch(work) as folder:
        # Copied away, so that nothing of the source tree is near.
        lone = folder / "bin" / "metricbox"
        lone.parent.mkdir(mode=0o755)
        shutil.copy2(file, lone)
        for name, command in (("one folder", program), ("one file", lone)):
            _run(f"selftest, {name}", [str(command), "selftest"], _environment(folder))
        _check_licences(program, folder)
        _check_hostile(lone, folder)
        for name, command in (("one folder", program), ("one file", lone)):
            _measure(name, command, folder)


def _environment(folder: Path) -> dict[str, str]:
    """No PATH, so no Python; a home that nobody can write; a cache as systemd gives it to a service."""
    return {"HOME": "/proc", "TMPDIR": str(folder / "tmp"), "CACHE_DIRECTORY": str(folder / "cache")}


def _check_licences(program: Path, folder: Path) -> None:
    command = [str(program), "licenses"]
    result = subprocess.run(command, check=True, env=_environment(folder), capture_output=True, text=True)
    parts = {line.split()[0] for line in result.stdout.splitlines()}
    _demand({"Python", "duckdb", "preact"} <= parts, f"licences of few parts are inside: {sorted(parts)}")
    print(f"\nlicences of {len(parts) - 1} parts")


def _check_hostile(file: Path, folder: Path) -> None:
    """The home read-only, every temporary folder noexec: it unpacks under the data folder, or says what it needs."""
    if os.getuid() != 0 or shutil.which("unshare") is None:
        print("not tried here: noexec folders take root and unshare")
        return
    # A bound name that anybody may reach, wherever the source tree lies.
    bound = Path("/mnt")
    mounts = [f"mount --bind '{folder}' {bound}"]
    places = ("/tmp", "/var/tmp", bound / "tmp")  # noqa: S108
    mounts += [f"mount -t tmpfs -o noexec,mode=1777 tmpfs {place}" for place in places]
    run = f'exec setpriv --reuid={_NOBODY} --regid={_NOBODY} --clear-groups -- "$@"'
    prefix = ["unshare", "--mount", "sh", "-c", " && ".join([*mounts, run]), "sh"]
    probe = subprocess.run([*prefix, "true"], check=False, capture_output=True, text=True)
    if probe.returncode:
        print(f"not tried here: noexec folders ({probe.stderr.strip()})")
        return
    data = folder / "nobody"
    data.mkdir(mode=0o700)
    os.chown(data, _NOBODY, _NOBODY)
    program = str(bound / file.relative_to(folder))
    # PATH is for unshare and setpriv.
    environment = {"HOME": "/proc", "TMPDIR": str(bound / "tmp"), "PATH": os.environ["PATH"]}
    with_data = environment | {"METRICBOX_DATA": str(bound / "nobody")}
    _run(
        "selftest, one file, home read-only and temporary folders noexec",
        [*prefix, program, "selftest"],
        with_data,
    )
    found = [one.name for one in (data / "unpacked").iterdir()]
    _demand(len(found) == 1, f"unpacked under the data folder: {found}")
    refused = subprocess.run(
        [*prefix, program, "version"], check=False, env=environment, capture_output=True, text=True
    )
    _demand(
        refused.returncode == 1 and "METRICBOX_UNPACK_DIR" in refused.stderr,
        f"without any folder it does not say what it needs: {refused.returncode} {refused.stderr}",
    )
    print(f"without any folder: {refused.stderr.strip()}")


def _measure(name: str, program: Path, folder: Path) -> None:
    """Seconds to the ready line, memory and processes of an idle server. The first start of one file unpacks it."""
    shutil.rmtree(folder / "cache", ignore_errors=True)
    times = []
    for attempt in range(_STARTS):
        data = folder / f"data-{name.replace(' ', '-')}-{attempt}"
        started_s = time.monotonic()
        with _serving(program, data, _environment(folder)) as process:
            times.append(time.monotonic() - started_s)
            if attempt < _STARTS - 1:
                continue
            time.sleep(_IDLE_S)
            server = psutil.Process(process.pid)
            _demand(server.children(recursive=True) == [], f"{name}: the server has child processes")
            idle = server.memory_info().rss
    print(
        f"{name}: ready after {', '.join(f'{one:.2f}' for one in times)} s; idle {idle / 1e6:.0f} MB; one process"
    )
    _demand(idle <= MAX_IDLE_BYTES, f"{name}: an idle server takes {idle / 1e6:.0f} MB, more than 170 MB")


@contextmanager
def _serving(program: Path, data: Path, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    command = [str(program), "serve", "--data", str(data), "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        _demand(re.match(r"metricbox is ready: http", line) is not None, f"no ready line but {line!r}")
        yield process
        process.terminate()
        _demand(process.wait(_WAIT_S) == 0, "the server did not end well")
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@contextmanager
def _scratch(work: Path) -> Iterator[Path]:
    """A folder that is removed. World-readable, for programs that run as nobody."""
    work.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="check-", dir=work))
    folder.chmod(0o755)
    (folder / "tmp").mkdir()
    try:
        yield folder
        left = sorted(one.name for one in (folder / "tmp").glob("metricbox-selftest-*"))
        _demand(not left, f"selftest left {left} behind")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(title: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
    print(f"\n== {title}", flush=True)
    subprocess.run(command, check=True, cwd="/", env=dict(environment), timeout=_WAIT_S)


def _demand(holds: bool, fault: str) -> None:  # noqa: FBT001
    if not holds:
        raise SystemExit(f"package: {fault}")


if __name__ == "__main__":
    dist = ROOT / "dist"
    (found,) = (path for path in dist.glob("metricbox-*-linux-*") if not path.name.endswith(".tar.gz"))
    check_artefacts(dist / "metricbox" / "metricbox", found, ROOT / "build" / "package")
