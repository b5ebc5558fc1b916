"""`metricbox agent` as a command and as a process: options, signals, memory, and a server that goes away."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from metricbox.agent.reading import HostSample
from metricbox.agent.remote.points import PointEncoder
from metricbox.agent.remote.spool import Spool
from tests.agent.remote.test_agent import free_port, read_samples
from tests.support.http_sink import Answer, HttpSink, run_sink
from tests.support.server_process import (
    ROOT,
    WAIT_S,
    clean_environment,
    client_of,
    create_token,
    run_command,
    running_server,
)

pytestmark = pytest.mark.slow

MAX_RESIDENT_KB = 40_000
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class AgentProcess:
    def __init__(self, folder: Path, url: str, token: str, *arguments: str) -> None:
        self.log = folder / f"agent-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "metricbox", "agent", "--server", url),
                    *("--spool", str(folder / "spool"), "--host-name", "web7", *arguments),
                ],
                cwd=ROOT,
                env=clean_environment({"METRICBOX_TOKEN": token}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(10)


@contextmanager
def running_agent(folder: Path, url: str, token: str, *arguments: str) -> Iterator[AgentProcess]:
    agent = AgentProcess(folder, url, token, *arguments)
    try:
        yield agent
    finally:
        if agent.process.poll() is None:
            agent.end(signal.SIGKILL)


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with run_sink() as sink:
        sink.answer = lambda _: Answer(202, b'{"data":{"accepted":1,"rejected":0,"errors":[]}}')
        yield sink


def wait_for(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline_s, "it did not come to pass"
        time.sleep(0.05)


# ---- options


def test_a_dry_run_prints_and_needs_no_server() -> None:
    result = run_command("agent", "--dry-run", "--host-name", "web7", "--label", "room=cellar")
    assert result.returncode == 0, result.stderr
    assert (
        'metricbox_agent_info{instance="web7",job="metricbox_agent",room="cellar",version="' in result.stdout
    )
    assert 'metricbox_host_memory_used_ratio{instance="web7",job="node",room="cellar"} ' in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--server is needed"),
        (["--server", "box"], "--server: must be an address"),
        (["--server", "http://a:b@box"], "must not hold a password"),
        (["--server", "http://box"], "a token is needed"),
        (["--server", "http://box", "--token", "two words"], "characters that no token has"),
        (["--server", "http://box", "--token", "x\ny"], "characters that no token has"),
        (["--server", "http://box", "--token-file", "/none"], "/none cannot be read"),
        (["--server", "http://box", "--token", "t", "--token-file", "/none"], "leave one out"),
        (["--server", "http://box", "--token", "t", "--interval", "100ms"], "from 1s to 1h"),
        (["--server", "http://box", "--token", "t", "--interval", "ten"], "--interval: 'ten'"),
        (["--server", "http://box", "--token", "t", "--spool-size", "3"], "1MB or more"),
        (["--server", "http://box", "--token", "t", "--label", "x"], "is not like room=cellar"),
        (["--server", "http://box", "--token", "t", "--label", "instance=x"], "--host-name names the host"),
        (["--server", "http://box", "--token", "t", "--scrape", "x"], "--scrape: must be an address"),
        (["--dry-run", "--scrape", "http://a", "--scrape", "http://a/2"], "two targets have the same job"),
        (["--dry-run", "--textfile", "/none"], "/none is no folder"),
        (["--dry-run", "--ca-file", "/none"], "no certificates can be read from /none"),
        (["--server", "http://box", "install", "--print"], "put the options behind install"),
    ],
)
def test_wrong_use_is_one_line_and_2(arguments: list[str], words: str) -> None:
    result = run_command("agent", *arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("metricbox: ")
    assert result.stderr.count("\n") == 1
    assert words in result.stderr


def test_once_pushes_once_with_a_token_from_a_file(sink: HttpSink, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("mbx_fromfile1\n")
    arguments = (
        "agent",
        "--server",
        sink.url,
        "--token-file",
        tmp_path / "token",
        "--spool",
        tmp_path / "spool",
    )
    result = run_command(*arguments, "--once")
    assert result.returncode == 0, result.stderr
    assert [posted.headers["authorization"] for posted in sink.posted] == ["Bearer mbx_fromfile1"]
    sink.answer = lambda _: Answer(503)
    result = run_command(*arguments, "--once")
    assert result.returncode == 1
    assert "the server did not take everything" in result.stderr
    assert "mbx_" not in result.stderr


def test_a_second_agent_on_a_spool_is_refused(sink: HttpSink, tmp_path: Path) -> None:
    with running_agent(tmp_path, sink.url, "t"):
        wait_for(lambda: bool(sink.posted))
        result = run_command(
            "agent", "--server", sink.url, "--token", "t", "--spool", tmp_path / "spool", "--once"
        )
        assert result.returncode == 1
        assert "another agent uses the spool folder" in result.stderr


def test_install_shows_and_writes_what_was_given(tmp_path: Path) -> None:
    given = (
        "--server",
        "http://box:8642/",
        "--token",
        "mbx_secret12",
        "--label",
        "room=a b",
        "--interval",
        "30s",
    )
    shown = run_command("agent", "install", *given, "--print")
    assert shown.returncode == 0, shown.stderr
    assert 'agent --interval 30s --spool-size 100MB --log-format text --label "room=a b"' in shown.stdout
    assert "mbx_" not in shown.stdout
    done = run_command("agent", "install", *given, "--root", tmp_path)
    assert done.returncode == 0, done.stderr
    environment = (tmp_path / "etc/metricbox/agent.env").read_text()
    assert 'METRICBOX_TOKEN="mbx_secret12"' in environment
    assert 'METRICBOX_SERVER="http://box:8642"' in environment
    assert "removed" in run_command("agent", "uninstall", "--root", tmp_path).stdout
    assert not (tmp_path / "etc/metricbox/agent.env").exists()


# ---- what it weighs

_HEAVY = {
    "apprise",
    "apsw",
    "argon2",
    "cramjam",
    "duckdb",
    "httpx",
    "msgspec",
    "numpy",
    "prometheus_client",
    "promql_parser",
    "psutil",
    "pydantic",
    "sanic",
    "uvloop",
    "yaml",
}


def test_nothing_of_the_server_is_loaded(sink: HttpSink, tmp_path: Path) -> None:
    script = (
        "import json, sys\n"
        "from metricbox.cli import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    print(json.dumps(sorted(sys.modules)))\n"
    )
    result = subprocess.run(
        [
            *(sys.executable, "-c", script, "agent", "--once", "--server", sink.url),
            *("--token", "t", "--spool", str(tmp_path)),
        ],
        check=False,
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    assert result.returncode == 0, result.stderr
    modules = set(json.loads(result.stdout))
    assert "metricbox.agent.remote.delivery" in modules
    assert modules & _HEAVY == set()
    assert not {
        name for name in modules if name.startswith(("metricbox.web", "metricbox.store", "metricbox.query"))
    }


@ON_LINUX
def test_it_stays_under_40_mb_while_it_sends_a_backlog(sink: HttpSink, tmp_path: Path) -> None:
    fill_spool(tmp_path / "spool", 400, 300)
    with running_agent(tmp_path, sink.url, "t", "--interval", "1s") as agent:
        wait_for(lambda: len(sink.posted) > 25)
        assert resident_kb(agent.process.pid, "VmHWM") < MAX_RESIDENT_KB
        assert agent.end() == 0


def resident_kb(pid: int, field: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def fill_spool(folder: Path, ticks: int, series: int, name: str = "backlog") -> list[tuple[int, float]]:
    """What an agent that could not send leaves behind: a tick a second up to now. (time, value) of each."""
    spool = Spool(folder, 100_000_000, lambda *_: pytest.fail("dropped"))
    encoder = PointEncoder()
    start_ms = (time.time_ns() // 1_000_000_000 - ticks) * 1_000
    for tick in range(ticks):
        labels = (("instance", "web7"),)
        samples = [HostSample(f"{name}_{number}", labels, float(tick)) for number in range(series)]
        encoded = encoder.encode(samples, start_ms + tick * 1_000)
        spool.append(start_ms + tick * 1_000, encoded.points, encoded.payload)
    spool.close()
    return [(start_ms + tick * 1_000, float(tick)) for tick in range(ticks)]


# ---- signals


@pytest.mark.parametrize(
    "answer", [Answer(202), Answer(hangs=True), Answer(503, b"", {"Retry-After": "600"})]
)
def test_sigterm_ends_it_at_once_and_keeps_what_was_not_taken(
    sink: HttpSink, tmp_path: Path, answer: Answer
) -> None:
    """Whatever the server does: a request would be waited for 15 s, Retry-After for minutes."""
    sink.answer = lambda _: answer
    with running_agent(tmp_path, sink.url, "mbx_secret12") as agent:
        wait_for(lambda: bool(sink.posted))
        assert agent.end() == 0
        assert "Traceback" not in agent.log.read_text()
        assert "mbx_secret12" not in agent.log.read_text()
    left = list((tmp_path / "spool").glob("*.seg"))
    assert bool(left) is (answer.status != 202 or answer.hangs)


# ---- a server that goes away


def test_an_agent_killed_in_an_outage_and_while_it_sends_loses_nothing(tmp_path: Path) -> None:
    """Traps B044, B045, B046."""
    listen = ("--listen", f"127.0.0.1:{free_port()}")
    with running_server(tmp_path / "data", *listen) as server:
        url = server.url
        ingest, read = create_token(tmp_path / "data", "ingest"), create_token(tmp_path / "data", "read")
        with running_agent(tmp_path, url, ingest, "--interval", "1s"):
            client = client_of(server, read)
            wait_for(lambda: bool(live_samples(client)))
            client.close()
    backlog = fill_spool(tmp_path / "spool", 600, 5)
    with running_agent(tmp_path, url, ingest, "--interval", "1s") as agent:
        wait_for(lambda: spooled_ms(tmp_path, at_least=602))
        agent.end(signal.SIGKILL)
    expected_ms = spooled_times(tmp_path / "spool")
    assert len(expected_ms) >= 602
    with running_server(tmp_path / "data", *listen) as server:
        client = client_of(server, read)
        with running_agent(tmp_path, url, ingest, "--interval", "1s") as agent:
            wait_for(lambda: len(read_samples(client, "backlog_0[20m]").get("backlog_0", ())) >= 100)
            agent.end(signal.SIGKILL)
        some = len(read_samples(client, "backlog_0[20m]")["backlog_0"])
        assert some < 600, "it was killed in the middle"
        with running_agent(tmp_path, url, ingest, "--interval", "1s") as agent:
            wait_for(lambda: len(read_samples(client, "backlog_0[20m]")["backlog_0"]) >= 600)
            wait_for(lambda: not spooled_times(tmp_path / "spool"))
            assert agent.end() == 0
        stored = read_samples(client, '{__name__=~"backlog_.*"}[20m]')
        assert stored == {f"backlog_{number}": backlog for number in range(5)}
        live_ms = [ts_ms for ts_ms, _ in live_samples(client)]
        client.close()
    assert len(live_ms) == len(set(live_ms))
    measured = {ts_ms for ts_ms in expected_ms if ts_ms not in {at_ms for at_ms, _ in backlog}}
    assert measured <= set(live_ms), "what it measured in the outage, until it was killed"


def live_samples(client: httpx.Client) -> list[tuple[int, float]]:
    return read_samples(client, 'node_load1{instance="web7"}[20m]').get("node_load1", [])


def spooled_ms(folder: Path, at_least: int) -> bool:
    return len(spooled_times(folder / "spool")) >= at_least


def spooled_times(folder: Path) -> list[int]:
    """Of every record on disk, read beside the agent that writes them."""
    found = []
    for path in sorted(folder.glob("*.seg")):
        try:
            found += [record.ts_ms for record in Spool._read(_READER, int(path.stem), path)]
        except FileNotFoundError:
            continue
    return found


class _Reader:
    @staticmethod
    def _report_damage(path: Path) -> None:
        """A record that is being written just now."""


_READER: Spool = _Reader()  # type: ignore[assignment]
