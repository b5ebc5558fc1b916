"""What the two forms of an OTLP metrics message, protobuf and JSON, are both read into: families and their points.

A family is a metric of one scope of one resource. Its texts and the attributes of points stay as the sender wrote
them, since they are looked at only for series that are not known: `Form` says how. Pure values.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import NamedTuple

from metricbox.model import BoolArray, Float64Array, Int64Array

# Of one message. What is small on the wire is not so in memory.
MAX_POINTS = 1_000_000

DELTA = 1
CUMULATIVE = 2
NO_RECORDED_VALUE = 1
"""Bit of a point's flags: the series has ended."""

AttributeValue = str
Attributes = Sequence[tuple[str, AttributeValue]]
"""In the order of the message, values as texts."""


class Kind(IntEnum):
    """By the field of a Metric that holds its points."""

    GAUGE = 5
    SUM = 7
    HISTOGRAM = 9
    EXPONENTIAL = 10
    SUMMARY = 11


class FamilyTexts(NamedTuple):
    """A family, decoded."""

    name: str
    unit: str
    description: str
    scope_name: str
    resource: Attributes


class Form(NamedTuple):
    """How the raw parts of a message are read. Both raise DamagedMessageError or UnicodeDecodeError for damage."""

    name: bytes
    read_texts: Callable[[bytes, bytes, bytes], FamilyTexts]
    """Of a family's resource, scope and head."""
    read_attributes: Callable[[bytes], Attributes]


class Family(NamedTuple):
    form: Form
    kind: Kind
    resource: bytes
    scope: bytes
    head: bytes
    temporality: int
    is_monotonic: bool

    @property
    def text(self) -> bytes:
        """What tells it from every other family, in this message and in others."""
        return b"%s %d %d %d %d %d\n%s%s%s" % (
            self.form.name,
            self.kind,
            self.temporality,
            self.is_monotonic,
            len(self.resource),
            len(self.scope),
            self.resource,
            self.scope,
            self.head,
        )

    @property
    def is_delta(self) -> bool:
        return self.temporality == DELTA


class NumberColumns(NamedTuple):
    """Points of gauges and sums, as columns of one length."""

    families: Int64Array
    """Places in the list of families."""
    positions: Int64Array
    """Of the points in the message, from 0."""
    attributes: Sequence[bytes]
    start_ns: Int64Array
    """0 where it is not known."""
    time_ns: Int64Array
    values: Float64Array
    is_absent: BoolArray
    """Where the point says that its series has ended."""


class BucketPoint(NamedTuple):
    """A point of a histogram or of a summary."""

    family: int
    position: int
    attributes: bytes
    start_ns: int
    time_ns: int
    is_absent: bool
    observations: float
    """How many, its count in OTLP's words."""
    total: float | None
    """Sum of what was observed; None when the sender does not know it."""
    bounds: bytes
    """Upper bounds of all buckets but the last, or quantiles: doubles, little-endian."""
    values: Sequence[float]
    """Counts of the buckets, each by itself, or values of the quantiles."""


class ExponentialBuckets(NamedTuple):
    """Buckets whose bounds are powers of 2 ** 2 ** -scale: the one at index i ends at the power i + 1."""

    scale: int
    zero_threshold: float
    zero_count: int
    positive_offset: int
    positive: Sequence[int]
    negative_offset: int
    negative: Sequence[int]


class ExponentialPoint(NamedTuple):
    """A point of an exponential histogram."""

    family: int
    position: int
    attributes: bytes
    start_ns: int
    time_ns: int
    is_absent: bool
    observations: float
    """How many, its count in OTLP's words."""
    total: float | None
    buckets: ExponentialBuckets


class Message(NamedTuple):
    """A whole body."""

    families: Sequence[Family]
    numbers: NumberColumns
    buckets: Sequence[BucketPoint]
    exponentials: Sequence[ExponentialPoint]
    empty_points: int
    """Points of gauges and sums without a value, which JavaScript makes of NaN."""
