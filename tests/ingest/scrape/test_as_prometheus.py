"""Debian's Prometheus scrapes the same target by the same rules, and stores the same series with the same values."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.browser.server import free_port
from tests.ingest.scrape.targets_at_hand import Bench, Page, make_target, serving

TEXT = r"""# TYPE a counter
a{job="own",instance="x",env="test"} 1
a{instance="",exported_job="e"} 2
old_b{le="0.5",path="C:\\dir\n\"q\""} 1e+21
go_gc 1
split{pair="left;right"} 4
split{pair="one"} 5
many{kind="Ärger",shard="7"} -0.25
labels_map_x{map_zone="z1",map_rack="r1"} 7
"""
TARGET_RULES = [
    {"source_labels": ["__address__"], "regex": "(.*):\\d+", "target_label": "host"},
    {"target_label": "env", "replacement": "prod"},
    {
        "source_labels": ["__address__", "job"],
        "separator": "|",
        "target_label": "place",
        "replacement": "[$1]",
    },
    {"action": "hashmod", "source_labels": ["job"], "modulus": 97, "target_label": "__tmp_hash"},
    {"source_labels": ["__tmp_hash"], "target_label": "shard"},
]
METRIC_RULES = [
    {"action": "drop", "source_labels": ["__name__"], "regex": "go_.*"},
    {
        "source_labels": ["__name__"],
        "regex": "old_(.*)",
        "target_label": "__name__",
        "replacement": "new_${1}",
    },
    {
        "source_labels": ["pair"],
        "regex": "(?P<l>[^;]+);(.+)",
        "target_label": "pair",
        "replacement": "$2-${l}$$",
    },
    {"action": "labelmap", "regex": "map_(.+)"},
    {"action": "labeldrop", "regex": "map_zone"},
    {"action": "uppercase", "source_labels": ["kind"], "target_label": "kind"},
    {"source_labels": ["kind", "env"], "regex": ".+;.*", "target_label": "both"},
    {"source_labels": ["pair"], "regex": "on", "target_label": "never", "replacement": "x"},
]


@pytest.fixture
async def prometheus(tmp_path: Path):
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed: 'make programs' installs it")
    started = []

    async def start(address: str, **fields: object) -> str:
        job = {"job_name": "node", "static_configs": [{"targets": [address]}], **fields}
        file = tmp_path / "prometheus.yml"
        # JSON is YAML.
        file.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": [job]}))
        port = free_port()
        options = [f"--web.listen-address=127.0.0.1:{port}", f"--storage.tsdb.path={tmp_path / 'tsdb'}"]
        command = [program, f"--config.file={file}", *options]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return f"http://127.0.0.1:{port}"

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


async def series_of(client: httpx.AsyncClient, url: str) -> dict[str, float]:
    """What it has stored, once it has scraped."""
    for _ in range(300):
        try:
            answer = await client.get(f"{url}/api/v1/query", params={"query": '{__name__!=""}'})
            found = answer.json()["data"]["result"]
            if any(one["metric"]["__name__"] == "up" and one["value"][1] == "1" for one in found):
                return {key_of(one["metric"]): float(one["value"][1]) for one in found}
        except (httpx.HTTPError, KeyError, ValueError):
            pass
        await asyncio.sleep(0.1)
    raise AssertionError("prometheus did not scrape")


def key_of(labels: dict[str, str]) -> str:
    return json.dumps(labels, sort_keys=True)


@pytest.mark.real_client
@pytest.mark.parametrize("honor_labels", [False, True])
async def test_the_same_series_are_stored(prometheus, honor_labels: bool) -> None:
    async with serving(Page(TEXT)) as url, httpx.AsyncClient(trust_env=False) as client:
        other = await prometheus(
            url.removeprefix("http://"),
            honor_labels=honor_labels,
            relabel_configs=TARGET_RULES,
            metric_relabel_configs=METRIC_RULES,
        )
        bench = Bench(
            make_target(url, honor_labels=honor_labels, relabel=TARGET_RULES, metric_relabel=METRIC_RULES)
        )
        await bench.scrape()
        await bench.close()
        ours = {key_of({"__name__": name, **labels}): value for name, labels, _, value in bench.store.rows()}
        theirs = await series_of(client, other)
    # How long it took, and what is new, depend on when it was asked.
    timed = ("scrape_duration_seconds", "scrape_series_added")
    assert set(ours) == set(theirs)
    assert {key: value for key, value in ours.items() if not any(name in key for name in timed)} == {
        key: value for key, value in theirs.items() if not any(name in key for name in timed)
    }
