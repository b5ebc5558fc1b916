"""The server under measurement: a real process on a folder of its own, ended by its id."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import psutil

ROOT = Path(__file__).resolve().parent.parent
WAIT_S = 60
EMAIL, PASSWORD = "bench@example.org", "only for this run"
_READY = re.compile(r"metricbox is ready: http://([\d.]+):(\d+)/")


class BenchServer:
    """Started by entering the context; `started_s` is the time from there to the ready line."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.host, self.port, self.started_s = "", 0, 0.0
        self._arguments = arguments
        self._environment = {
            "PATH": os.environ["PATH"],
            "METRICBOX_ADMIN_EMAIL": EMAIL,
            "METRICBOX_ADMIN_PASSWORD": PASSWORD,
            "METRICBOX_LOG_LEVEL": "warning",
        }

    def __enter__(self) -> "BenchServer":
        command = [sys.executable, "-m", "metricbox", "serve", "--data", str(self.folder)]
        command += ["--listen", "127.0.0.1:0", *self._arguments]
        before_s = time.perf_counter()
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, text=True
        )
        line = self._process.stdout.readline() if self._process.stdout else ""
        match = _READY.match(line)
        self.started_s = time.perf_counter() - before_s
        if match is None:
            raise SystemExit("the server did not start; its message is above")
        self.host, self.port = match[1], int(match[2])
        self._ps = psutil.Process(self._process.pid)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def cpu_s(self) -> float:
        """CPU time of the process so far, all threads, user and system."""
        # The process's own clock in Linux (CPUCLOCK_SCHED) counts nanoseconds; psutil's numbers have ticks of 10 ms.
        return time.clock_gettime((~self._process.pid << 3) | 2)

    def resident_bytes(self) -> int:
        return int(self._ps.memory_info().rss)

    def create_token(self, scope: str) -> str:
        command = [sys.executable, "-m", "metricbox", "token", "create", "--data", str(self.folder)]
        command += ["--name", scope, "--scope", scope]
        result = subprocess.run(
            command, cwd=ROOT, env=self._environment, check=True, capture_output=True, text=True
        )
        return result.stdout.strip()
