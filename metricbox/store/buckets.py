"""Half-open ranges of time and their arithmetic on buckets and chunks. Pure, integer milliseconds UTC.

Every boundary is a multiple of its length since 1970, in UTC, whatever zone the machine is in. Buckets of 1 min, ranges
as [ and ), times before 1970 included:

    -2 min      -1 min         0        1 min      2 min
      |-----------|-----------|-----------|-----------|
           [---------------)                               a range
      [-----------------------)                            expanded to buckets: outward, never inward
           x                                               a time; floor is -2 min (not -1), ceil is -1 min
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np

from metricbox.model import Int64Array

Times = TypeVar("Times", int, Int64Array)
"""One time or an array of times, in ms."""


class Range(NamedTuple):
    """[start_ms, end_ms). Empty unless start_ms < end_ms."""

    start_ms: int
    end_ms: int

    @property
    def is_empty(self) -> bool:
        return self.start_ms >= self.end_ms

    @property
    def length_ms(self) -> int:
        return max(0, self.end_ms - self.start_ms)

    def contains(self, ts_ms: int) -> bool:
        return self.start_ms <= ts_ms < self.end_ms

    def overlaps(self, other: "Range") -> bool:
        return not self.intersect(other).is_empty

    def intersect(self, other: "Range") -> "Range":
        """What both hold; empty when they only touch or lie apart."""
        start_ms = max(self.start_ms, other.start_ms)
        return Range(start_ms, max(start_ms, min(self.end_ms, other.end_ms)))

    def clip(self, start_ms: int | None = None, end_ms: int | None = None) -> "Range":
        """The part in [start_ms, end_ms); None leaves that side open."""
        return self.intersect(
            Range(
                self.start_ms if start_ms is None else start_ms,
                max(self.start_ms, self.end_ms) if end_ms is None else end_ms,
            )
        )


def floor_to(times_ms: Times, resolution_ms: int) -> Times:
    """Start of the bucket that holds each time. Floors before 1970 too: -90 s in minutes is -120 s."""
    _check_length("a resolution", resolution_ms)
    return times_ms - times_ms % resolution_ms


def ceil_to(times_ms: Times, resolution_ms: int) -> Times:
    """The first bucket start at or after each time."""
    _check_length("a resolution", resolution_ms)
    return times_ms + -times_ms % resolution_ms


def expand_to_buckets(wanted: Range, resolution_ms: int) -> Range:
    """The buckets that a range touches, as one range. An empty range touches none and stays empty."""
    start_ms = floor_to(wanted.start_ms, resolution_ms)
    return Range(start_ms, start_ms if wanted.is_empty else ceil_to(wanted.end_ms, resolution_ms))


def merge_ranges(ranges: Iterable[Range]) -> list[Range]:
    """The same times as sorted ranges that neither overlap nor touch, without empty ones."""
    merged: list[Range] = []
    for one in sorted(one for one in ranges if not one.is_empty):
        if merged and one.start_ms <= merged[-1].end_ms:
            merged[-1] = Range(merged[-1].start_ms, max(merged[-1].end_ms, one.end_ms))
        else:
            merged.append(one)
    return merged


def clip_ranges(ranges: Iterable[Range], within: Range) -> list[Range]:
    """The parts of the ranges inside `within`, merged."""
    return merge_ranges(one.intersect(within) for one in ranges)


def subtract_ranges(ranges: Iterable[Range], taken: Iterable[Range]) -> list[Range]:
    """The times of `ranges` that are in none of `taken`, merged."""
    cuts = merge_ranges(taken)
    rest: list[Range] = []
    first = 0
    for one in merge_ranges(ranges):
        # Both lists are sorted: a cut that ends before this range is behind every later one as well.
        while first < len(cuts) and cuts[first].end_ms <= one.start_ms:
            first += 1
        start_ms = one.start_ms
        index = first
        while index < len(cuts) and cuts[index].start_ms < one.end_ms:
            rest.append(Range(start_ms, cuts[index].start_ms))
            start_ms = cuts[index].end_ms
            index += 1
        rest.append(Range(start_ms, one.end_ms))
    return [one for one in rest if not one.is_empty]


def split_range(whole: Range, piece_ms: int) -> list[Range]:
    """The range cut at every multiple of `piece_ms`: pieces in order, none longer than that."""
    _check_length("a piece", piece_ms)
    if whole.is_empty:
        return []
    cuts = range(floor_to(whole.start_ms, piece_ms) + piece_ms, whole.end_ms, piece_ms)
    edges = [whole.start_ms, *cuts, whole.end_ms]
    return [Range(start_ms, end_ms) for start_ms, end_ms in pairwise(edges)]


def limit_ranges(ranges: Sequence[Range], limit: int) -> list[Range]:
    """At most `limit` ranges that hold all times of these, which must be merged: the smallest gaps are closed."""
    if len(ranges) <= limit:
        return list(ranges)
    edges = np.array(ranges, np.int64).reshape(-1, 2)
    return limit_range_arrays(edges[:, 0], edges[:, 1], limit)


def limit_range_arrays(starts_ms: Int64Array, ends_ms: Int64Array, limit: int) -> list[Range]:
    """`limit_ranges` for merged ranges given as two arrays of equal length; no object is made for what is joined."""
    if limit < 1:
        raise ValueError(f"at least one range must be allowed, not {limit}")
    surplus = len(starts_ms) - limit
    if surplus > 0:
        gaps_ms = starts_ms[1:] - ends_ms[:-1]
        is_kept = np.ones(len(gaps_ms), np.bool_)
        is_kept[np.argsort(gaps_ms, kind="stable")[:surplus]] = False
        starts_ms = starts_ms[np.append(True, is_kept)]
        ends_ms = ends_ms[np.append(is_kept, True)]
    return [Range(*edges) for edges in zip(starts_ms.tolist(), ends_ms.tolist(), strict=True)]


def _check_length(what: str, length_ms: int) -> None:
    # Zero would divide by zero, and a negative length turns floor into ceil (trap B055).
    if length_ms <= 0:
        raise ValueError(f"{what} must be longer than 0 ms, not {length_ms}")
