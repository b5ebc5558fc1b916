"""`metricbox export` and `metricbox import` as somebody types them, on real servers."""

import functools
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.server_process import (
    ADMIN_ENVIRONMENT,
    ServerProcess,
    client_of,
    create_token,
    run_command,
    running_server,
)

pytestmark = pytest.mark.slow

NOW_MS = time.time_ns() // 1_000_000 // 60_000 * 60_000
SERIES = [
    {"__name__": "t_plain", "host": "a"},
    {"__name__": "t_plain", "host": 'q"b\\s, = x'},
    {"__name__": "t.dotted-name", "name": "ü"},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("one") / "data", environment=ADMIN_ENVIRONMENT) as server:
        with client_of(server, token_of(server.folder, "ingest")) as client:
            answer = client.post("/api/v1/import", content=b"\n".join(make_lines()))
            assert answer.status_code == 204, answer.text
        yield server


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("two") / "data", environment=ADMIN_ENVIRONMENT) as server:
        yield server


def make_lines() -> Iterator[bytes]:
    """An hour of each; the last series ends with a stale marker."""
    stamps = [NOW_MS - 15_000 * step for step in range(240, 0, -1)]
    for place, metric in enumerate(SERIES):
        values: list[float | None] = [place + 0.1 * step for step in range(240)]
        if place == 2:
            values[-1] = None
        yield json.dumps({"metric": metric, "values": values, "timestamps": stamps}).encode()


@functools.cache
def token_of(folder: Path, scope: str) -> str:
    return create_token(folder, scope)


def stored(server: ServerProcess, prefix: str = "t") -> dict[str, list[tuple[int, float | None]]]:
    """Every sample of the metrics that begin so, by series."""
    with client_of(server, token_of(server.folder, "read")) as client:
        answer = client.post("/api/v1/export", data={"match[]": f'{{__name__=~"{prefix}.*"}}'})
        assert answer.status_code == 200, answer.text
    found: dict[str, list[tuple[int, float | None]]] = {}
    for line in answer.text.splitlines():
        row = json.loads(line)
        key = json.dumps(row["metric"], sort_keys=True)
        found.setdefault(key, []).extend(zip(row["timestamps"], row["values"], strict=True))
    return found


def forget(text: str, name: str) -> str:
    """The same samples under other names."""
    return text.replace("t_plain", f"{name}_plain").replace("t.dotted-name", f"{name}.dotted-name")


@pytest.mark.parametrize("format_name", ["jsonl", "csv", "parquet", "line", "prometheus"])
def test_what_went_out_comes_in_again(
    server: ServerProcess, other: ServerProcess, tmp_path: Path, format_name: str
) -> None:
    """Trap B012: each format, both ways, through the folder on one side and through an address on the other."""
    path = tmp_path / f"out.{format_name}"
    out = run_command(
        *("export", "metrics", '{__name__=~"t.*"}', "-o", path, "--format", format_name),
        *("--data", server.folder),
    )
    assert out.returncode == 0, out.stderr
    assert "720 samples" in out.stderr
    has_markers = format_name in {"jsonl", "csv", "parquet"}
    assert ("1 samples left out" in out.stderr) is not has_markers
    came = run_command(
        *("import", "metrics", path, "--format", format_name),
        *("--server", other.url, "--token", token_of(other.folder, "ingest")),
    )
    assert came.returncode == 0, came.stderr
    expected = stored(server)
    if not has_markers:
        expected = {key: [row for row in rows if row[1] is not None] for key, rows in expected.items()}
    found = stored(other)
    assert {key: set(rows) >= set(expected[key]) for key, rows in found.items()} == dict.fromkeys(
        expected, True
    )
    assert {key: len(rows) for key, rows in found.items()} == dict.fromkeys(expected, 240) or not has_markers
    assert not list(tmp_path.glob("*.part*"))
    assert not list(tmp_path.glob("*.import-state"))
    # No token of a command outlives it.
    with client_of(server, token_of(server.folder, "admin")) as client:
        names = [row["name"] for row in client.get("/api/v1/tokens").json()["data"]]
    assert not [name for name in names if name.startswith("metricbox command")]


def test_standard_output_is_json_lines_and_a_range_is_kept(server: ServerProcess) -> None:
    start = NOW_MS - 60_000
    out = run_command("export", "metrics", 't_plain{host="a"}', "--start", start, "--data", server.folder)
    (line,) = out.stdout.splitlines()
    assert json.loads(line)["timestamps"] == [start, start + 15_000, start + 30_000, start + 45_000]


def test_nothing_found_and_no_server_are_told_in_words(server: ServerProcess, tmp_path: Path) -> None:
    out = run_command("export", "metrics", "nothing_here", "--data", server.folder)
    assert (out.returncode, "nothing was found" in out.stderr) == (1, True)
    out = run_command("export", "metrics", "m", "--data", tmp_path / "none")
    assert (out.returncode, "no server runs on" in out.stderr) == (1, True)
    out = run_command("export", "metrics", "m", "--server", server.url)
    assert (out.returncode, "token" in out.stderr) == (2, True)
    out = run_command("export", "metrics", "m", "--server", server.url, "--token", "wrong")
    assert (out.returncode, "Traceback" in out.stderr) == (1, False)


def test_a_dry_run_says_what_would_be_taken_and_sends_nothing(other: ServerProcess, tmp_path: Path) -> None:
    path = tmp_path / "try.lp"
    path.write_text(f"dry,a=b value=1 {NOW_MS}\ndry,a=c value=2 1000\nnot a line\n", encoding="utf-8")
    came = run_command(*("import", "metrics", path, "--precision", "ms", "--dry-run", "--data", other.folder))
    assert "1 samples of " in came.stdout
    assert "1 would be refused: too_old" in came.stdout
    assert "1 would be refused: syntax" in came.stdout
    assert came.returncode == 1
    assert stored(other, "dry") == {}


def test_a_table_of_columns_becomes_metrics(other: ServerProcess, tmp_path: Path) -> None:
    """Trap B030: an empty last cell stays empty, and no column moves."""
    path = tmp_path / "table.csv"
    path.write_text(
        f"time,host,cpu,mem\n{NOW_MS},w1,5,\n{NOW_MS / 1000},w2,,7.5\n{NOW_MS - 1000},w1,6\n",
        encoding="utf-8",
    )
    came = run_command("import", "metrics", path, "--values", "cpu,mem", "--data", other.folder)
    assert came.returncode == 0, came.stderr
    assert "3 cells held no number" in came.stderr
    assert {key: sorted(rows) for key, rows in stored(other, "cpu|mem").items()} == {
        '{"__name__": "cpu", "host": "w1"}': [(NOW_MS - 1000, 6), (NOW_MS, 5)],
        '{"__name__": "mem", "host": "w2"}': [(NOW_MS, 7.5)],
    }
    came = run_command("import", "metrics", path, "--data", other.folder)
    assert (came.returncode, "--values" in came.stderr) == (2, True)


def test_bad_lines_are_told_and_the_good_ones_are_stored(other: ServerProcess, tmp_path: Path) -> None:
    path = tmp_path / "half.lp"
    path.write_text(f"half v=1 {NOW_MS}\nnonsense\nhalf v=2 {NOW_MS - 1}\n", encoding="utf-8")
    came = run_command("import", "metrics", path, "--precision", "ms", "--data", other.folder)
    assert came.returncode == 1
    assert "line 2" in came.stderr
    assert list(stored(other, "half").values()) == [[(NOW_MS - 1, 2), (NOW_MS, 1)]]


def test_another_server_is_read_by_prometheus_api(server: ServerProcess, other: ServerProcess) -> None:
    came = run_command(
        *("import", "prometheus", f"{server.url}/prometheus", "--match", 't_plain{host="a"}'),
        *("--start", NOW_MS - 7_200_000, "--end", NOW_MS),
        *("--data", other.folder),
        environment={"METRICBOX_SOURCE_TOKEN": token_of(server.folder, "read")},
    )
    # METRICBOX_SOURCE_TOKEN is of this command alone.
    assert came.returncode == 0, came.stderr
    key = '{"__name__": "t_plain", "host": "a"}'
    assert stored(other)[key] == stored(server)[key]


def test_dashboards_and_rules_move(server: ServerProcess, other: ServerProcess, tmp_path: Path) -> None:
    rule = {"name": "Hot", "query": "t_plain", "condition": "gt", "threshold": 5, "duration": "5m"}
    with client_of(server, token_of(server.folder, "admin")) as client:
        assert client.post("/api/v1/alerts/rules", json=rule).status_code == 201
        made = client.post("/api/v1/dashboards", json={"name": "Moving house"})
        assert made.status_code == 201, made.text
    for kind in ("dashboards", "rules"):
        path = tmp_path / f"{kind}.json"
        assert run_command("export", kind, "-o", path, "--data", server.folder).returncode == 0
        came = run_command("import", kind, path, "--data", other.folder)
        assert came.returncode == 0, came.stdout + came.stderr
    with client_of(other, token_of(other.folder, "admin")) as client:
        rules = client.get("/api/v1/alerts/rules").json()["data"]
        assert [(one["name"], one["threshold"], one["duration"]) for one in rules] == [("Hot", 5, "5m")]
        names = [one["name"] for one in client.get("/api/v1/dashboards").json()["data"]]
    assert "Moving house" in names


def test_an_import_that_was_cut_off_goes_on_where_it_was(tmp_path: Path, other: ServerProcess) -> None:
    path = tmp_path / "long.lp"
    line = f"long,n=%06d value=1 {NOW_MS}\n"
    count = 150_000
    path.write_text("".join(line % number for number in range(count)), encoding="utf-8")
    size = path.stat().st_size
    state = path.with_name(path.name + ".import-state")
    # As an earlier run leaves it that ended in the middle.
    stat = path.stat()
    half = (line % 0).encode()
    end = len(half) * (count // 2)
    state.write_text(
        json.dumps({"file": [stat.st_size, stat.st_mtime_ns, "line", []], "end": end}), encoding="utf-8"
    )
    came = run_command("import", "metrics", path, "--precision", "ms", "--data", other.folder)
    assert came.returncode == 0, came.stderr
    assert "going on" in came.stderr
    assert not state.exists()
    with client_of(other, token_of(other.folder, "read")) as client:
        found = client.get("/prometheus/api/v1/query", params={"query": "count(long)", "time": NOW_MS / 1000})
    assert isinstance(found, httpx.Response)
    assert found.json()["data"]["result"][0]["value"][1] == str(count - count // 2)
    assert size > 2 * end - 100
