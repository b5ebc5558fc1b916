"""Prometheus's JSON: how values, times and results are written, and how parameters are read. Pure."""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from metricbox.errors import ValidationError
from metricbox.model import Float64Array, Int64Array
from metricbox.query.expressions import ExpressionResult
from metricbox.query.promql.formatting import format_go_float
from metricbox.query.promql.values import Matrix, Scalars, Text, Value, Windows
from metricbox.web.respond import encode_json

# As far as times are taken: 10,000 years to either side, in seconds.
_MOST_SECONDS = 315_569_520_000
# What clients write for the first and the last time of all.
_ENDS_OF_TIME_MS = {
    "-292273086-05-16T16:47:06Z": -_MOST_SECONDS * 1000,
    "292277025-08-18T07:12:54.999999999Z": _MOST_SECONDS * 1000,
}
# Nanoseconds in 63 bits.
_LONGEST_MS = 9_223_372_036_854
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,20})?(?:Z|[-+]\d\d:\d\d)", re.ASCII)
_DURATION = re.compile(
    "".join(rf"(?:(\d{{1,19}}){unit})?" for unit in ("y", "w", "d", "h", "m", "s", "ms")), re.ASCII
)
_UNITS_MS = (365 * 86_400_000, 7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000, 1)


# ---- results


def encode_answer(data: Any, warnings: Sequence[str]) -> bytes:
    """The body of a success. To be called in a thread.

    In pieces, since one encoding holds the interpreter, and with it the event loop, from its start to its end.
    """
    if isinstance(data, dict) and isinstance(data.get("result"), list) and data["resultType"] != "scalar":
        data = {**data, "result": [msgspec.Raw(encode_json(row)) for row in data["result"]]}
    elif isinstance(data, list):
        data = [msgspec.Raw(encode_json(row)) for row in data]
    body: dict[str, Any] = {"status": "success", "data": data}
    if warnings:
        body["warnings"] = list(warnings)
    return encode_json(body)


def show_range(result: ExpressionResult) -> dict[str, Any]:
    """`data` of a range query: a matrix, its series in order of their labels."""
    columns = result.columns
    times = format_times(columns.times_ms)
    order = sorted(range(len(columns.labels)), key=columns.labels.__getitem__)
    series = []
    for row in order:
        present = result.present[row]
        values = format_values(columns.values[row][present])
        own_times = times if present.all() else [times[step] for step in present.nonzero()[0].tolist()]
        if values:
            series.append(
                {"metric": dict(columns.labels[row]), "values": list(zip(own_times, values, strict=True))}
            )
    return {"resultType": "matrix", "result": series}


def show_instant(value: Value | Windows, time_ms: int) -> dict[str, Any]:
    """`data` of an instant query: a vector, a scalar, a string, or the samples of a range vector."""
    time = format_times([time_ms])[0]
    if isinstance(value, Scalars):
        return {"resultType": "scalar", "result": [time, format_value(float(value.values[0]))]}
    if isinstance(value, Text):
        return {"resultType": "string", "result": [time, value.text]}
    if isinstance(value, Windows):
        return {"resultType": "matrix", "result": _samples_of(value)}
    return {"resultType": "vector", "result": _vector_of(value, time)}


def _vector_of(matrix: Matrix, time: float) -> list[dict[str, Any]]:
    values = format_values(matrix.values[:, 0])
    return [
        {"metric": dict(matrix.labels[row]), "value": [time, values[row]]}
        for row in matrix.present[:, 0].nonzero()[0].tolist()
    ]


def _samples_of(windows: Windows) -> list[dict[str, Any]]:
    series = []
    for row, labels in enumerate(windows.labels):
        span = slice(int(windows.left[row, 0]), int(windows.right[row, 0]))
        times, values = format_times(windows.ts_ms[span]), format_values(windows.values[span])
        if values:
            series.append({"metric": dict(labels), "values": list(zip(times, values, strict=True))})
    return sorted(series, key=lambda one: sorted(one["metric"].items()))


def format_times(times_ms: Int64Array | Sequence[int]) -> list[float]:
    """Seconds, whole ones as integers."""
    listed = times_ms if isinstance(times_ms, list) else [int(one) for one in times_ms]
    return [one // 1000 if one % 1000 == 0 else one / 1000 for one in listed]


def format_values(values: Float64Array) -> list[str]:
    return [format_value(value) for value in values.tolist()]


def format_value(value: float) -> str:
    """The fewest digits that name it, with an exponent below 1e-6 and from 1e21 on, as JavaScript has it."""
    text = repr(value)
    if text.endswith(".0"):
        return text[:-2]
    if not math.isfinite(value) or ("e" in text and 1e-6 <= abs(value) < 1e21):
        return format_go_float(value)
    return text


# ---- parameters


def parse_time_ms(name: str, text: str, *, is_optional: bool = False) -> int:
    """Seconds since 1970, with a fraction, or RFC 3339. Prometheus has other words where a time may be left out."""
    if _NUMBER.fullmatch(text):
        seconds = float(text)
        if abs(seconds) <= _MOST_SECONDS:
            return round(seconds * 1000)
    elif text in _ENDS_OF_TIME_MS:
        return _ENDS_OF_TIME_MS[text]
    elif _RFC_3339.fullmatch(text):
        try:
            return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)
        except ValueError:
            # There is no such day or hour.
            pass
    intro = f"Invalid time value for '{name}': " if is_optional else ""
    raise ValidationError.for_field(
        name, f'invalid parameter "{name}": {intro}cannot parse "{text[:100]}" to a valid timestamp'
    )


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_duration_ms(name: str, text: str) -> int:
    """Seconds, with a fraction, or a duration such as 1h30m."""
    if _NUMBER.fullmatch(text):
        seconds = float(text)
        if abs(seconds) * 1000 <= _LONGEST_MS:
            return round(seconds * 1000)
        raise ValidationError.for_field(
            name,
            f'invalid parameter "{name}": cannot parse "{text[:100]}" to a valid duration. It overflows int64',
        )
    match = _DURATION.fullmatch(text)
    if match is not None and text:
        total_ms = sum(
            int(count) * unit_ms for count, unit_ms in zip(match.groups(), _UNITS_MS, strict=True) if count
        )
        if total_ms <= _LONGEST_MS:
            return total_ms
    raise ValidationError.for_field(
        name, f'invalid parameter "{name}": cannot parse "{text[:100]}" to a valid duration'
    )
