"""The native JSON of `POST /api/v1/metrics` to one SampleBatch: points `{name, value, tags?, timestamp?}`.

Taken as `{"metrics": [...]}`, a bare list, a single point, or one point a line; `metric` and `labels` pass for `name`
and `tags`. A body of nothing but well-formed points is read as columns; any other one point by point, so that each
fault is told with its index. Series are looked up by (raw tags, name). Runs in the decode threads; blocks when
series are new.
"""

import re
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from metricbox.errors import ValidationError
from metricbox.ingest.outcome import Decoded, Reason, Refusals, join_batches, select_rows
from metricbox.ingest.series_cache import CACHE_BYTES, GenerationCache, SeriesRegistrar
from metricbox.ingest.timestamps import Window, parse_stamp_ms, to_ms_by_digits
from metricbox.model import (
    Int64Array,
    SampleBatch,
    SeriesKey,
    find_labels_fault,
    find_name_fault,
    make_labels,
)
from metricbox.store.contract import SERIES_LIMIT_REACHED

Stamp = int | float | str | None

_BAD_SERIES = -2
_DICT_BYTES = 200
_ABSENT = msgspec.Raw(b"")

_get_name = attrgetter("name")
_get_value = attrgetter("value")
_get_tags = attrgetter("tags")
_get_stamp = attrgetter("timestamp")


class _Point(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    name: str
    value: float
    tags: msgspec.Raw = _ABSENT
    timestamp: Stamp = None


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    metrics: list[_Point]


class _AnyPoint(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A point that may have faults, or go by other names."""

    name: str | None = None
    metric: str | None = None
    value: float | msgspec.UnsetType | None = msgspec.UNSET
    tags: msgspec.Raw = _ABSENT
    labels: msgspec.Raw = _ABSENT
    timestamp: Stamp = None


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_POINTS = msgspec.json.Decoder(list[_Point])
_ANY_POINT = msgspec.json.Decoder(_AnyPoint)
_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_RAW_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TAGS = msgspec.json.Decoder(dict[str, str] | None)
_ANY_TAGS = msgspec.json.Decoder(dict[str, Any])
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

# An unclosed text runs to the end: every match moves on, so the search stays linear.
_STRING_OR_BARE_WORD = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|(NaN|Infinity)', re.DOTALL)
_UNKNOWN_FIELD = re.compile(r"unknown field `(.*)`", re.DOTALL)
_FAULT_PATH = re.compile(r" - at `\$\.(\w+)")
_EXPECTED = {
    "name": "must be a text",
    "metric": "must be a text",
    "value": "must be a number",
    "timestamp": "must be a number or an RFC 3339 text",
}


class _Points(NamedTuple):
    """Points with a name, a number and whatever tags and time stamp they have, as columns."""

    indexes: Sequence[int]
    names: Sequence[str]
    values: Sequence[float]
    tags: Sequence[bytes]
    stamps: Sequence[Stamp]


class _PointFaultError(Exception):
    def __init__(self, message: str, field: str = "", reason: Reason = Reason.SYNTAX) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.reason = reason


class JsonDecoder:
    """Holds the cache from (raw tags, name) to series ids. Safe to use from several threads."""

    def __init__(self, registrar: SeriesRegistrar, cache_bytes: int = CACHE_BYTES) -> None:
        self._registrar = registrar
        # Raw tags -> name -> id. A dictionary, once in the cache, is never changed but replaced. Nested rather than
        # keyed by pairs: ten thousand new tuples a body would set off the garbage collector, for a third of the time.
        self.cache: GenerationCache[bytes, dict[str, int]] = GenerationCache(cache_bytes)

    def decode(self, body: bytes, window: Window, monotonic_s: float) -> Decoded:
        """Columns of every point that can be stored, and what was refused.

        Raises ValidationError when the body is not JSON, has no points, or is not a list of points at all.
        """
        refusals = Refusals()
        points = _read_plain(body) or _read_each(body, refusals)
        if not points.indexes:
            return Decoded(join_batches([]), refusals)
        ts_ms, is_bad_stamp = _read_stamps(points, window.now_ms, refusals)
        ids = self._find_ids(points.tags, points.names)
        values = np.fromiter(points.values, np.float64, len(points.values))
        batch = SampleBatch(ids, ts_ms, values)
        outside = window.mask_outside(ts_ms)
        if outside is None and not is_bad_stamp.any() and int(ids.min()) >= 0:
            return Decoded(batch, refusals)
        keep = (ids >= 0) & ~is_bad_stamp
        if outside is not None:
            keep &= ~outside
            for place in np.flatnonzero(outside & ~is_bad_stamp).tolist():
                at_ms = int(ts_ms[place])
                reason = window.reason_of(at_ms)
                if refusals.is_full:
                    refusals.add_unlisted(reason, 1, units=1)
                else:
                    refusals.add(points.indexes[place], reason, window.explain(at_ms), field="timestamp")
            is_bad_stamp |= outside
        self._refuse_series(
            points, ids, np.flatnonzero((ids < 0) & ~is_bad_stamp).tolist(), refusals, monotonic_s
        )
        return Decoded(select_rows(batch, keep), refusals)

    def _find_ids(self, tags: Sequence[bytes], names: Sequence[str]) -> Int64Array:
        try:
            known = map(dict.__getitem__, map(self.cache.young.__getitem__, tags), names)
            return np.fromiter(known, np.int64, len(tags))
        except KeyError:
            pass
        pairs = list(zip(tags, names, strict=True))
        found: dict[tuple[bytes, str], int] = {}
        missing: list[tuple[bytes, str]] = []
        for pair in dict.fromkeys(pairs):
            series_id = (self.cache.find(pair[0]) or {}).get(pair[1])
            if series_id is None:
                missing.append(pair)
            else:
                found[pair] = series_id
        found.update(self._register(missing))
        self._remember(found)
        return np.fromiter((found[pair] for pair in pairs), np.int64, len(pairs))

    def _remember(self, found: dict[tuple[bytes, str], int]) -> None:
        by_tags: dict[bytes, dict[str, int]] = {}
        for (tags, name), series_id in found.items():
            if series_id >= 0:
                by_tags.setdefault(tags, {})[name] = series_id
        for tags, ids in by_tags.items():
            young = self.cache.young.get(tags)
            if young is None or not ids.items() <= young.items():
                self.cache.put(
                    tags, {**(self.cache.find(tags) or {}), **ids}, len(tags) + _DICT_BYTES, len(ids)
                )

    def _register(self, pairs: Sequence[tuple[bytes, str]]) -> dict[tuple[bytes, str], int]:
        ids: dict[tuple[bytes, str], int] = {}
        series: list[SeriesKey] = []
        good: list[tuple[bytes, str]] = []
        for pair in pairs:
            try:
                series.append(_make_series(*pair))
                good.append(pair)
            except _PointFaultError:
                ids[pair] = _BAD_SERIES
        if series:
            ids.update(zip(good, self._registrar.register(series).tolist(), strict=True))
        return ids

    def _refuse_series(
        self, points: _Points, ids: Int64Array, places: Sequence[int], refusals: Refusals, monotonic_s: float
    ) -> None:
        over_limit: list[tuple[int, SeriesKey]] = []
        for place in places:
            try:
                key = _make_series(points.tags[place], points.names[place])
            except _PointFaultError as fault:
                refusals.add(points.indexes[place], fault.reason, fault.message, field=fault.field)
                continue
            if ids[place] == SERIES_LIMIT_REACHED:
                over_limit.append((points.indexes[place], key))
        if over_limit:
            message = self._registrar.explain_limit((key for _, key in over_limit), monotonic_s)
            for index, _ in over_limit:
                refusals.add(index, Reason.SERIES_LIMIT, message)


# ---- reading


def _read_plain(body: bytes) -> _Points | None:
    """All points at once; None when one is anything but plain."""
    try:
        points = _POINTS.decode(body) if body.lstrip()[:1] == b"[" else _ENVELOPE.decode(body).metrics
    except _UNREADABLE:
        return None
    if not points:
        raise _no_points()
    return _Points(
        range(len(points)),
        list(map(_get_name, points)),
        list(map(_get_value, points)),
        list(map(bytes, map(_get_tags, points))),
        list(map(_get_stamp, points)),
    )


def _read_each(body: bytes, refusals: Refusals) -> _Points:
    points = _Points([], [], [], [], [])
    texts = _split_points(body)
    if not texts:
        raise _no_points()
    for index, text in enumerate(texts):
        try:
            name, value, tags, stamp = _read_point(text)
        except _PointFaultError as fault:
            refusals.add(index, fault.reason, fault.message, field=fault.field)
            continue
        for column, part in zip(points, (index, name, value, tags, stamp), strict=True):
            column.append(part)  # type: ignore[attr-defined]
    return points


def _no_points() -> ValidationError:
    return ValidationError.for_field("metrics", "must hold at least one point")


def _read_point(text: bytes | msgspec.Raw) -> tuple[str, float, bytes, Stamp]:
    try:
        point = _ANY_POINT.decode(text)
    except msgspec.ValidationError as error:
        raise _explain(str(error)) from error
    except _UNREADABLE as error:
        raise _PointFaultError(f"is not JSON: {_shorten(str(error))}") from error
    if point.name is not None and point.metric is not None:
        raise _PointFaultError("means the same as name: send one of them", "metric")
    if bytes(point.tags) and bytes(point.labels):
        raise _PointFaultError("means the same as tags: send one of them", "labels")
    name = point.metric if point.name is None else point.name
    if name is None:
        raise _PointFaultError("is required", "name")
    if point.value is msgspec.UNSET:
        raise _PointFaultError("is required", "value")
    if point.value is None:
        raise _PointFaultError("is null, so there is nothing to store", "value", Reason.NULL_VALUE)
    return name, float(point.value), bytes(point.tags) or bytes(point.labels), point.timestamp


def _explain(message: str) -> _PointFaultError:
    """A decoder's message in our words."""
    unknown = _UNKNOWN_FIELD.search(message)
    if unknown:
        return _PointFaultError(
            "is not a known field; known are name, value, tags and timestamp", _shorten(unknown[1])
        )
    path = _FAULT_PATH.search(message)
    field = path[1] if path else ""
    if "out of range" in message:
        return _PointFaultError("is beyond the range of a 64-bit float", field, Reason.NOT_FINITE)
    if field in _EXPECTED:
        return _PointFaultError(_EXPECTED[field], field)
    return _PointFaultError("a point is an object with name, value, and perhaps tags and timestamp")


def _split_points(body: bytes) -> Sequence[bytes | msgspec.Raw]:
    """The texts of all points, not yet read."""
    first = body.lstrip()[:1]
    if not first:
        raise ValidationError('the body is empty; send {"metrics": [{"name": ..., "value": ...}]}')
    try:
        if first == b"[":
            return _RAW_LIST.decode(body)
        fields = _RAW_OBJECT.decode(body)
    except _UNREADABLE as error:
        lines = [line for line in body.split(b"\n") if line.strip()]
        if first == b"{" and len(lines) > 1 and _is_object(lines[0]):
            return lines
        raise ValidationError(_explain_damage(body, error)) from error
    if "metrics" not in fields:
        return [body]
    for name in fields:
        if name != "metrics":
            raise ValidationError.for_field(
                _shorten(name), "is not a known field; the body holds metrics alone"
            )
    try:
        return _RAW_LIST.decode(fields["metrics"])
    except _UNREADABLE as error:
        raise ValidationError.for_field("metrics", "must be a list of points") from error


def _is_object(line: bytes) -> bool:
    try:
        _RAW_OBJECT.decode(line)
    except _UNREADABLE:
        return False
    return True


def _explain_damage(body: bytes, error: Exception) -> str:
    if b"NaN" in body or b"Infinity" in body:
        for match in _STRING_OR_BARE_WORD.finditer(body):
            if match[1]:
                return f"the body is not JSON: {match[1].decode()} is no JSON number; send null or leave the point out"
    if isinstance(error, RecursionError):
        return "the body is nested too deeply"
    return f"the body is not JSON: {_shorten(str(error).removeprefix('JSON is malformed: '))}"


def _shorten(text: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= 100 else text[:97] + "..."


def _read_stamps(
    points: _Points, now_ms: int, refusals: Refusals
) -> tuple[Int64Array, npt.NDArray[np.bool_]]:
    """Milliseconds of all points, and a mask of those whose stamp was refused (their time is then `now_ms`)."""
    stamps = points.stamps
    is_bad = np.zeros(len(stamps), np.bool_)
    kinds = set(map(type, stamps))
    if kinds == {type(None)}:
        return np.full(len(stamps), now_ms, np.int64), is_bad
    if kinds == {int}:
        try:
            column = np.fromiter(stamps, np.int64, len(stamps))
        except OverflowError:
            column = np.zeros(1, np.int64)
        if int(column.min()) > 0:
            return to_ms_by_digits(column), is_bad
    ts_ms = np.full(len(stamps), now_ms, np.int64)
    for place, stamp in enumerate(stamps):
        if stamp is None:
            continue
        try:
            ts_ms[place] = parse_stamp_ms(stamp)
        except ValueError as error:
            is_bad[place] = True
            refusals.add(points.indexes[place], Reason.SYNTAX, str(error), field="timestamp")
    return ts_ms, is_bad


def _make_series(tags: bytes, name: str) -> SeriesKey:
    fault = find_name_fault(name)
    if fault:
        raise _PointFaultError(fault, "name", Reason.BAD_SERIES)
    try:
        pairs = (_TAGS.decode(tags) or {}) if tags else {}
    except _UNREADABLE as error:
        raise _explain_tags(tags) from error
    labels = make_labels(pairs.items())
    fault = find_labels_fault(labels)
    if fault:
        raise _PointFaultError(fault, "tags", Reason.BAD_SERIES)
    return SeriesKey(name, labels)


def _explain_tags(tags: bytes) -> _PointFaultError:
    try:
        pairs = _ANY_TAGS.decode(tags)
    except _UNREADABLE:
        return _PointFaultError("must be an object of texts", "tags", Reason.BAD_SERIES)
    name = next((name for name, value in pairs.items() if not isinstance(value, str)), "")
    return _PointFaultError("must be a text", f"tags.{_shorten(name)}", Reason.BAD_SERIES)
