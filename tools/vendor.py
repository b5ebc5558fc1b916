"""Keeps the vendored front-end files equal to what their packages published.

``check`` compares every file with the checksum in ``metricbox/web/vendor.toml`` and needs no network. ``fetch``
takes the packages again through ``npm pack``; it refuses a file whose checksum differs from the recorded one,
unless ``--accept`` says that the new sums are wanted (a version was raised). Standard library only, so that it
runs before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

WEB = Path(__file__).resolve().parent.parent / "metricbox" / "web"
TABLE = WEB / "vendor.toml"
# Everything below these folders must be in the table: a stray file would ship without a licence or a checksum.
VENDOR_FOLDERS = (WEB / "static" / "vendor", WEB / "types" / "vendor")


class VendoredFile(NamedTuple):
    """One file of the table: where it comes from, where it lies, what it must be."""

    npm: str
    version: str
    source: str
    target: str
    sha256: str


def load_table(path: Path = TABLE) -> list[VendoredFile]:
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return [
        VendoredFile(package["npm"], package["version"], entry["from"], entry["to"], entry["sha256"])
        for package in table["package"]
        for entry in package["file"]
    ]


def find_faults(files: list[VendoredFile], web: Path = WEB) -> list[str]:
    """One sentence for each file that is missing, differs, or is not in the table."""
    faults = []
    for item in files:
        path = web / item.target
        if not path.is_file():
            faults.append(f"{item.target}: missing, run 'python tools/vendor.py fetch'")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != item.sha256:
            faults.append(
                f"{item.target}: differs from {item.npm} {item.version}, vendored files are never edited"
            )
    known = {web / item.target for item in files}
    for folder in VENDOR_FOLDERS:
        strays = sorted(path for path in folder.rglob("*") if path.is_file() and path not in known)
        faults.extend(f"{path.relative_to(web)}: not in vendor.toml" for path in strays)
    return faults


def read_package(npm: str, version: str) -> dict[str, bytes]:
    """All files of one published package by their path inside it."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, f"{npm}@{version}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).glob("*.tgz")
        content = {}
        with tarfile.open(archive) as tar:
            for member in tar.getmembers():
                handle = tar.extractfile(member)
                if handle is not None:
                    # Everything in an npm archive lies below one folder, usually "package".
                    content[member.name.split("/", 1)[1]] = handle.read()
        return content


def fetch(files: list[VendoredFile], *, accept: bool) -> int:
    text = TABLE.read_text(encoding="utf-8")
    packages: dict[tuple[str, str], dict[str, bytes]] = {}
    for item in files:
        key = (item.npm, item.version)
        if key not in packages:
            packages[key] = read_package(*key)
        content = packages[key].get(item.source)
        if content is None:
            print(f"{item.npm} {item.version} has no file {item.source}", file=sys.stderr)
            return 1
        found = hashlib.sha256(content).hexdigest()
        if found != item.sha256:
            if not accept:
                print(
                    f"{item.target}: sha256 is {found}, vendor.toml says {item.sha256}; --accept takes it",
                    file=sys.stderr,
                )
                return 1
            pattern = re.compile(
                rf'(to = "{re.escape(item.target)}"\n(?:(?:import|types) = "[^"]*"\n)*sha256 = )"[^"]*"'
            )
            text = pattern.sub(rf'\g<1>"{found}"', text)
        target = WEB / item.target
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    if accept:
        TABLE.write_text(text, encoding="utf-8")
    print(f"{len(files)} files of {len(packages)} packages are in place")
    return 0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="vendor.py", description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="compare the files with vendor.toml")
    fetch_parser = commands.add_parser("fetch", help="take the files again from their packages")
    fetch_parser.add_argument("--accept", action="store_true", help="record new checksums")
    arguments = parser.parse_args(argv)
    files = load_table()
    if arguments.command == "fetch":
        return fetch(files, accept=arguments.accept)
    faults = find_faults(files)
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(f"{len(files)} vendored files match vendor.toml")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
