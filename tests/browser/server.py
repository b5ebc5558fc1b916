"""A metricbox process for the browser to talk to: start, stop, start again on the same data and port."""

import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

EMAIL = "ops@example.com"
PASSWORD = "correct horse battery"
START_TIMEOUT_S = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def outside_address() -> str | None:
    """An address of this machine that is not loopback; None where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Sends nothing: it only asks which address a packet to a documentation network would leave from.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return probe.getsockname()[0]


class MetricboxProcess:
    """One server. Ready when it has printed the line with its URL."""

    def __init__(
        self,
        data: Path,
        *,
        with_admin: bool = True,
        agent: bool = False,
        explore: bool = True,
        host: str = "127.0.0.1",
        alert_interval: str = "",
        config: str = "",
    ) -> None:
        self.data = data
        self.host = host
        self.port = free_port()
        self.url = f"http://{host}:{self.port}"
        self.agent = agent
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("METRICBOX_")}
        self.environment["METRICBOX_AGENT_INTERVAL"] = "1s"
        if config:
            # What only the settings file can hold. OWN stands for this server's own address.
            data.mkdir(parents=True, exist_ok=True)
            file = data.with_name(f"{data.name}.toml")
            file.write_text(config.replace("OWN", f"{host}:{self.port}"), encoding="utf-8")
            self.environment["METRICBOX_CONFIG"] = str(file)
        if alert_interval:
            self.environment["METRICBOX_ALERT_INTERVAL"] = alert_interval
        if not explore:
            self.environment["METRICBOX_EXPLORE"] = "false"
        if with_admin:
            self.environment |= {"METRICBOX_ADMIN_EMAIL": EMAIL, "METRICBOX_ADMIN_PASSWORD": PASSWORD}
        self.process: subprocess.Popen[str] | None = None
        self.output: list[str] = []

    def start(self) -> None:
        command = [sys.executable, "-m", "metricbox", "serve", "--data", str(self.data)]
        command += ["--listen", f"{self.host}:{self.port}", "--agent" if self.agent else "--no-agent"]
        # Its own group, so that stop() reaches children as well.
        self.process = subprocess.Popen(
            command,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        ready: queue.Queue[bool] = queue.Queue()
        threading.Thread(target=self._read, args=(self.process, ready), daemon=True).start()
        try:
            is_ready = ready.get(timeout=START_TIMEOUT_S)
        except queue.Empty:
            is_ready = False
        if not is_ready:
            self.kill()
            raise RuntimeError("metricbox did not start:\n" + "".join(self.output))

    def _read(self, process: subprocess.Popen[str], ready: "queue.Queue[bool]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.output.append(line)
            if self.url in line:
                ready.put(True)
        process.stdout.close()
        ready.put(False)

    def wait_for_output(self, pattern: str) -> str:
        """What the server has printed that matches, now or within some seconds."""
        for _ in range(100):
            found = re.search(pattern, "".join(self.output))
            if found:
                return found.group()
            time.sleep(0.05)
        raise AssertionError(f"no {pattern} in {self.output}")

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None


class Api:
    """The API as a script sees it, signed in as the first admin."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookie = ""
        status, _, headers = self.send("POST", "/api/v1/auth/login", {"email": EMAIL, "password": PASSWORD})
        assert status == 200
        self.cookie = headers["Set-Cookie"].split(";")[0]

    def send(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any, Any]:
        headers = {"Content-Type": "application/json", "Origin": self.url}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        elif self.cookie:
            headers["Cookie"] = self.cookie
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, method=method, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None, answer.headers
        except urllib.error.HTTPError as error:
            with error:
                text = error.read()
            return error.code, json.loads(text) if text else None, error.headers

    def data(self, method: str, path: str, body: Any = None) -> Any:
        status, answer, _ = self.send(method, path, body)
        assert 200 <= status < 300, (status, answer)
        return answer["data"] if answer else None

    def dashboard(self, name: str, panels: list[dict[str, Any]], **more: Any) -> str:
        """A new dashboard that refreshes each second; answers its path in the browser."""
        body = {"name": name, "panels": panels, "refreshInterval": "1s", **more}
        made = self.data("POST", "/api/v1/dashboards", body)
        return f"/dashboard/{made['id']}"

    def wait_for(self, path: str, is_there: Callable[[Any], bool] = bool) -> Any:
        """What GET answers, once it is what is waited for: alerts fire and messages leave when their time has come."""
        for _ in range(300):
            found = self.data("GET", path)
            if is_there(found):
                return found
            time.sleep(0.1)
        raise AssertionError(f"{path} still answers {found}")

    def token(self, scope: str = "ingest") -> str:
        return self.data("POST", "/api/v1/tokens", {"name": f"test {scope}", "scope": scope})["secret"]

    def push(self, metrics: list[dict[str, Any]]) -> None:
        status, answer, _ = self.send("POST", "/api/v1/metrics", {"metrics": metrics}, token=self.token())
        assert status == 202, answer
        assert answer["data"]["rejected"] == 0, answer


def panel(title: str, query: Any, kind: str = "line", **more: Any) -> dict[str, Any]:
    position = more.pop("position", None)
    made: dict[str, Any] = {"title": title, "type": kind, "query": query, "options": more}
    if position is not None:
        x, y, w, h = position
        made["position"] = {"x": x, "y": y, "w": w, "h": h}
    return made


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def history(name: str, count: int = 60, step_ms: int = 5000, **tags: str) -> list[dict[str, Any]]:
    """The last five minutes of a series that goes up and down between 10 and 16."""
    now = now_ms()
    return [
        {"name": name, "value": 10 + number % 7, "tags": tags, "timestamp": now - number * step_ms}
        for number in range(count)
    ]
