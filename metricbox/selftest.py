"""`metricbox selftest`: does this very program, on this very machine, do what it is for?

It starts a server of its own (the same executable, another process) on a free port of 127.0.0.1 and a temporary
folder, writes, queries, alerts, kills it, starts it again and compares. It touches nothing else, asks no network, and
leaves nothing behind. Each step is a line; the first that fails ends it, since the others build on it.
"""

import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil

from metricbox.clock import SystemClock
from metricbox.errors import CommandError
from metricbox.selftest_process import (
    Deadline,
    Receiver,
    Server,
    StepError,
    expect,
    find_program,
    make_environment,
    shorten,
)

_EMAIL = "selftest@metricbox.invalid"
_RULE = "selftest load"
_SECONDS = 600
"""Samples a series, one a second: few enough for one step of a query each."""
_HOSTS = ("wien-µ", "box 2", "c,d=e")
"""Names that a careless door would spoil."""
_LOG_LINES = 5
_STATIC = re.compile(r"\"(/static/[^\"]+)\"")


class SelfTest:
    """The steps, in order, and what they know of each other. `folder` is there and empty."""

    def __init__(self, program: Sequence[str], folder: Path, deadline: Deadline, stack: ExitStack) -> None:
        self._program, self._deadline, self._stack = program, deadline, stack
        self._data, self._other_data = folder / "data", folder / "other"
        self._files = folder
        self._receiver = Receiver()
        stack.callback(self._receiver.close)
        self._server: Server
        self._client: httpx.Client
        self._token = ""
        self._password = secrets.token_urlsafe(18)
        self._start_ms = (SystemClock().now_ms() // 1_000 - _SECONDS) * 1_000
        self._event: dict[str, Any] = {}

    def steps(self) -> Iterator[tuple[str, Callable[[], None]]]:
        yield "starts on an empty folder, as one process", self.start
        yield "makes the first account and a token", self.set_up
        yield "serves the pages and every file of them", self.load_pages
        yield "takes samples as JSON and as line protocol", self.write
        yield "answers queries with every sample", self.check_samples
        yield "answers SQL", self.query_sql
        yield "knows time zones", self.make_silence
        yield "measures this host", self.find_host
        yield "fires an alert and sends it to a web hook", self.fire
        yield "sends a message by Apprise", self.send_by_apprise
        yield "keeps all of it when killed", self.kill
        yield "exports, and another server imports", self.move
        yield "stops when told, and doctor finds nothing wrong", self.stop

    @property
    def log_end(self) -> list[str]:
        """The last lines that the server logged."""
        return [line.rstrip() for line in self._server.log[-_LOG_LINES:]] if hasattr(self, "_server") else []

    # ---- the steps

    def start(self) -> None:
        self._server, self._client = self._launch(self._data)
        for path in ("/health", "/ready"):
            expect(path, self._client.get(path).status_code, 200)
        # A frozen program that starts workers starts itself, without end.
        expect("child processes", psutil.Process(self._server.pid).children(recursive=True), [])

    def set_up(self) -> None:
        body = {"email": _EMAIL, "password": self._password}
        user = self._ask("POST", "/api/v1/setup", body, 201)
        expect("the role of the first account", user["role"], "admin")
        self._token = self._run(
            "token", "create", "--name", "selftest", "--scope", "admin", *self._folder()
        ).strip()
        # From here on by token, as agents and scripts do.
        self._client.cookies.clear()
        self._client.headers["Authorization"] = f"Bearer {self._token}"

    def load_pages(self) -> None:
        page = self._fetch("/")
        paths = sorted(set(_STATIC.findall(page.text)))
        expect("a script in the page", any(path.endswith("main.js") for path in paths), True)
        for path in paths:
            expect(f"{path} being empty", not self._fetch(path).content, False)
        description = self._fetch("/api/v1/openapi.json").json()
        expect("routes in openapi.json", "/api/v1/query" in description["paths"], True)

    def write(self) -> None:
        points = [
            {"name": "selftest_json", "value": value, "tags": {"host": host}, "timestamp": ts_ms}
            for host in _HOSTS
            for ts_ms, value in self._samples_of(host)
        ]
        taken = self._ask("POST", "/api/v1/metrics", {"metrics": points}, 202)
        expect("samples taken", taken["accepted"], len(points))
        lines = [
            f"selftest_line,host={_escape(host)} value={value!r} {ts_ms}"
            for host in _HOSTS
            for ts_ms, value in self._samples_of(host)
        ]
        answer = self._client.post("/api/v2/write?precision=ms", content="\n".join(lines).encode())
        expect("the answer to line protocol", answer.status_code, 204)

    def check_samples(self) -> None:
        self._check_samples(self._client)

    def query_sql(self) -> None:
        sql = "SELECT name, count(*), sum(value) FROM metrics_raw WHERE name LIKE 'selftest%' GROUP BY 1 ORDER BY 1"
        total = sum(value for host in _HOSTS for _, value in self._samples_of(host))
        count = len(_HOSTS) * _SECONDS
        rows = self._ask("POST", "/api/v1/sql", {"sql": sql})["rows"]
        expect("rows of SQL", rows, [["selftest_json", count, total], ["selftest_line", count, total]])

    def make_silence(self) -> None:
        recurrence = {"weekdays": ["mon"], "from": "22:00", "to": "06:00", "timezone": "Europe/Vienna"}
        matchers = [{"name": "host", "op": "=", "value": "selftest"}]
        body = {"matchers": matchers, "reason": "selftest", "recurrence": recurrence}
        made = self._ask("POST", "/api/v1/alerts/silences", body, 201)
        expect("the recurrence of a silence", made["recurrence"], recurrence)

    def find_host(self) -> None:
        self._deadline.wait_for("a measurement of this host", lambda: self._ask("GET", "/api/v1/hosts"))

    def fire(self) -> None:
        address = self._receiver.address
        channels = [
            self._ask(
                "POST", "/api/v1/alerts/channels", {"name": kind, "type": kind, "settings": {"url": url}}, 201
            )
            for kind, url in (("webhook", f"http://{address}/hook"), ("apprise", f"json://{address}/apprise"))
        ]
        rule = {
            "name": _RULE, "query": "selftest_load", "condition": "gt", "threshold": 90, "severity": "critical",
            "notification": {"channels": [channel["id"] for channel in channels]},
        }  # fmt: skip
        made = self._ask("POST", "/api/v1/alerts/rules", rule, 201)
        self._push_load(95.5)
        message = self._wait_message("/hook")
        expect("the message's rule", message["rule"]["id"], made["id"])
        alert = message["alerts"][0]
        expect("the message", (message["status"], alert["value"]), ("firing", 95.5))
        (self._event,) = self._ask("GET", "/api/v1/alerts/events")
        expect("the alert", (self._event["id"], self._event["status"]), (alert["eventId"], "firing"))

    def send_by_apprise(self) -> None:
        message = self._wait_message("/apprise")
        expect("the rule's name in the message", _RULE in f"{message['title']} {message['message']}", True)

    def kill(self) -> None:
        # What was answered a moment ago is what a crash would lose first.
        self._push_load(96.5)
        self._server.kill()
        self._server, client = self._launch(self._data)
        client.headers["Authorization"] = f"Bearer {self._token}"
        self._client = client
        self._check_samples(client)
        newest = self._prometheus(client, "query", query="selftest_load")[0]["value"][1]
        expect("the last sample before the kill", float(newest), 96.5)
        events = [(event["id"], event["status"]) for event in self._ask("GET", "/api/v1/alerts/events")]
        expect("alerts", events, [(self._event["id"], "firing")])
        sent = [path for path, _ in self._receiver.messages]
        expect("messages sent", sorted(sent), ["/apprise", "/hook"])
        body = {"email": _EMAIL, "password": self._password}
        expect("the account", self._ask("POST", "/api/v1/auth/login", body)["email"], _EMAIL)
        client.cookies.clear()

    def move(self) -> None:
        selector = '{__name__=~"selftest_(json|line)"}'
        other, client = self._launch(self._other_data)
        client.post("/api/v1/setup", json={"email": _EMAIL, "password": self._password})
        for name in ("json", "line"):
            file = self._files / f"{name}.{'parquet' if name == 'json' else 'jsonl'}"
            chosen = selector.replace("json|line", name)
            self._run("export", "metrics", chosen, "--output", str(file), *self._folder())
            self._run("import", "metrics", str(file), *self._folder(self._other_data))
        self._check_samples(client)
        expect("the exit code of the other server", other.terminate(), 0)

    def stop(self) -> None:
        expect("the exit code", self._server.terminate(), 0)
        self._run("doctor", *self._folder())

    # ---- what steps share

    def _launch(self, folder: Path) -> tuple[Server, httpx.Client]:
        server = Server(self._program, folder, self._deadline)
        self._stack.callback(server.close)
        # Known before it is ready: its log is wanted most when it never is.
        self._server = server if folder == self._data else self._server
        url = server.wait_ready()
        client = self._stack.enter_context(
            httpx.Client(
                base_url=url, headers={"Origin": url}, timeout=self._deadline.left_s, trust_env=False
            )
        )
        return server, client

    def _folder(self, folder: Path | None = None) -> tuple[str, str]:
        return "--data", str(folder or self._data)

    def _run(self, *arguments: str) -> str:
        """Standard output of a command, which must succeed."""
        try:
            result = subprocess.run(  # noqa: S603 - this program itself
                [*self._program, *arguments],
                check=False,
                env=make_environment(os.environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=self._deadline.left_s,
            )
        except subprocess.TimeoutExpired:
            raise StepError(f"metricbox {arguments[0]} did not end in time") from None
        if result.returncode:
            raise StepError(
                f"metricbox {arguments[0]} ended with {result.returncode}: {result.stderr.strip()}"
            )
        return result.stdout

    def _ask(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """The `data` of an answer."""
        answer = self._client.request(method, path, json=body)
        if answer.status_code != status:
            raise StepError(f"{method} {path} answered {answer.status_code}: {shorten(answer.text)}")
        return answer.json()["data"]

    def _fetch(self, path: str) -> httpx.Response:
        answer = self._client.get(path)
        expect(f"the status of {path}", answer.status_code, 200)
        return answer

    def _samples_of(self, host: str) -> list[tuple[int, float]]:
        # Fractions that binary has no exact form for, so that a lost bit shows.
        first = _HOSTS.index(host) * 1_000
        return [(self._start_ms + second * 1_000, (first + second) / 10) for second in range(_SECONDS)]

    def _check_samples(self, client: httpx.Client) -> None:
        end_ms = self._start_ms + _SECONDS * 1_000
        expected = {host: self._samples_of(host) for host in _HOSTS}
        for name in ("selftest_json", "selftest_line"):
            body = {"query": name, "start": self._start_ms, "end": end_ms, "step": "1s"}
            answer = client.post("/api/v1/query", json=body)
            expect("the status of /api/v1/query", answer.status_code, 200)
            data = answer.json()["data"]
            found = {
                line["tags"]["host"]: [
                    (time_ms, value)
                    for time_ms, value in zip(data["times"], line["values"], strict=True)
                    if value is not None
                ]
                for line in data["series"]
            }
            _compare(name, found, expected)
            matrix = self._prometheus(
                client,
                "query_range",
                query=name,
                start=self._start_ms / 1_000,
                end=end_ms / 1_000 - 1,
                step=1,
            )
            found = {
                line["metric"]["host"]: [
                    (round(time_s * 1_000), float(text)) for time_s, text in line["values"]
                ]
                for line in matrix
            }
            _compare(f"{name} by PromQL", found, expected)

    @staticmethod
    def _prometheus(client: httpx.Client, path: str, **parameters: Any) -> Any:
        answer = client.get(f"/prometheus/api/v1/{path}", params=parameters)
        expect(f"the status of {path}", answer.status_code, 200)
        return answer.json()["data"]["result"]

    def _push_load(self, value: float) -> None:
        self._ask("POST", "/api/v1/metrics", {"metrics": [{"name": "selftest_load", "value": value}]}, 202)

    def _wait_message(self, path: str) -> Any:
        def find() -> Any:
            return next((body for found, body in self._receiver.messages if found == path), None)

        return self._deadline.wait_for("the message", find)


def _escape(value: str) -> str:
    """A tag value of line protocol."""
    return re.sub(r"([,= ])", r"\\\1", value)


def _compare(label: str, found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    expect(f"hosts of {label}", sorted(found), sorted(expected))
    for host, samples in expected.items():
        wrong = [pair for pair in zip(found[host], samples, strict=False) if pair[0] != pair[1]]
        if wrong:
            expect(f"a sample of {label}", *wrong[0])
        expect(f"samples of {label}", len(found[host]), len(samples))


# ---- running them


def run_selftest(
    write: Callable[[str], None],
    *,
    timeout_ms: int,
    keep: bool = False,
    program: Sequence[str] | None = None,
) -> None:
    """All steps, a line each to `write`. Raises CommandError when one fails. `keep` leaves the folder there."""
    started_s = time.monotonic()
    with _ending_by_signal(), _make_folder(keep=keep) as folder:
        if keep:
            write(f"in {folder}")
        with ExitStack() as stack:
            test = SelfTest(program or find_program(), folder, Deadline(timeout_ms), stack)
            for title, step in test.steps():
                _run_step(title, step, test, write)
    write(f"everything holds ({time.monotonic() - started_s:.1f} s)")


def _run_step(title: str, step: Callable[[], None], test: SelfTest, write: Callable[[str], None]) -> None:
    started_s = time.monotonic()
    try:
        step()
    # Whatever goes wrong is a finding, and its line the report.
    except Exception as error:
        reason = str(error) if isinstance(error, StepError) else f"{type(error).__name__}: {error}"
        write(f"failed {time.monotonic() - started_s:7.2f} s  {title}: {reason}")
        for line in test.log_end:
            write(f"       the server said: {line}")
        raise CommandError(
            f"selftest: this program does not work here, it failed where it {title}"
        ) from error
    write(f"ok     {time.monotonic() - started_s:7.2f} s  {title}")


@contextmanager
def _ending_by_signal() -> Iterator[None]:
    """SIGTERM ends it as Ctrl-C does: the server and the folder go first."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _make_folder(*, keep: bool) -> Iterator[Path]:
    try:
        folder = Path(tempfile.mkdtemp(prefix="metricbox-selftest-"))
    except OSError as error:
        msg = f"no folder for temporary files can be written ({error.strerror}); name one by TMPDIR"
        raise CommandError(msg) from error
    try:
        yield folder
    finally:
        if not keep:
            with suppress(OSError):
                shutil.rmtree(folder)
