"""An OTLP ExportMetricsServiceRequest in JSON form, as families and points (`otlp_points.py`).

Names are in lowerCamelCase, whole numbers of 64 bits are texts or numbers, enums numbers or their names, unknown
members are passed over. A double may be `"NaN"`, `"Infinity"` or `"-Infinity"`; null, which JavaScript makes of NaN, is
no value. Resources, scopes and attributes stay the bytes that they are. Pure; runs in the decode threads.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

from metricbox.ingest.otlp_points import (
    MAX_POINTS,
    NO_RECORDED_VALUE,
    Attributes,
    BucketPoint,
    ExponentialBuckets,
    ExponentialPoint,
    Family,
    FamilyTexts,
    Form,
    Kind,
    Message,
    NumberColumns,
)
from metricbox.ingest.otlp_values import write_value
from metricbox.ingest.remote_write_wire import DamagedMessageError, TooManyPartsError

_MAX_DEPTH = 16
# The largest body of real points, with a dozen objects each, has half as many.
_MAX_OBJECTS = 4 * MAX_POINTS
_Integer = int | str | None
_Double = float | str | None
_NOTHING = msgspec.Raw(b"")
_INT64_BOUND = 1 << 63
_ENUMS = {"AGGREGATION_TEMPORALITY_DELTA": 1, "AGGREGATION_TEMPORALITY_CUMULATIVE": 2}


class _Struct(msgspec.Struct, rename="camel", gc=False):
    """Members that are null count as left out."""


class _NumberPoint(_Struct):
    attributes: msgspec.Raw = _NOTHING
    start_time_unix_nano: _Integer = None
    time_unix_nano: _Integer = None
    as_double: _Double = None
    as_int: _Integer = None
    flags: _Integer = None


class _HistogramPoint(_Struct):
    attributes: msgspec.Raw = _NOTHING
    start_time_unix_nano: _Integer = None
    time_unix_nano: _Integer = None
    count: _Integer = None
    sum: _Double = None
    bucket_counts: list[_Integer] | None = None
    explicit_bounds: list[_Double] | None = None
    flags: _Integer = None


class _Side(_Struct):
    offset: _Integer = None
    bucket_counts: list[_Integer] | None = None


class _ExponentialPoint(_Struct):
    attributes: msgspec.Raw = _NOTHING
    start_time_unix_nano: _Integer = None
    time_unix_nano: _Integer = None
    count: _Integer = None
    sum: _Double = None
    scale: _Integer = None
    zero_count: _Integer = None
    zero_threshold: _Double = None
    positive: _Side | None = None
    negative: _Side | None = None
    flags: _Integer = None


class _Quantile(_Struct):
    quantile: _Double = None
    value: _Double = None


class _SummaryPoint(_Struct):
    attributes: msgspec.Raw = _NOTHING
    start_time_unix_nano: _Integer = None
    time_unix_nano: _Integer = None
    count: _Integer = None
    sum: _Double = None
    quantile_values: list[_Quantile] | None = None
    flags: _Integer = None


class _Gauge(_Struct):
    data_points: list[_NumberPoint] | None = None


class _Sum(_Struct):
    data_points: list[_NumberPoint] | None = None
    aggregation_temporality: _Integer = None
    is_monotonic: bool | None = None


class _Histogram(_Struct):
    data_points: list[_HistogramPoint] | None = None
    aggregation_temporality: _Integer = None


class _Exponential(_Struct):
    data_points: list[_ExponentialPoint] | None = None
    aggregation_temporality: _Integer = None


class _Summary(_Struct):
    data_points: list[_SummaryPoint] | None = None


class _Metric(_Struct):
    name: str | None = None
    description: str | None = None
    unit: str | None = None
    gauge: _Gauge | None = None
    sum: _Sum | None = None
    histogram: _Histogram | None = None
    exponential_histogram: _Exponential | None = None
    summary: _Summary | None = None


class _ScopeMetrics(_Struct):
    scope: msgspec.Raw = _NOTHING
    metrics: list[_Metric] | None = None


class _ResourceMetrics(_Struct):
    resource: msgspec.Raw = _NOTHING
    scope_metrics: list[_ScopeMetrics] | None = None


class _Request(_Struct):
    resource_metrics: list[_ResourceMetrics] | None = None


class _KeyValue(_Struct):
    key: str | None = None
    value: dict[str, Any] | None = None


class _Attributed(_Struct):
    """A resource or a scope."""

    name: str | None = None
    attributes: list[_KeyValue] | None = None


_decoder = msgspec.json.Decoder(_Request)
_attributes_decoder = msgspec.json.Decoder(list[_KeyValue] | None)
_attributed_decoder = msgspec.json.Decoder(_Attributed | None)
_head_decoder = msgspec.json.Decoder(tuple[str, str, str])


def read_message(body: bytes) -> Message:
    """Raises DamagedMessageError and TooManyPartsError."""
    # Before anything is made of them: an empty point has three bytes here and a hundred in memory.
    if body.count(b"{") > _MAX_OBJECTS:
        raise TooManyPartsError
    reader = _Reader()
    if body.strip():
        reader.read(_decode(_decoder, body))
    return Message(
        reader.families, reader.make_numbers(), reader.buckets, reader.exponentials, reader.empty_points
    )


def _decode(decoder: Any, text: bytes) -> Any:
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DamagedMessageError(str(error)) from error
    except RecursionError:
        raise DamagedMessageError("it is nested too deeply") from None


class _Reader:
    def __init__(self) -> None:
        self.families: list[Family] = []
        self.buckets: list[BucketPoint] = []
        self.exponentials: list[ExponentialPoint] = []
        self.empty_points = 0
        self._numbers: list[tuple[int, int, bytes, int, int, float, bool]] = []
        self._points = 0

    def read(self, request: _Request) -> None:
        for resource in request.resource_metrics or ():
            for scope in resource.scope_metrics or ():
                for metric in scope.metrics or ():
                    self._read_metric(bytes(resource.resource), bytes(scope.scope), metric)

    def make_numbers(self) -> NumberColumns:
        columns: Sequence[Sequence[Any]] = list(zip(*self._numbers, strict=True)) or [()] * 7
        family, positions, attributes, starts, times, values, is_absent = columns
        return NumberColumns(
            np.array(family, np.int64),
            np.array(positions, np.int64),
            attributes,
            np.array(starts, np.int64),
            np.array(times, np.int64),
            np.array(values, np.float64),
            np.array(is_absent, np.bool_),
        )

    def _read_metric(self, resource: bytes, scope: bytes, metric: _Metric) -> None:
        head = msgspec.json.encode((metric.name or "", metric.unit or "", metric.description or ""))
        parts: tuple[tuple[Kind, Any, Callable[[int, int, Any], None]], ...] = (
            (Kind.GAUGE, metric.gauge, self._add_number),
            (Kind.SUM, metric.sum, self._add_number),
            (Kind.HISTOGRAM, metric.histogram, self._add_histogram),
            (Kind.EXPONENTIAL, metric.exponential_histogram, self._add_exponential),
            (Kind.SUMMARY, metric.summary, self._add_summary),
        )
        for kind, data, add in parts:
            if data is None:
                continue
            temporality = _read_enum(getattr(data, "aggregation_temporality", None))
            is_monotonic = bool(getattr(data, "is_monotonic", None))
            number = len(self.families)
            self.families.append(Family(JSON_FORM, kind, resource, scope, head, temporality, is_monotonic))
            for point in data.data_points or ():
                add(number, self._points, point)
                self._points += 1
                if self._points > MAX_POINTS:
                    raise TooManyPartsError

    def _add_number(self, family: int, position: int, point: _NumberPoint) -> None:
        is_absent = _is_absent(point.flags)
        value = point.as_double if point.as_int is None else _read_int(point.as_int)
        if value is None:
            if not is_absent:
                self.empty_points += 1
                return
            value = 0.0
        start_ns, time_ns = _read_time(point.start_time_unix_nano), _read_time(point.time_unix_nano)
        number = float(value) if isinstance(value, int | float) else _read_double(value)
        self._numbers.append(
            (family, position, bytes(point.attributes), start_ns, time_ns, number, is_absent)
        )

    def _add_histogram(self, family: int, position: int, point: _HistogramPoint) -> None:
        bounds = [_read_double(one) for one in point.explicit_bounds or ()]
        self.buckets.append(
            BucketPoint(
                family,
                position,
                bytes(point.attributes),
                _read_time(point.start_time_unix_nano),
                _read_time(point.time_unix_nano),
                _is_absent(point.flags),
                float(_read_int(point.count)),
                None if point.sum is None else _read_double(point.sum),
                np.array(bounds, "<f8").tobytes(),
                [float(_read_int(one)) for one in point.bucket_counts or ()],
            )
        )

    def _add_exponential(self, family: int, position: int, point: _ExponentialPoint) -> None:
        buckets = ExponentialBuckets(
            _read_int(point.scale),
            _read_double(point.zero_threshold or 0.0),
            _read_int(point.zero_count),
            *_read_side(point.positive),
            *_read_side(point.negative),
        )
        self.exponentials.append(
            ExponentialPoint(
                family,
                position,
                bytes(point.attributes),
                _read_time(point.start_time_unix_nano),
                _read_time(point.time_unix_nano),
                _is_absent(point.flags),
                float(_read_int(point.count)),
                None if point.sum is None else _read_double(point.sum),
                buckets,
            )
        )

    def _add_summary(self, family: int, position: int, point: _SummaryPoint) -> None:
        quantiles = [_read_double(one.quantile or 0.0) for one in point.quantile_values or ()]
        self.buckets.append(
            BucketPoint(
                family,
                position,
                bytes(point.attributes),
                _read_time(point.start_time_unix_nano),
                _read_time(point.time_unix_nano),
                _is_absent(point.flags),
                float(_read_int(point.count)),
                _read_double(point.sum or 0.0),
                np.array(quantiles, "<f8").tobytes(),
                [_read_double(one.value or 0.0) for one in point.quantile_values or ()],
            )
        )


def _read_side(side: _Side | None) -> tuple[int, list[int]]:
    if side is None:
        return 0, []
    return _read_int(side.offset), [_read_int(one) for one in side.bucket_counts or ()]


def _read_enum(value: _Integer) -> int:
    return _ENUMS[value] if isinstance(value, str) and value in _ENUMS else _read_int(value)


def _is_absent(flags: _Integer) -> bool:
    return flags is not None and bool(_read_int(flags) & NO_RECORDED_VALUE)


def _read_int(value: _Integer) -> int:
    if value is None:
        return 0
    if isinstance(value, str):
        digits = value.removeprefix("-")
        # 2**64 has 20 digits.
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
            raise DamagedMessageError(f"{value[:40]!r} is not a whole number")
        value = int(value)
    if not -_INT64_BOUND <= value < 2 * _INT64_BOUND:
        raise DamagedMessageError(f"{value} has more than 64 bits")
    return value


def _read_time(value: _Integer) -> int:
    number = _read_int(value)
    # As the bits of protobuf's form are taken: far outside any window.
    return number if number < _INT64_BOUND else number - 2 * _INT64_BOUND


def _read_double(value: _Double) -> float:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise DamagedMessageError(f"{value[:40]!r} is not a number") from None
    return float("nan") if value is None else float(value)


# ---- what is read of series that are not known


def read_texts(resource: bytes, scope: bytes, head: bytes) -> FamilyTexts:
    """Of a family. Raises DamagedMessageError."""
    name, unit, description = _decode(_head_decoder, head)
    return FamilyTexts(
        name,
        unit,
        description,
        scope_name=_read_attributed(scope).name or "",
        resource=_write_pairs(_read_attributed(resource).attributes),
    )


def read_attributes(text: bytes) -> Attributes:
    """Of the list as it stands in the message. Raises DamagedMessageError."""
    return _write_pairs(_decode(_attributes_decoder, text) if text else None)


def _read_attributed(text: bytes) -> _Attributed:
    found: _Attributed | None = _decode(_attributed_decoder, text) if text else None
    return found or _Attributed()


def _write_pairs(pairs: Sequence[_KeyValue] | None) -> Attributes:
    return [(pair.key or "", write_value(_read_value(pair.value, 0))) for pair in pairs or ()]


def _read_value(value: Any, depth: int) -> Any:
    """A text, bool, int, float, list, dict or None."""
    if depth > _MAX_DEPTH:
        raise DamagedMessageError(f"an attribute is nested more than {_MAX_DEPTH} levels deep")
    if not isinstance(value, dict):
        return None
    for name, content in value.items():
        match name, content:
            case (("stringValue" | "bytesValue"), str()):
                return content
            case "boolValue", bool():
                return content
            case "intValue", int() | str():
                return _read_int(content)
            case "doubleValue", int() | float() | str():
                return _read_double(content)
            case "arrayValue", {"values": list(values)}:
                return [_read_value(one, depth + 1) for one in values]
            case "arrayValue", dict():
                return []
            case "kvlistValue", dict():
                return _read_map(content, depth + 1)
    return None


def _read_map(content: dict[str, Any], depth: int) -> dict[str, Any]:
    pairs = content.get("values")
    if not isinstance(pairs, list):
        return {}
    return {
        str(pair.get("key", "")): _read_value(pair.get("value"), depth)
        for pair in pairs
        if isinstance(pair, dict)
    }


JSON_FORM = Form(b"json", read_texts, read_attributes)
