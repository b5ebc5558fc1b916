"""OTLP messages by the project's own protobuf library, and what becomes of them in a door with an in-memory store."""

from collections.abc import Callable
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from metricbox.ingest.otlp import OtlpDoor
from metricbox.ingest.outcome import Decoded
from metricbox.ingest.series_cache import GenerationCache, SeriesRegistrar
from metricbox.ingest.series_table import DoorContext
from metricbox.ingest.timestamps import make_window
from tests.ingest.fakes import FakeStore

NOW_MS = 1_795_600_800_000
MINUTE_MS = 60_000
DELTA, CUMULATIVE = 1, 2

Row = tuple[str, dict[str, str], int, float]


def any_value(value: Any) -> AnyValue:
    match value:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case str():
            return AnyValue(string_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
        case list():
            return AnyValue(array_value=ArrayValue(values=[any_value(one) for one in value]))
        case _:
            return AnyValue(kvlist_value=KeyValueList(values=key_values(value)))


def key_values(pairs: dict[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=any_value(value)) for key, value in pairs.items()]


def ns(ms: float) -> int:
    return int(ms * 1_000_000)


class Request:
    """A message under construction, of one resource and scope."""

    def __init__(self, resource: dict[str, Any] | None = None, scope: str = "") -> None:
        self.message = ExportMetricsServiceRequest()
        of_resource = self.message.resource_metrics.add()
        of_resource.resource.attributes.extend(key_values(resource or {}))
        self.scope = of_resource.scope_metrics.add()
        self.scope.scope.name = scope

    def metric(self, name: str, unit: str = "", description: str = "") -> Metric:
        metric: Metric = self.scope.metrics.add()
        metric.name, metric.unit, metric.description = name, unit, description
        return metric

    def gauge(
        self,
        name: str,
        value: float,
        labels: dict[str, Any] | None = None,
        ts_ms: float = NOW_MS,
        **metric: str,
    ) -> Any:
        point = self.metric(name, **metric).gauge.data_points.add()
        return fill(point, value, labels, ts_ms)

    def sum(
        self,
        name: str,
        value: float,
        labels: dict[str, Any] | None = None,
        ts_ms: float = NOW_MS,
        *,
        start_ms: float = 0,
        temporality: int = CUMULATIVE,
        is_monotonic: bool = True,
        **metric: str,
    ) -> Any:
        data = self.metric(name, **metric).sum
        data.aggregation_temporality, data.is_monotonic = temporality, is_monotonic
        return fill(data.data_points.add(), value, labels, ts_ms, start_ms)

    def histogram(
        self,
        name: str,
        counts: list[int],
        bounds: list[float],
        labels: dict[str, Any] | None = None,
        ts_ms: float = NOW_MS,
        *,
        start_ms: float = 0,
        total: float | None = None,
        temporality: int = CUMULATIVE,
        **metric: str,
    ) -> Any:
        data = self.metric(name, **metric).histogram
        data.aggregation_temporality = temporality
        point = data.data_points.add()
        point.count = sum(counts)
        point.bucket_counts.extend(counts)
        point.explicit_bounds.extend(bounds)
        if total is not None:
            point.sum = total
        return stamp(point, labels, ts_ms, start_ms)

    def exponential(
        self,
        name: str,
        scale: int,
        offset: int,
        counts: list[int],
        labels: dict[str, Any] | None = None,
        ts_ms: float = NOW_MS,
        *,
        zero: int = 0,
        negative: tuple[int, list[int]] = (0, []),
        start_ms: float = 0,
        temporality: int = CUMULATIVE,
    ) -> Any:
        data = self.metric(name).exponential_histogram
        data.aggregation_temporality = temporality
        point = data.data_points.add()
        point.scale, point.zero_count = scale, zero
        point.positive.offset = offset
        point.positive.bucket_counts.extend(counts)
        point.negative.offset = negative[0]
        point.negative.bucket_counts.extend(negative[1])
        point.count = sum(counts) + zero + sum(negative[1])
        point.sum = 1.5
        return stamp(point, labels, ts_ms, start_ms)

    def summary(self, name: str, quantiles: dict[float, float], labels: dict[str, Any] | None = None) -> Any:
        point = self.metric(name).summary.data_points.add()
        for quantile, value in quantiles.items():
            point.quantile_values.add(quantile=quantile, value=value)
        point.count, point.sum = 7, 3.5
        return stamp(point, labels, NOW_MS)

    @property
    def protobuf(self) -> bytes:
        return bytes(self.message.SerializeToString())

    @property
    def json(self) -> bytes:
        return json_format.MessageToJson(self.message, indent=None, use_integers_for_enums=True).encode()


def fill(point: Any, value: float, labels: dict[str, Any] | None, ts_ms: float, start_ms: float = 0) -> Any:
    if isinstance(value, int):
        point.as_int = value
    else:
        point.as_double = value
    return stamp(point, labels, ts_ms, start_ms)


def stamp(point: Any, labels: dict[str, Any] | None, ts_ms: float, start_ms: float = 0) -> Any:
    point.time_unix_nano, point.start_time_unix_nano = ns(ts_ms), ns(start_ms)
    point.attributes.extend(key_values(labels or {}))
    return point


class Door:
    """Takes messages one after the other."""

    def __init__(self, names: str = "prometheus", max_series: int = 1_000_000) -> None:
        self.door = OtlpDoor(names)
        self.store = FakeStore(max_series)
        self.cache: GenerationCache[Any, int] = GenerationCache(16_000_000)
        self.monotonic_s = 0.0

    def decode(self, body: bytes, *, is_json: bool = False) -> Decoded:
        context = DoorContext(
            SeriesRegistrar(self.store, self.store.max_series),
            self.cache,
            make_window(NOW_MS, 86_400_000, 600_000),
            self.monotonic_s,
            64 * 1024 * 1024,
        )
        return self.door.decode(body, context, is_json=is_json)

    def push(self, request: Request, *, is_json: bool = False) -> list[Row]:
        """The rows that are stored; nothing may be refused."""
        decoded = self.decode(request.json if is_json else request.protobuf, is_json=is_json)
        assert decoded.refusals.samples == 0, decoded.refusals.first
        return self.store.rows(decoded.batch)

    def refuse(self, request: Request, *, is_json: bool = False) -> tuple[list[Row], list[tuple[int, str]]]:
        """The rows that are stored, and position and sentence of each refusal."""
        decoded = self.decode(request.json if is_json else request.protobuf, is_json=is_json)
        refused = [(one.position, one.sentence) for one in decoded.refusals.first]
        assert decoded.refusals.refused_units == len(refused)
        return self.store.rows(decoded.batch), refused


Make = Callable[[Request], None]
