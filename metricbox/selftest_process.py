"""What the selftest runs and listens with: the server process, the receiver of messages, and the time that is left."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from metricbox.settings import ENVIRONMENT_PREFIX

_MAX_MESSAGE_BYTES = 1_000_000
_LAST_WORDS_S = 5.0
_READY = re.compile(r"metricbox is ready: (http://127\.0\.0\.1:\d+)/")
_SETTINGS = (
    *("--listen", "127.0.0.1:0", "--alert-interval", "1s"),
    *("--agent-interval", "1s", "--disk-reserve", "1MB"),
)


class StepError(Exception):
    """A step did not come out as it must; the text says what came instead."""


def expect(label: str, found: Any, expected: Any) -> None:
    if found != expected:
        raise StepError(f"{label}: {shorten(found)} instead of {shorten(expected)}")


def shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:120]}…"


def find_program() -> list[str]:
    """How this program is started again: the executable, or this interpreter with the package."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "metricbox"]


class Deadline:
    """Time that is left for everything together."""

    def __init__(self, timeout_ms: int) -> None:
        self._end_s = time.monotonic() + timeout_ms / 1_000

    @property
    def left_s(self) -> float:
        """Seconds. Raises StepError when there are none."""
        left_s = self._end_s - time.monotonic()
        if left_s <= 0:
            raise StepError("the time is up; a slow machine may need a longer --timeout")
        return left_s

    def wait_for(self, label: str, find: Callable[[], Any]) -> Any:
        """What `find` returns as soon as that is something."""
        while True:
            found = find()
            if found:
                return found
            try:
                time.sleep(min(0.05, self.left_s))
            except StepError as error:
                raise StepError(f"{label} did not come. {error}") from None


class Server:
    """One server process on a folder. `log` holds what it said on standard error."""

    def __init__(self, program: Sequence[str], folder: Path, deadline: Deadline) -> None:
        self.log: list[str] = []
        self._deadline = deadline
        self._lines: list[str] = []
        self._process = subprocess.Popen(  # noqa: S603 - this program itself
            [*program, "serve", "--data", str(folder), *_SETTINGS],
            env=make_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._threads = [
            threading.Thread(target=target.extend, args=(stream,), daemon=True)
            for target, stream in ((self._lines, self._process.stdout), (self.log, self._process.stderr))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_ready(self) -> str:
        """Its URL, without a slash at the end."""

        def find_line() -> str | None:
            if self._process.poll() is not None:
                self.close()  # for its last words
                raise StepError(f"the server ended with code {self._process.returncode}")
            return self._lines[0] if self._lines else None

        line = self._deadline.wait_for("the line that says that the server is ready", find_line).rstrip()
        match = _READY.fullmatch(line)
        if match is None:
            raise StepError(f"the server's first line is {shorten(line)}, not that it is ready")
        return match[1]

    def terminate(self) -> int:
        self._process.terminate()
        return self._process.wait(self._deadline.left_s)

    def kill(self) -> None:
        self._process.kill()
        self.close()

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for thread, stream in zip(self._threads, (self._process.stdout, self._process.stderr), strict=True):
            # Longer only when something that it started holds the pipe.
            thread.join(_LAST_WORDS_S)
            if stream and not thread.is_alive():
                stream.close()


def make_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """That of the caller without any setting of metricbox: those are for another server."""
    return {name: value for name, value in environment.items() if not name.startswith(ENVIRONMENT_PREFIX)}


class Receiver:
    """An HTTP server on loopback that takes what notification channels post."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, Any]] = []
        """Path and JSON of each."""
        messages = self.messages

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = min(int(self.headers.get("content-length") or 0), _MAX_MESSAGE_BYTES)
                messages.append((self.path, json.loads(self.rfile.read(length))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base
                """Nothing: the steps are the log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
