"""Certificates for tests, made by the openssl program; each is good for this machine and a day."""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

_KEYS = {
    "rsa": ["-newkey", "rsa:2048"],
    "ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
}


class CertificateFiles(NamedTuple):
    certificate: Path
    key: Path


def make_certificate(folder: Path, name: str, kind: str = "ec", password: str = "") -> CertificateFiles:
    """A self-signed certificate for `name` in new files of `folder`; with a password the key is locked by it."""
    program = shutil.which("openssl")
    if program is None:
        pytest.fail("the program openssl is not installed")
    files = CertificateFiles(folder / f"{name}.pem", folder / f"{name}.key")
    lock = ["-passout", f"pass:{password}"] if password else ["-nodes"]
    command = [program, "req", "-x509", *_KEYS[kind], *lock, "-days", "1", "-subj", f"/CN={name}"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    command += ["-keyout", str(files.key), "-out", str(files.certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return files


def replace(target: CertificateFiles, source: CertificateFiles) -> None:
    """As a renewal does: new content under the old names."""
    target.certificate.write_bytes(source.certificate.read_bytes())
    target.key.write_bytes(source.key.read_bytes())
