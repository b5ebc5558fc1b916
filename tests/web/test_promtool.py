"""promtool, a client that others wrote, against a running server."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server_process import WAIT_S, client_of, create_token, running_server

PROMTOOL = shutil.which("promtool")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian: package prometheus)"),
]

START_S = int(time.time()) // 60 * 60 - 600


class Promtool:
    def __init__(self, server_url: str, token: str, folder: Path) -> None:
        self.with_token = server_url.replace("http://", f"http://prometheus:{token}@") + "/prometheus"
        self.without = f"{server_url}/prometheus"
        self.config = folder / "http.yml"
        self.config.write_text(f"authorization:\n  credentials: {token}\n", encoding="utf-8")

    def run(self, command: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        assert PROMTOOL
        return subprocess.run(
            [PROMTOOL, "query", command, *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
        )

    def ask(self, command: str, *arguments: str, words: tuple[str, ...] = ()) -> list[str]:
        """The lines of an answer; `words` follow the server."""
        result = self.run(command, *arguments, self.with_token, *words)
        assert result.returncode == 0, result.stderr
        return result.stdout.splitlines()


@pytest.fixture(scope="module")
def promtool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Promtool]:
    folder = tmp_path_factory.mktemp("promtool")
    data = folder / "data"
    with running_server(data) as server:
        with client_of(server, create_token(data, "ingest")) as client:
            lines = [
                f"visits,host={host} value={base + step} {START_S + 15 * step}"
                for host, base in (("a.example", 0), ("b-ö", 100))
                for step in range(5)
            ]
            answer = client.post("/write?precision=s", content="\n".join(lines))
            assert answer.status_code == 204, answer.text
        yield Promtool(server.url, create_token(data, "read"), folder)


def test_instant(promtool: Promtool) -> None:
    lines = promtool.ask("instant", f"--time={START_S + 60}", words=("sort_desc(visits)",))
    assert lines == [
        f'visits{{host="b-ö"}} => 104 @[{START_S + 60}]',
        f'visits{{host="a.example"}} => 4 @[{START_S + 60}]',
    ]
    assert promtool.ask("instant", f"--time={START_S}", words=("1/0",)) == [f"scalar: +Inf @[{START_S}]"]


def test_range(promtool: Promtool) -> None:
    times = (f"--start={START_S}", f"--end={START_S + 60}", "--step=30s")
    assert promtool.ask("range", *times, words=("sum(visits)",)) == [
        "{} =>",
        f"100 @[{START_S}]",
        f"104 @[{START_S + 30}]",
        f"108 @[{START_S + 60}]",
    ]


def test_series_and_labels(promtool: Promtool) -> None:
    times = (f"--start={START_S}", f"--end={START_S + 60}")
    assert promtool.ask("series", "--match=visits", "--match={host='b-ö'}", *times) == [
        '{__name__="visits", host="a.example"}',
        '{__name__="visits", host="b-ö"}',
    ]
    assert promtool.ask("labels", *times, words=("host",)) == ["a.example", "b-ö"]
    assert promtool.ask("labels", words=("__name__",)) == ["visits"]


def test_failures_are_told_in_words(promtool: Promtool) -> None:
    result = promtool.run("instant", promtool.with_token, "sum(")
    assert result.returncode == 1
    assert re.search(r'query error: .*bad_data: invalid parameter "query": 1:\d+: parse error', result.stderr)
    result = promtool.run("instant", promtool.without, "visits")
    assert result.returncode == 1
    assert "Sign in, or send an API token." in result.stderr


def test_credentials_from_a_file(promtool: Promtool) -> None:
    """Of releases after 2.42."""
    assert PROMTOOL
    described = subprocess.run(
        [PROMTOOL, "query", "instant", "--help"], check=False, capture_output=True, text=True, timeout=WAIT_S
    )
    if "--http.config.file" not in described.stdout + described.stderr:
        pytest.skip("this promtool has no --http.config.file")
    result = promtool.run("labels", f"--http.config.file={promtool.config}", promtool.without, "host")
    assert result.stdout.split() == ["a.example", "b-ö"]
