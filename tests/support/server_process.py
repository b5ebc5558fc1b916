"""A real metricbox process for tests: started, waited for, stopped or killed by its own id."""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 30.0
EMAIL, PASSWORD = "admin@example.org", "correct horse battery"
ADMIN_ENVIRONMENT = {"METRICBOX_ADMIN_EMAIL": EMAIL, "METRICBOX_ADMIN_PASSWORD": PASSWORD}
_READY = re.compile(r"metricbox is ready: (\S+)/")


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Nothing of the one who runs the tests but where programs lie."""
    return {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"} | dict(extra or {})


def run_command(
    *arguments: object, stdin: str = "", environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """`metricbox ARGUMENTS`, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "metricbox", *map(str, arguments)],
        check=False,
        cwd=ROOT,
        env=clean_environment(environment),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )


class ServerProcess:
    def __init__(self, folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "metricbox", "serve", "--data", str(folder)),
                *("--listen", "127.0.0.1:0", "--no-agent", *arguments),
            ],
            cwd=ROOT,
            env=clean_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._errors: list[str] = []
        self._threads = [
            threading.Thread(target=self._read_output, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self.url = ""

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def errors(self) -> str:
        return "".join(self._errors)

    def read_line(self) -> str | None:
        """The next line of standard output; None at its end."""
        return self._lines.get(timeout=WAIT_S)

    def wait_ready(self) -> str:
        line = self.read_line()
        match = _READY.fullmatch((line or "").rstrip())
        assert match, f"no ready line but {line!r}; {self.errors}"
        self.url = match[1]
        return match[1]

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        self.process.kill()
        self.wait()

    def wait(self) -> int:
        code = self.process.wait(WAIT_S)
        for thread in self._threads:
            thread.join(WAIT_S)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream
            stream.close()
        return code

    def _read_output(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr
        self._errors.extend(self.process.stderr)


@contextmanager
def running_server(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[ServerProcess]:
    """A server that is ready, with an admin account; it is stopped at the end when it still runs."""
    server = ServerProcess(folder, *arguments, environment=ADMIN_ENVIRONMENT | dict(environment or {}))
    try:
        server.wait_ready()
        yield server
    finally:
        if server.process.poll() is None:
            server.terminate()


def create_token(folder: Path, scope: str) -> str:
    result = run_command("token", "create", "--name", scope, "--scope", scope, "--data", folder)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def client_of(server: ServerProcess, token: str) -> httpx.Client:
    return httpx.Client(
        base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=WAIT_S, trust_env=False
    )


def query(client: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/query", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()
