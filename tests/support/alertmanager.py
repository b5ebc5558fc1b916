"""Debian's prometheus-alertmanager on a free port of loopback, for the channel that posts to it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

PROGRAM = shutil.which("prometheus-alertmanager")
WAIT_S = 60.0
_CONFIG = "route: {receiver: none, group_wait: 1s}\nreceivers: [{name: none}]\n"


@contextmanager
def run_alertmanager(folder: Path) -> Iterator[str]:
    """Its address. Nothing of it is left but the files of `folder`."""
    assert PROGRAM is not None
    config = folder / "alertmanager.yml"
    config.write_text(_CONFIG)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [
            *(PROGRAM, f"--config.file={config}", f"--storage.path={folder / 'data'}"),
            *(f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(WAIT_S)


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    end_s = time.monotonic() + WAIT_S
    while time.monotonic() < end_s:
        assert process.poll() is None, "alertmanager ended at its start"
        try:
            if httpx.get(f"{url}/-/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("alertmanager is not ready")
