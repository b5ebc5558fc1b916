"""The servers of the comparison: Debian's prometheus and metricbox, each in its own folder on a free loopback port.

Both are started empty and stopped by their own process ids.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
_START_S = 60.0
_STOP_S = 30.0
_PASSWORD = "conformance"  # noqa: S105 - of a server that lives for a minute


class ServerFaultError(Exception):
    """A server is not there, or does not start. The text is a sentence."""


class Server(NamedTuple):
    """Where to ask and where to write, with which headers."""

    name: str
    query_url: str
    write_url: str
    headers: Mapping[str, str]


@contextlib.contextmanager
def run_prometheus(name: str = "prometheus") -> Iterator[Server]:
    program = shutil.which("prometheus")
    if program is None:
        msg = "there is no program prometheus; install Debian's package of that name"
        raise ServerFaultError(msg)
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        config = Path(folder, "prometheus.yml")
        config.write_text("global: {}\n", encoding="utf-8")
        address = f"127.0.0.1:{find_port()}"
        command = [
            *(program, f"--config.file={config}", f"--storage.tsdb.path={folder}/data"),
            *(f"--web.listen-address={address}", "--web.enable-remote-write-receiver"),
            *("--storage.tsdb.retention.time=10d", "--log.level=error"),
        ]
        with _running(command, dict(os.environ), folder, f"http://{address}/-/ready"):
            yield Server(name, f"http://{address}", f"http://{address}/api/v1/write", {})


@contextlib.contextmanager
def run_metricbox() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        address = f"127.0.0.1:{find_port()}"
        data = f"{folder}/data"
        environment = {
            "PATH": os.environ["PATH"],
            "METRICBOX_ADMIN_EMAIL": "admin@example.org",
            "METRICBOX_ADMIN_PASSWORD": _PASSWORD,
            "METRICBOX_RETENTION_RAW": "30d",
            "METRICBOX_RETENTION_1MIN": "60d",
        }
        metricbox = [sys.executable, "-m", "metricbox"]
        serve = [*metricbox, "serve", "--no-agent", "--data", data, "--listen", address]
        with _running(serve, environment, folder, f"http://{address}/health"):
            token = subprocess.run(
                [*metricbox, "token", "create", "--name", "conformance", "--scope", "admin", "--data", data],
                cwd=ROOT,
                env=environment,
                check=True,
                capture_output=True,
                text=True,
            ).stdout.strip()
            headers = {"Authorization": f"Bearer {token}"}
            url = f"http://{address}"
            yield Server("metricbox", f"{url}/prometheus", f"{url}/api/v1/write", headers)


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _running(
    command: Sequence[str], environment: Mapping[str, str], folder: str, ready_url: str
) -> Iterator[None]:
    log = Path(folder, "log")
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        _wait_ready(process, ready_url, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    end_s = time.monotonic() + _START_S
    while time.monotonic() < end_s:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - of loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    tail = log.read_text(errors="replace").strip().splitlines()[-3:]
    msg = f"{Path(process.args[0]).name} did not start: {' / '.join(tail)}"  # type: ignore[index,arg-type]
    raise ServerFaultError(msg)


def write(server: Server, body: bytes) -> None:
    """One remote write message, compressed by snappy. Raises ServerFaultError."""
    headers = {
        "Content-Type": "application/x-protobuf",
        "Content-Encoding": "snappy",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
        **server.headers,
    }
    request = urllib.request.Request(server.write_url, body, headers)  # noqa: S310 - given by the caller
    try:
        with urllib.request.urlopen(request, timeout=60):  # noqa: S310
            return
    except urllib.error.HTTPError as error:
        msg = f"{server.name} refused samples: {error.code} {error.read(300).decode(errors='replace')}"
        raise ServerFaultError(msg) from error
