"""All targets together: real programs, targets that fail beside good ones, files that change, start and stop."""

import asyncio
import contextlib
import json
import shutil
import subprocess
from pathlib import Path

import prometheus_client
import pytest

from metricbox.clock import SystemClock
from metricbox.ingest.scrape import service as module
from metricbox.ingest.scrape.loop import Health
from metricbox.ingest.scrape.service import ScrapeService
from metricbox.ingest.service import IngestService
from metricbox.model import is_stale_marker
from metricbox.scrape_settings import read_scrape_tables
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import Settings
from tests.browser.server import free_port
from tests.ingest.fakes import FakeStore
from tests.ingest.scrape.targets_at_hand import Page, serving
from tests.ingest.scrape.test_fetching import flood, hang, trickle

TRIES = 500


class Bench:
    def __init__(self, *tables: dict) -> None:
        self.store = FakeStore()
        clock = SystemClock()
        self.ingest = IngestService(self.store, clock, Settings(), SelfMetrics())
        fast = {"interval": "1s", "timeout": "800ms"}
        jobs = read_scrape_tables([fast | table for table in tables])
        self.service = ScrapeService(jobs, self.ingest, clock, 2**24)

    def names_of(self, job: str) -> set[str]:
        """Metrics stored under a job so far."""
        return {row[0] for row in self.rows() if row[1].get("job") == job}

    def rows(self) -> list:
        return [row for batch in list(self.store.batches) for row in self.store.rows(batch)]

    def health(self) -> dict[str, str]:
        return {one.target.job.job: one.health.value for one in self.service.look().targets}

    def errors(self) -> dict[str, str]:
        return {one.target.job.job: one.error for one in self.service.look().targets}

    async def wait(self, is_there) -> None:
        for _ in range(TRIES):
            if is_there():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{self.service.look()}")


@contextlib.asynccontextmanager
async def running(*tables: dict):
    bench = Bench(*tables)
    await bench.service.start()
    try:
        yield bench
    finally:
        await bench.service.stop()
        bench.ingest.close()


def table(job: str, url: str, **fields) -> dict:
    return {"job": job, "targets": [url.removeprefix("http://")], **fields}


@pytest.fixture
def node_exporter():
    program = shutil.which("prometheus-node-exporter")
    if program is None:
        pytest.skip("prometheus-node-exporter is not installed: 'make programs' installs it")
    address = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        [program, f"--web.listen-address={address}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    yield address
    process.terminate()
    process.wait(10)


@pytest.mark.real_client
async def test_debian_s_node_exporter_is_scraped_whole(node_exporter: str) -> None:
    async with running(table("node", node_exporter, interval="2s", timeout="2s")) as bench:
        await bench.wait(lambda: bench.health() == {"node": "up"})
        assert bench.errors() == {"node": ""}
        (status,) = bench.service.look().targets
        assert status.samples is not None
        assert status.samples > 300
        assert {"node_cpu_seconds_total", "node_load1", "go_info", "up"} <= bench.names_of("node")
        assert bench.store.learned["node_cpu_seconds_total"].type == "counter"
        scraped = {row[0]: row[3] for row in bench.rows()}
        assert scraped["scrape_samples_scraped"] == status.samples


@pytest.mark.real_client
async def test_the_server_of_prometheus_s_python_client_is_scraped_as_openmetrics() -> None:
    registry = prometheus_client.CollectorRegistry()
    counter = prometheus_client.Counter("jobs", "Jobs done", ["kind"], registry=registry)
    histogram = prometheus_client.Histogram("wait_seconds", "Wait", registry=registry, buckets=(1, 2))
    counter.labels('a\\b\n"c"').inc(3)
    histogram.observe(1.5, {"trace_id": "abc"})
    server, thread = prometheus_client.start_http_server(0, "127.0.0.1", registry)
    try:
        async with running(table("app", f"127.0.0.1:{server.server_port}")) as bench:
            await bench.wait(lambda: bench.health() == {"app": "up"})
            assert bench.errors() == {"app": ""}
            rows = {
                (name, labels.get("kind") or labels.get("le")): value
                for name, labels, _, value in bench.rows()
            }
            assert rows["jobs_total", 'a\\b\n"c"'] == 3
            assert (rows["wait_seconds_bucket", "1.0"], rows["wait_seconds_bucket", "2.0"]) == (0, 1)
            assert ("jobs_created", 'a\\b\n"c"') in rows
            # The client takes the series away, and it ends.
            counter.clear()
            await bench.wait(
                lambda: any(
                    is_stale_marker(batch.values[[place]])[0]
                    for batch in list(bench.store.batches)
                    for place, row in enumerate(bench.store.rows(batch))
                    if row[0] == "jobs_total"
                )
            )
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


async def test_targets_that_hang_flood_or_break_harm_no_other() -> None:
    good = Page("a 1\n")
    async with contextlib.AsyncExitStack() as stack:
        urls = {
            name: await stack.enter_async_context(serving(answer))
            for name, answer in {
                "good": good,
                "hanging": hang,
                "endless": trickle,
                "flooding": flood,
                "failing": Page("", "500 Internal Server Error"),
                "page": Page("<html><body>Hello", content_type="text/html"),
                "elsewhere": Page("", "302 Found", location="http://other.example.org/metrics"),
            }.items()
        }
        tables = [table(name, url, body_size_limit=1_000_000) for name, url in urls.items()]
        async with running(*tables, table("nobody", f"127.0.0.1:{free_port()}")) as bench:
            await bench.wait(lambda: "unknown" not in bench.health().values())
            asked = len(good.requests)
            await bench.wait(lambda: len(good.requests) >= asked + 3)
            health = bench.health()
            assert health.pop("good") == "up"
            assert set(health.values()) == {"down"}
            errors = bench.errors()
            assert {name: errors[name][:24] for name in errors} == {
                "good": "",
                "hanging": "gave no whole answer wit",
                "endless": "gave no whole answer wit",
                "flooding": "its answer is larger tha",
                "failing": "answers 500 Internal Ser",
                "page": "answers with a web page,",
                "elsewhere": "redirects to http://othe",
                "nobody": "refuses the connection: ",
            }
            assert {row[3] for row in bench.rows() if row[0] == "up" and row[1]["job"] != "good"} == {0.0}


async def test_targets_of_a_file_come_and_go_and_end_their_series(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REFRESH_S", 0.05)
    file = tmp_path / "targets.json"
    page, other = Page("a 1\n"), Page("a 2\n")
    async with serving(page) as url, serving(other) as other_url:
        addresses = [one.removeprefix("http://") for one in (url, other_url)]
        file.write_text(json.dumps([{"targets": addresses, "labels": {"env": "prod"}}]))
        async with running({"job": "files", "files": [str(file)]}) as bench:
            await bench.wait(lambda: [one.health for one in bench.service.look().targets] == [Health.UP] * 2)
            file.write_text("[")
            await bench.wait(lambda: bench.service.look().problems)
            assert "is not JSON" in bench.service.look().problems[0].message
            assert len(bench.service.look().targets) == 2
            file.write_text(json.dumps([{"targets": addresses[:1], "labels": {"env": "prod"}}]))
            await bench.wait(lambda: len(bench.service.look().targets) == 1)
            await bench.wait(
                lambda: (
                    {"a", "up"}
                    <= {
                        row[0]
                        for batch in list(bench.store.batches)
                        for row, ended in zip(
                            bench.store.rows(batch), is_stale_marker(batch.values), strict=True
                        )
                        if ended and row[1]["instance"] == addresses[1]
                    }
                )
            )
            assert bench.service.look().problems == ()
            asked = len(page.requests)
            await bench.wait(lambda: len(page.requests) > asked)


async def test_dropped_targets_and_bad_addresses_are_shown() -> None:
    rule = {"action": "drop", "source_labels": ["__address__"], "regex": "b.*"}
    move = {
        "source_labels": ["__address__"],
        "regex": "c:1",
        "target_label": "__scheme__",
        "replacement": "x",
    }
    async with running({"job": "j", "targets": ["a:1", "b:1", "c:1"], "relabel": [rule, move]}) as bench:
        look = bench.service.look()
        assert [one.target.instance for one in look.targets] == ["a:1"]
        assert [one.discovered["__address__"] for one in look.dropped] == ["b:1"]
        assert [(one.job, one.message[:12]) for one in look.problems] == [("j", "target 'c:1'")]


async def test_without_jobs_nothing_runs() -> None:
    tasks = asyncio.all_tasks()
    async with running() as bench:
        assert bench.service.look() == ([], (), ())
        assert asyncio.all_tasks() == tasks


async def test_at_a_stop_nothing_ends_and_nothing_is_left_over() -> None:
    tasks = asyncio.all_tasks()
    async with serving(Page("a 1\n")) as url, serving(hang) as hanging:
        async with running(table("a", url), table("b", hanging)) as bench:
            await bench.wait(lambda: bench.health()["a"] == "up")
        assert not any(is_stale_marker(batch.values).any() for batch in bench.store.batches)
        names = {task.get_name() for task in asyncio.all_tasks() - tasks}
        assert not {name for name in names if name.startswith("scrape")}


async def test_hundreds_of_targets_are_each_asked_at_a_time_of_their_own() -> None:
    page = Page("".join(f'metric_{number}{{path="/"}} {number}\n' for number in range(20)))
    async with serving(page) as url:
        fields = {"interval": "3s", "timeout": "3s"}
        async with running(*(table(f"job{number}", url, **fields) for number in range(300))) as bench:
            await bench.wait(lambda: set(bench.health().values()) == {"up"})
            stamps = [one.last_scrape_ms for one in bench.service.look().targets]
        assert len(set(stamps)) > 150
        assert set(bench.errors().values()) <= {""}
