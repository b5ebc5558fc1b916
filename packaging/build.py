"""Builds the executable: one folder by PyInstaller, its archive, the one-file build, checksums. Then tries them.

`python packaging/build.py [--no-check]`, from an environment with requirements-dev.lock. Works without a network.
Results are in dist/, what is made on the way in build/package/.
"""

import argparse
import gzip
import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import NamedTuple

from check import check_artefacts

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "packaging"
DIST, WORK = ROOT / "dist", ROOT / "build" / "package"
# 1980, the least that all archive formats know; used where there is no commit to take a time from.
_LEAST_EPOCH_S = 315_532_800
_COMPRESSION = 6


class Artefacts(NamedTuple):
    folder: Path
    archive: Path
    file: Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-check", action="store_true", help="build alone")
    given = parser.parse_args()
    artefacts = build(read_version(), find_epoch_s())
    for path in (artefacts.archive, artefacts.file):
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1e6:.1f} MB")
    if not given.no_check:
        check_artefacts(artefacts.folder / "metricbox", artefacts.file, WORK)


def read_version() -> str:
    sys.path.insert(0, str(ROOT))
    from metricbox import __version__

    return __version__


def find_epoch_s() -> int:
    """Time stamp of every file inside, so that the same source gives the same bytes: that of the commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    command = ["git", "log", "-1", "--format=%ct"]
    result = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    return int(result.stdout) if result.returncode == 0 and result.stdout.strip() else _LEAST_EPOCH_S


def build(version: str, epoch_s: int) -> Artefacts:
    name = f"metricbox-{version}-linux-{platform.machine()}"
    for folder in (DIST, WORK):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    folder = _run_pyinstaller(epoch_s)
    shutil.copy2(ROOT / "LICENSE", folder / "LICENSE")
    content = pack(folder, name, epoch_s)
    archive = DIST / f"{name}.tar.gz"
    archive.write_bytes(content)
    file = DIST / name
    file.write_bytes(make_onefile(folder, name, version, content))
    file.chmod(0o755)
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in (archive, file)]
    (DIST / "SHA256SUMS").write_text("".join(sums), encoding="ascii")
    return Artefacts(folder, archive, file)


def _run_pyinstaller(epoch_s: int) -> Path:
    environment = os.environ | {
        "PACKAGE_MADE": str(WORK / "made"),
        "PYTHONPATH": str(ROOT),
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(epoch_s),
    }
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(DIST), "--workpath", str(WORK / "work"), str(HERE / "metricbox.spec")]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return DIST / "metricbox"


def pack(folder: Path, name: str, epoch_s: int) -> bytes:
    """The folder as tar.gz below `name`: sorted, of root, of one time."""
    tar_bytes = io.BytesIO()
    with tarfile.open(fileobj=tar_bytes, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path in [folder, *sorted(folder.rglob("*"))]:
            place = Path(name) / path.relative_to(folder)
            info = tar.gettarinfo(path, str(place))
            info.uid = info.gid = 0
            info.uname = info.gname = "root"
            info.mtime = epoch_s
            if not info.issym():
                info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
            if info.isreg():
                with path.open("rb") as content:
                    tar.addfile(info, content)
            else:
                tar.addfile(info)
    return gzip.compress(tar_bytes.getvalue(), _COMPRESSION, mtime=0)


def make_onefile(folder: Path, name: str, version: str, archive: bytes) -> bytes:
    """The shell part with its values filled in, and the archive after it."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    template = (HERE / "onefile.sh").read_text(encoding="ascii")
    values = {
        "VERSION": version,
        "KEY": hashlib.sha256(archive).hexdigest()[:16],
        "NAME": name,
        "FILES": str(sum(size > 0 for size in sizes)),
        "SIZE_MB": str(-(-sum(sizes) // 1_000_000)),
    }
    for key, value in values.items():
        template = template.replace(f"@{key}@", value)
    # Of fixed width, since it is part of what it counts; tail counts from 1.
    length = len(template.replace("@OFFSET@", " " * 8))
    head = template.replace("@OFFSET@", f"{length + 1:<8}").encode("ascii")
    return head + archive


if __name__ == "__main__":
    main()
