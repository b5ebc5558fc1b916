"""OpenTSDB's JSON for /api/put, and netdata's own JSON, which it posts to the same path (PROTOCOLS 9).

    {"metric": "sys.cpu", "timestamp": 1795600800, "value": 18.5, "tags": {"host": "web1"}}
    {"prefix": "netdata", "hostname": "web1", "chart_id": "system.cpu", "chart_context": "system.cpu",
     "chart_family": "cpu", "id": "user", "name": "user", "labels": {}, "value": 1.5, "timestamp": 1795600800}

One object or a list of them. Values may be numbers as text; null is skipped and counted. A point of netdata's becomes
`netdata_system_cpu` with the labels host, chart, family and dimension, and those that it carries. A point without tags
is taken, though OpenTSDB would not. Runs in the decode threads.
"""

import math
from collections.abc import Hashable, Sequence
from typing import Any

import msgspec
import numpy as np

from metricbox.errors import ValidationError
from metricbox.ingest.names import make_plain_labels, to_plain_metric_name
from metricbox.ingest.outcome import Decoded, Reason, Refusals
from metricbox.ingest.series_table import DoorContext, KeyedSamples, SeriesFaultError
from metricbox.ingest.timestamps import parse_stamp_ms
from metricbox.model import SeriesKey

_Tag = str | float | bool


class _Point(msgspec.Struct):
    """Both forms: `metric` is OpenTSDB's, `chart_id` is netdata's."""

    timestamp: float | int | str
    value: float | str | None
    metric: str = ""
    tags: msgspec.Raw = msgspec.Raw()
    prefix: str = ""
    hostname: str = ""
    chart_id: str = ""
    chart_context: str = ""
    chart_family: str = ""
    id: str = ""
    name: str = ""
    labels: msgspec.Raw = msgspec.Raw()


_Key = tuple[Hashable, ...]

_POINTS = msgspec.json.Decoder(list[msgspec.Raw])
_POINT = msgspec.json.Decoder(_Point)
_TAGS = msgspec.json.Decoder(dict[str, _Tag | None])
_ANYTHING = msgspec.json.Decoder()


class OpenTsdbBody:
    """One request: decoded once, then asked what its refused points were."""

    def __init__(self, text: bytes) -> None:
        """Raises ValidationError when the text as a whole is no JSON of points."""
        stripped = text.strip()
        try:
            if not stripped:
                self.points: Sequence[msgspec.Raw] = []
            elif stripped.startswith(b"["):
                self.points = _POINTS.decode(stripped)
            else:
                _ANYTHING.decode(stripped)
                self.points = [msgspec.Raw(stripped)]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ValidationError(
                f"the body is not JSON: {error}; send a data point or a list of them"
            ) from error

    def decode(self, door: DoorContext) -> Decoded:
        """Columns of all points that can be stored; positions count from 0."""
        refusals = Refusals()
        positions: list[int] = []
        keys: list[_Key] = []
        stamps: list[int] = []
        values: list[float] = []
        for position, raw in enumerate(self.points):
            try:
                point = _POINT.decode(raw)
                if point.value is None:
                    refusals.add_unlisted(Reason.NULL_VALUE, 1)
                    continue
                value = _read_value(point.value)
                ts_ms = _read_stamp_ms(point.timestamp)
                key = _key_of(point)
            except (msgspec.DecodeError, ValueError, RecursionError) as error:
                refusals.add(position, Reason.SYNTAX, str(error))
                continue
            positions.append(position)
            keys.append(key)
            stamps.append(ts_ms)
            values.append(value)
        samples = KeyedSamples(positions, keys, np.array(stamps, np.int64), np.array(values, np.float64))
        return door.resolve(samples, _make_series, refusals, key_bytes=_size_of)

    def show(self, position: int) -> Any:
        """The point at this position, as it was sent; None when it is damaged inside."""
        try:
            return _ANYTHING.decode(self.points[position])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None


def _read_value(value: float | str) -> float:
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or "_" in value:
            msg = f"the value {value[:40]!r} is not a finite number"
            raise ValueError(msg)
        return number
    return float(value)


def _read_stamp_ms(stamp: float | str) -> int:
    if isinstance(stamp, str) and stamp.isascii() and stamp.isdigit() and len(stamp) < 20:
        return parse_stamp_ms(int(stamp))
    return parse_stamp_ms(stamp)


def _key_of(point: _Point) -> _Key:
    """What names the series. Texts of tags that differ in order or blanks are different keys of one series."""
    if point.metric:
        return point.metric, bytes(point.tags)
    if not point.chart_id:
        raise ValueError("it has neither metric nor chart_id")
    return (
        point.prefix,
        point.hostname,
        point.chart_id,
        point.chart_context,
        point.chart_family,
        point.name or point.id,
        bytes(point.labels),
    )


def _make_series(key: _Key) -> SeriesKey:
    """Raises SeriesFaultError."""
    if len(key) == 2:
        metric, tags = key
        return SeriesKey(to_plain_metric_name(str(metric)), make_plain_labels(_read_tags(tags, "tags")))
    prefix, host, chart, context, family, dimension, labels = key
    name = to_plain_metric_name("_".join(filter(None, (str(prefix), str(context) or str(chart)))))
    own = {"host": str(host), "chart": str(chart), "family": str(family), "dimension": str(dimension)}
    return SeriesKey(name, make_plain_labels(_read_tags(labels, "labels") | own))


def _read_tags(text: object, field: str) -> dict[str, str]:
    if text in {b"", b"null"}:
        return {}
    try:
        tags = _TAGS.decode(text)  # type: ignore[arg-type] # bytes, as the key was made
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SeriesFaultError(f"{field} is not an object of texts: {error}") from error
    return {name: _show_tag(value) for name, value in tags.items() if value is not None}


def _show_tag(value: _Tag) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.17g}" if not value.is_integer() or abs(value) > 2**53 else str(int(value))
    return value


def _size_of(key: _Key) -> int:
    return sum(len(part) for part in key if isinstance(part, str | bytes)) + 60 * len(key)
