"""OpenTelemetry's own SDK and exporters for Python, unmodified, push to a real server over HTTP."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.api import Callers, Server, run_server, token_client
from tests.support.stores import read

NOT_THERE = "OpenTelemetry's SDK and its OTLP/HTTP exporter are not installed"
JSON_NOT_THERE = "OpenTelemetry's exporter for OTLP as JSON is not installed"
api = pytest.importorskip("opentelemetry.metrics", reason=NOT_THERE)
sdk = pytest.importorskip("opentelemetry.sdk.metrics", reason=NOT_THERE)
export = pytest.importorskip("opentelemetry.sdk.metrics.export", reason=NOT_THERE)
view = pytest.importorskip("opentelemetry.sdk.metrics.view", reason=NOT_THERE)
resources = pytest.importorskip("opentelemetry.sdk.resources", reason=NOT_THERE)
protobuf = pytest.importorskip("opentelemetry.exporter.otlp.proto.http.metric_exporter", reason=NOT_THERE)

pytestmark = pytest.mark.real_client

RESOURCE = {
    "service.name": "shop",
    "service.namespace": "eu",
    "service.instance.id": "i-1",
    "host.name": "host-a",
}
TARGET = {"job": "eu/shop", "instance": "i-1", "host_name": "host-a", "otel_scope_name": "tests"}


def make_protobuf(url: str, headers: dict[str, str], **options: Any) -> Any:
    compression = pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason=NOT_THERE).Compression
    return protobuf.OTLPMetricExporter(endpoint=url, headers=headers, compression=compression.Gzip, **options)


def make_json(url: str, headers: dict[str, str], **options: Any) -> Any:
    exporter = pytest.importorskip(
        "opentelemetry.exporter.otlp.json.http.metric_exporter", reason=JSON_NOT_THERE
    )
    return exporter.OTLPMetricExporter(endpoint=url, headers=headers, **options)


EXPORTERS = pytest.mark.parametrize("make", [make_protobuf, make_json], ids=["protobuf", "json"])


class Client:
    """A process that measures itself. `flush` sends what there is."""

    def __init__(self, exporter: Any, views: Any = ()) -> None:
        self.reader = export.PeriodicExportingMetricReader(exporter, export_interval_millis=float("inf"))
        self.provider = sdk.MeterProvider([self.reader], resources.Resource(RESOURCE), views=views)
        self.meter = self.provider.get_meter("tests", "1.0")

    async def run(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, work)

    async def flush(self) -> None:
        assert await self.run(lambda: self.provider.force_flush(20_000))

    async def close(self) -> None:
        await self.run(self.provider.shutdown)


async def open_client(server: Server, make: Callable[..., Any], views: Any = (), **options: Any) -> Client:
    callers = await Callers.make(server)
    token = await token_client(callers.editor, "ingest")
    headers = {"Authorization": token.http.headers["authorization"]}
    exporter = make(f"{server.url}/v1/metrics", headers, **options)
    # The clock of the tests stands; what comes now has to be now.
    server.clock.set_ms(time.time_ns() // 1_000_000)
    return Client(exporter, views)


def series(server: Server, name: str) -> list[tuple[dict[str, str], list[float]]]:
    store = server.context.store
    return [
        (dict(one.labels), read(store, one.series_id, end_ms=2**45).values.tolist())
        for one in store.find_series(name)
    ]


@EXPORTERS
async def test_every_instrument(tmp_path: Any, make: Callable[..., Any]) -> None:
    async with run_server(tmp_path) as server:
        client = await open_client(server, make)
        client.meter.create_counter("http.requests", "1", "Requests.").add(
            5, {"http.method": "GET", "code": 200}
        )
        client.meter.create_up_down_counter("queue", "{items}").add(-3)
        client.meter.create_gauge("cpu.util", "1").set(0.25, {"cpu": 0})
        client.meter.create_histogram("took", "ms").record(7, {"route": "/x"})
        client.meter.create_observable_counter(
            "io", [lambda _: [api.Observation(2**53, {"dev": "sda"})]], "By"
        )
        await client.flush()
        assert series(server, "http_requests_total") == [
            (TARGET | {"http_method": "GET", "code": "200"}, [5.0])
        ]
        assert series(server, "queue") == [(TARGET, [-3.0])]
        assert series(server, "cpu_util_ratio") == [(TARGET | {"cpu": "0"}, [0.25])]
        assert series(server, "io_bytes_total") == [(TARGET | {"dev": "sda"}, [2.0**53])]
        buckets = {labels["le"]: values for labels, values in series(server, "took_milliseconds_bucket")}
        assert (len(buckets), buckets["5"], buckets["10"], buckets["+Inf"]) == (16, [0.0], [1.0], [1.0])
        assert series(server, "took_milliseconds_sum") == [(TARGET | {"route": "/x"}, [7.0])]
        await client.close()


@EXPORTERS
async def test_delta_temporality_and_exponential_histograms(tmp_path: Any, make: Callable[..., Any]) -> None:
    """Trap B034."""
    delta = export.AggregationTemporality.DELTA
    async with run_server(tmp_path) as server:
        client = await open_client(
            server,
            make,
            [view.View(instrument_name="took", aggregation=view.ExponentialBucketHistogramAggregation())],
            preferred_temporality={sdk.Counter: delta, sdk.Histogram: delta},
        )
        hits = client.meter.create_counter("hits")
        took = client.meter.create_histogram("took")
        for value in (3, 4, 5):
            hits.add(value)
            took.record(value * 1000)
            await client.flush()
        ((_, totals),) = series(server, "hits_total")
        assert totals == [0.0, 3.0, 7.0, 12.0]
        ((_, counts),) = series(server, "took_count")
        assert counts == [0.0, 1.0, 2.0, 3.0]
        infinite = [values for labels, values in series(server, "took_bucket") if labels["le"] == "+Inf"]
        assert infinite == [[0.0, 1.0, 2.0, 3.0]]
        await client.close()


@EXPORTERS
async def test_a_second_push_adds_no_series(tmp_path: Any, make: Callable[..., Any]) -> None:
    async with run_server(tmp_path) as server:
        client = await open_client(server, make)
        counter = client.meter.create_counter("c")
        for _ in range(3):
            counter.add(1)
            await client.flush()
        assert [values for _, values in series(server, "c_total")] == [[1.0, 2.0, 3.0]]
        await client.close()
