"""The parts of an expression, as plain values. Made by `parse.py`, walked by `evaluate.py`.

Durations and times are integer milliseconds; a positive offset looks into the past.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import copysign

from metricbox.store.contract import Matcher


class AtBound(StrEnum):
    """`@ start()` and `@ end()`: of the whole query."""

    START = "start"
    END = "end"


At = int | AtBound | None
"""Of an `@`: a time in ms, a bound, or none."""


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    value: float

    def __eq__(self, other: object) -> bool:
        """-0 is another number than 0: what is divided by it has the other sign."""
        return isinstance(other, Number) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[float, float]:
        return self.value, copysign(1, self.value)


@dataclass(frozen=True, slots=True)
class String:
    text: str


@dataclass(frozen=True, slots=True)
class VectorSelector:
    alternatives: Sequence[Sequence[Matcher]]
    """A series is selected when it meets all matchers of one of them. The name is the label `__name__`."""
    offset_ms: int = 0
    at: At = None


@dataclass(frozen=True, slots=True)
class MatrixSelector:
    selector: VectorSelector
    range_ms: int


@dataclass(frozen=True, slots=True)
class Subquery:
    expression: "Node"
    range_ms: int
    step_ms: int | None
    """None: the default, the evaluation interval."""
    offset_ms: int = 0
    at: At = None


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: Sequence["Node"]


@dataclass(frozen=True, slots=True)
class Grouping:
    labels: Sequence[str] = ()
    is_without: bool = False
    """`without (labels)`; otherwise `by (labels)`."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    operator: str
    """sum, avg, count, min, max, group, stddev, stdvar, topk, bottomk, quantile, count_values, limitk, limit_ratio"""
    expression: "Node"
    grouping: Grouping = field(default_factory=Grouping)
    parameter: "Node | None" = None


class Cardinality(StrEnum):
    ONE_TO_ONE = "one-to-one"
    MANY_TO_ONE = "many-to-one"
    """group_left: many on the left."""
    ONE_TO_MANY = "one-to-many"
    """group_right"""
    MANY_TO_MANY = "many-to-many"
    """and, or, unless"""


@dataclass(frozen=True, slots=True)
class Matching:
    """How the series of two vectors find each other."""

    labels: Sequence[str] = ()
    is_on: bool = False
    """`on (labels)`; otherwise `ignoring (labels)`."""
    cardinality: Cardinality = Cardinality.ONE_TO_ONE
    included: Sequence[str] = ()
    """Labels of group_left and group_right that are taken over from the one side."""
    fill_left: float | None = None
    fill_right: float | None = None
    """Value of a side that has no partner (3.x: fill, fill_left, fill_right)."""


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    """+ - * / % ^ atan2 == != > < >= <= and or unless"""
    left: "Node"
    right: "Node"
    matching: Matching = field(default_factory=Matching)
    returns_bool: bool = False


@dataclass(frozen=True, slots=True)
class Negation:
    expression: "Node"


Node = Number | String | VectorSelector | MatrixSelector | Subquery | Call | Aggregate | Binary | Negation
