"""The server as a process: its start, its end, what it refuses, and what is on disk after it was killed."""

import random
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.remote_write import compress, series
from tests.support.server_process import (
    ADMIN_ENVIRONMENT,
    EMAIL,
    PASSWORD,
    WAIT_S,
    ServerProcess,
    client_of,
    create_token,
    query,
    run_command,
    running_server,
)

pytestmark = pytest.mark.slow

SECOND_MS = 1_000
# A query holds at most 11,000 steps, and every sample has a step of its own.
MOST_SAMPLES = 10_000
BATCH = 10


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with running_server(tmp_path / "data") as server:
        yield server


# ---- start


def test_the_ready_line_is_printed_once_the_server_answers(server: ServerProcess) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", server.url)
    assert httpx.get(f"{server.url}/health", trust_env=False).status_code == 200
    assert httpx.get(f"{server.url}/ready", trust_env=False).status_code == 200
    assert server.terminate() == 0
    assert server.read_line() is None
    assert "Traceback" not in server.errors


def test_the_set_up_code_is_printed_while_no_account_exists(tmp_path: Path) -> None:
    for _ in range(2):
        server = ServerProcess(tmp_path)
        server.wait_ready()
        line = server.read_line() or ""
        assert re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", line)
        assert server.terminate() == 0
    with running_server(tmp_path) as server:
        assert server.terminate() == 0
        assert server.read_line() is None


def test_the_admin_of_the_environment_can_sign_in(server: ServerProcess) -> None:
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        body = {"email": EMAIL, "password": PASSWORD}
        answer = client.post("/api/v1/auth/login", json=body, headers={"Origin": server.url})
        assert answer.status_code == 200
        assert answer.json()["data"]["role"] == "admin"


def test_one_process_without_children(server: ServerProcess) -> None:
    """Trap B205."""
    assert psutil.Process(server.pid).children(recursive=True) == []


def test_the_built_in_agent_watches_this_host(tmp_path: Path) -> None:
    with running_server(tmp_path, "--agent", "--agent-interval", "1s") as server:
        client = client_of(server, create_token(tmp_path, "read"))
        deadline_s = time.monotonic() + WAIT_S
        names: set[str] = set()
        while "node_load1" not in names and time.monotonic() < deadline_s:
            listed = client.get("/api/v1/metrics", params={"search": "node_", "pageSize": 200}).json()["data"]
            names = {metric["name"] for metric in listed}
            time.sleep(0.05)
        assert "node_load1" in names
        client.close()


def assert_refused(server: ServerProcess, code: int, text: str) -> None:
    """One line on standard error, no traceback, nothing on standard output."""
    assert server.wait() == code
    assert server.errors.startswith("metricbox: ")
    assert server.errors.count("\n") == 1
    assert text in server.errors
    assert server.read_line() is None


def test_a_second_server_on_the_folder_is_refused_and_the_first_goes_on(server: ServerProcess) -> None:
    assert_refused(ServerProcess(server.folder), 1, f"(process {server.pid})")
    assert httpx.get(f"{server.url}/health", trust_env=False).status_code == 200


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = ServerProcess(tmp_path, "--listen", f"127.0.0.1:{port}")
        assert_refused(server, 2, f"cannot listen on 127.0.0.1:{port}")
    assert [path.name for path in tmp_path.iterdir()] == ["metricbox.lock"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert_refused(ServerProcess(tmp_path / "file"), 2, "cannot be used")


@pytest.mark.parametrize(
    ("arguments", "environment", "text"),
    [
        (["--retention-raw", "soon"], {}, "option --retention-raw"),
        ([], {"METRICBOX_QUERY_TIMEOUT": "5"}, "environment variable METRICBOX_QUERY_TIMEOUT"),
        ([], {"METRICBOX_RETENTION": "5d"}, "METRICBOX_RETENTION names no setting"),
        (["--config", "no-such-file.toml"], {}, "cannot be read"),
        (["--tls-cert", "none.pem", "--tls-key", "none.pem"], {}, "none.pem"),
    ],
)
def test_bad_settings_are_refused(
    tmp_path: Path, arguments: list[str], environment: dict[str, str], text: str
) -> None:
    assert_refused(ServerProcess(tmp_path, *arguments, environment=environment), 2, text)


def test_a_damaged_metric_store_does_not_keep_the_server_from_starting(tmp_path: Path) -> None:
    """Trap B181."""
    with running_server(tmp_path) as server:
        assert server.terminate() == 0
    (tmp_path / "metrics.duckdb").write_bytes(b"no database" * 1_000)
    with running_server(tmp_path) as server:
        assert httpx.get(f"{server.url}/ready", trust_env=False).status_code == 200
        assert server.terminate() == 0
    assert "quarantine" in server.errors


# ---- the command line beside a running server, and without one


def exercise_accounts_and_tokens(folder: Path) -> None:
    where = ("--data", folder)
    user = "second@example.org"
    assert run_command("user", "add", user, "--role", "editor", *where, stdin=PASSWORD).returncode == 0
    again = run_command("user", "add", user, *where, stdin=PASSWORD)
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    assert user in run_command("user", "list", *where).stdout
    assert run_command("user", "passwd", user, *where, stdin="another long secret").returncode == 0
    for command, state in (("disable", "disabled"), ("enable", "active")):
        assert run_command("user", command, user, *where).returncode == 0
        listed = run_command("user", "list", *where).stdout.splitlines()
        assert [line.split()[2] for line in listed if line.startswith(user)] == [state]
    last = run_command("user", "disable", EMAIL, *where)
    assert (last.returncode, "last admin" in last.stderr) == (1, True)
    secret = run_command("token", "create", "--name", "t", "--scope", "read", *where).stdout
    assert re.fullmatch(r"mbx_\S+\n", secret)
    listed = run_command("token", "list", *where).stdout.splitlines()
    assert any(line.split()[1:3] == ["t", "read"] for line in listed)
    assert run_command("token", "revoke", "t", *where).returncode == 0
    assert not any(
        line.split()[1:2] == ["t"] for line in run_command("token", "list", *where).stdout.splitlines()
    )


def test_accounts_and_tokens_beside_a_running_server(server: ServerProcess) -> None:
    exercise_accounts_and_tokens(server.folder)
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        body = {"email": "second@example.org", "password": "another long secret"}
        assert client.post("/api/v1/auth/login", json=body, headers={"Origin": server.url}).status_code == 200


def test_accounts_and_tokens_without_a_server(tmp_path: Path) -> None:
    result = run_command("user", "add", EMAIL, "--role", "admin", "--data", tmp_path, stdin=PASSWORD)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    exercise_accounts_and_tokens(tmp_path)


def test_a_token_works_at_once_and_not_after_it_is_revoked(server: ServerProcess) -> None:
    token = create_token(server.folder, "read")
    with client_of(server, token) as client:
        assert client.get("/api/v1/metrics").status_code == 200
        assert run_command("token", "revoke", "read", "--data", server.folder).returncode == 0
        assert client.get("/api/v1/metrics").status_code == 401


# ---- acknowledged is kept


class Pusher(threading.Thread):
    """Sends numbered samples to a series of its own, a second apart, and counts those that were acknowledged."""

    def __init__(self, server: ServerProcess, token: str, name: str, start_ms: int, door: str) -> None:
        super().__init__(name=name)
        self.metric = name
        self.start_ms = start_ms
        self.acknowledged = 0
        self.refusals: list[str] = []
        self._client = client_of(server, token)
        self._door = door

    def run(self) -> None:
        with self._client as client:
            while self.acknowledged < MOST_SAMPLES:
                numbers = range(self.acknowledged, self.acknowledged + BATCH)
                try:
                    answer = self._send(client, numbers)
                except httpx.TransportError:
                    return
                if answer.status_code not in {202, 204}:
                    self.refusals.append(f"{answer.status_code} {answer.text}")
                    return
                self.acknowledged += BATCH

    def _send(self, client: httpx.Client, numbers: range) -> httpx.Response:
        points = [(self.start_ms + number * SECOND_MS, number) for number in numbers]
        if self._door == "json":
            body = [{"name": self.metric, "value": value, "timestamp": ts_ms} for ts_ms, value in points]
            return client.post("/api/v1/metrics", json={"metrics": body})
        if self._door == "remote write":
            message = series({"__name__": self.metric}, *((ts_ms, float(value)) for ts_ms, value in points))
            return client.post("/api/v1/write", content=compress(message))
        lines = "".join(f"{self.metric} value={value} {ts_ms}\n" for ts_ms, value in points)
        return client.post("/write?precision=ms", content=lines)

    def check(self, client: httpx.Client) -> None:
        """Every acknowledged sample is there with its value."""
        answer = query(
            client,
            query=self.metric,
            start=self.start_ms,
            end=self.start_ms + (MOST_SAMPLES + BATCH) * SECOND_MS,
            step="1s",
            aggregation="last",
        )
        series = answer["data"]["series"]
        values = series[0]["values"] if series else []
        assert values[: self.acknowledged] == list(range(self.acknowledged)), self.metric


def push_and_end(
    folder: Path, tokens: tuple[str, str], round_: int, end: Callable[[ServerProcess], object]
) -> list[Pusher]:
    """Four senders by three doors; `end` ends the server in the middle of it."""
    start_ms = (int(time.time()) - 4 * 3_600) * SECOND_MS
    with running_server(folder) as server:
        pushers = [
            Pusher(server, tokens[0], f"crash_{round_}_{number}", start_ms, door)
            for number, door in enumerate(("json", "lines", "remote write", "lines"))
        ]
        for pusher in pushers:
            pusher.start()
        deadline_s = time.monotonic() + WAIT_S
        while any(pusher.acknowledged < BATCH for pusher in pushers) and time.monotonic() < deadline_s:
            time.sleep(0.005)
        time.sleep(random.uniform(0.0, 0.6))
        end(server)
        for pusher in pushers:
            pusher.join(WAIT_S)
    assert all(pusher.acknowledged >= BATCH for pusher in pushers)
    return pushers


@pytest.fixture
def tokens(tmp_path: Path) -> tuple[str, str]:
    """One to write, one to read, in the folder `data`."""
    folder = tmp_path / "data"
    with running_server(folder):
        return create_token(folder, "ingest"), create_token(folder, "read")


def test_kill_9_loses_no_acknowledged_sample(tmp_path: Path, tokens: tuple[str, str]) -> None:
    folder = tmp_path / "data"
    pushers: list[Pusher] = []
    for round_ in range(5):
        pushers += push_and_end(folder, tokens, round_, ServerProcess.kill)
        with running_server(folder) as server, client_of(server, tokens[1]) as client:
            for pusher in pushers:
                pusher.check(client)
            server.kill()
    assert not list((folder / "quarantine").glob("*"))
    assert [refusal for pusher in pushers for refusal in pusher.refusals] == []


def test_sigterm_ends_cleanly_and_loses_no_acknowledged_sample(
    tmp_path: Path, tokens: tuple[str, str]
) -> None:
    folder = tmp_path / "data"

    def end(server: ServerProcess) -> None:
        assert server.terminate() == 0
        assert "Traceback" not in server.errors

    pushers = push_and_end(folder, tokens, 0, end)
    assert not (folder / "control.sock").exists()
    wal = folder / "metrics.duckdb.wal"
    assert not wal.exists() or wal.stat().st_size == 0
    with running_server(folder) as server, client_of(server, tokens[1]) as client:
        for pusher in pushers:
            pusher.check(client)
    # A server that stops may say so, in an answer that makes senders come back.
    assert all(refusal.startswith("503") for pusher in pushers for refusal in pusher.refusals)


def test_an_idle_connection_does_not_hold_up_the_end(server: ServerProcess) -> None:
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        assert client.get("/health").status_code == 200
        assert server.terminate() == 0


def test_a_request_that_is_being_sent_does_not_hold_up_the_end_for_long(server: ServerProcess) -> None:
    """A client that stalls in the middle of its body."""
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"POST /write HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
        assert server.terminate() == 0


def test_no_secret_reaches_the_log_at_debug(tmp_path: Path) -> None:
    """Trap B172."""
    environment = ADMIN_ENVIRONMENT | {"METRICBOX_LOG_LEVEL": "debug", "METRICBOX_LOG_FORMAT": "json"}
    with running_server(tmp_path, environment=environment) as server:
        token = create_token(tmp_path, "ingest")
        with client_of(server, token) as client:
            client.post("/write?u=x&p=canary-9f3b", content="cpu value=1")
            client.post("/api/v1/auth/login", json={"email": EMAIL, "password": "canary-9f3b"})
            client.post("/write", content="cpu value=1", headers={"Authorization": "Token canary-9f3b"})
        server.terminate()
    assert "canary" not in server.errors
    assert token not in server.errors
    assert PASSWORD not in server.errors
