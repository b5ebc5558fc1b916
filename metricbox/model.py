"""The nouns of the data: metric names, labels, series keys and batches of samples. Pure, no I/O.

A sample is one (timestamp, value) of one series; a series is a metric name plus a label set. Time is integer
milliseconds UTC, called `ts_ms`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

# API.md 3, MetricPoint.
METRIC_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:.\-/]*", re.ASCII)
LABEL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*", re.ASCII)
MAX_METRIC_NAME_CHARS = 255
MAX_LABEL_NAME_CHARS = 255
MAX_LABELS = 64
MAX_LABEL_VALUE_BYTES = 1024
# Label names that the query layer gives a meaning of its own; a sender must not set them (trap B033).
RESERVED_LABEL_NAMES = frozenset({"__name__"})

# Prometheus's end-of-series mark: a NaN of this exact bit pattern (PROTOCOLS.md 3).
STALE_MARKER_BITS = 0x7FF0000000000002
STALE_MARKER = float(np.array([STALE_MARKER_BITS], np.uint64).view(np.float64)[0])

Int64Array = npt.NDArray[np.int64]
Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

Labels = tuple[tuple[str, str], ...]
"""Label pairs sorted by name, without empty values."""


class SeriesKey(NamedTuple):
    """What makes a series: equal keys are the same series."""

    name: str
    labels: Labels


class Series(NamedTuple):
    """A series as the store knows it."""

    series_id: int
    name: str
    labels: Mapping[str, str]


class SampleBatch(NamedTuple):
    """Samples in flight, as three columns of equal length. Row order is arrival order: the last of equals wins."""

    series_ids: Int64Array
    ts_ms: Int64Array
    values: Float64Array

    @property
    def size(self) -> int:
        return len(self.series_ids)

    def where(self, mask: BoolArray) -> "SampleBatch":
        """The rows for which `mask` holds."""
        return SampleBatch(self.series_ids[mask], self.ts_ms[mask], self.values[mask])


class SampleColumns(NamedTuple):
    """Samples read: equal-length columns sorted by series id and time, at most one sample per (series, time)."""

    series_ids: Int64Array
    ts_ms: Int64Array
    values: Float64Array

    def where(self, mask: BoolArray) -> "SampleColumns":
        """The rows for which `mask` holds."""
        if mask.all():
            return self
        return SampleColumns(self.series_ids[mask], self.ts_ms[mask], self.values[mask])

    def take(self, positions: Int64Array) -> "SampleColumns":
        """The rows at these positions, in this order."""
        return SampleColumns(self.series_ids[positions], self.ts_ms[positions], self.values[positions])


def make_labels(pairs: Iterable[tuple[str, str]]) -> Labels:
    """Canonical labels: sorted by name, empty values dropped. Names must be unique (checked by the decoder)."""
    return tuple(sorted((name, value) for name, value in pairs if value))


def find_name_fault(name: str) -> str | None:
    """Why `name` cannot be a metric name, as the end of a sentence; None when it can."""
    if not name:
        return "a metric name must not be empty"
    if len(name) > MAX_METRIC_NAME_CHARS:
        return f"a metric name has at most {MAX_METRIC_NAME_CHARS} characters, this one has {len(name)}"
    if not METRIC_NAME.fullmatch(name):
        return (
            f"{_shown(name)} is not a metric name: it begins with a letter, _ or :, "
            "and goes on with letters, digits and _ : . - /"
        )
    return None


def find_labels_fault(labels: Labels) -> str | None:
    """Why these labels cannot be stored, as the end of a sentence; None when they can."""
    if len(labels) > MAX_LABELS:
        return f"a series has at most {MAX_LABELS} tags, this one has {len(labels)}"
    for name, value in labels:
        if len(name) > MAX_LABEL_NAME_CHARS or not LABEL_NAME.fullmatch(name):
            return (
                f"{_shown(name)} is not a tag name: it begins with a letter or _, "
                f"goes on with letters, digits and _ . -, and has at most {MAX_LABEL_NAME_CHARS} characters"
            )
        if name in RESERVED_LABEL_NAMES:
            return f"the tag name {name} is reserved; send it under another name"
        # len(str) <= len(utf-8), so most values are decided without encoding.
        if len(value) > MAX_LABEL_VALUE_BYTES // 4:
            size_bytes = len(value.encode("utf-8", "surrogatepass"))
            if size_bytes > MAX_LABEL_VALUE_BYTES:
                return f"the value of tag {name} has {size_bytes} bytes, at most {MAX_LABEL_VALUE_BYTES} are allowed"
        if not value.isprintable() and any("\ud800" <= char <= "\udfff" for char in value):
            return f"the value of tag {name} is not valid Unicode"
    return None


def labels_to_json(labels: Labels) -> str:
    """Canonical JSON text of labels, the form in which the store keeps them."""
    return msgspec.json.encode(dict(labels)).decode()


def labels_from_json(text: str) -> dict[str, str]:
    return _LABELS_DECODER.decode(text)


def is_stale_marker(values: Float64Array) -> BoolArray:
    """Mask of the stale markers among `values`. Other NaN are not markers."""
    mask: BoolArray = values.view(np.uint64) == STALE_MARKER_BITS
    return mask


def _shown(name: str) -> str:
    """A sender's text, shortened and quoted for a message."""
    return repr(name if len(name) <= 60 else name[:57] + "...")


_LABELS_DECODER = msgspec.json.Decoder(dict[str, str])
