"""The steps of a range query: aligned, half-open, the same ones however often one asks. Pure.

    start                          end
      |                             |
|-----+---|---------|---------|-----+---|      edges, multiples of the step (or local midnights)
times[0]   times[1]  ...       times[-1]       a step is in the answer when it holds start, or begins before end
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from metricbox.durations import UNIT_MS, format_duration
from metricbox.errors import LimitExceededError, ValidationError
from metricbox.model import Int64Array
from metricbox.query.times import choose_step_ms, to_datetime, to_ms

# As many points as Prometheus allows: more than any screen shows.
MAX_STEPS = 11_000


class Grid(NamedTuple):
    edges_ms: Int64Array
    """Edges of the steps, one more than there are steps."""
    step_ms: int

    @property
    def times_ms(self) -> Int64Array:
        return self.edges_ms[:-1]

    @property
    def size(self) -> int:
        return len(self.edges_ms) - 1

    @property
    def start_ms(self) -> int:
        return int(self.edges_ms[0])

    @property
    def end_ms(self) -> int:
        return int(self.edges_ms[-1])


def make_grid(start_ms: int, end_ms: int, step_ms: int, timezone: ZoneInfo | None) -> Grid:
    """The grid of [start_ms, end_ms). With a time zone, steps of whole days are local days of 23, 24 or 25 hours.

    Raises LimitExceededError naming the smallest step that is allowed, ValidationError where the calendar ends.
    """
    count = -(-end_ms // step_ms) - start_ms // step_ms
    if count > MAX_STEPS:
        smallest = format_duration(choose_step_ms(end_ms - start_ms, MAX_STEPS - 2))
        msg = (
            f"a step of {format_duration(step_ms)} gives {count} points in this range and at most {MAX_STEPS} are "
            f"allowed; use a step of {smallest} or longer"
        )
        raise LimitExceededError(msg)
    if timezone is not None and step_ms % UNIT_MS["d"] == 0:
        try:
            return Grid(_local_day_edges(start_ms, end_ms, step_ms // UNIT_MS["d"], timezone), step_ms)
        except OverflowError:
            message = "local days reach from year 1 to year 9999; leave out the time zone or use other times"
            raise ValidationError.for_field("start", message) from None
    first = start_ms - start_ms % step_ms
    return Grid(first + step_ms * np.arange(count + 1, dtype=np.int64), step_ms)


def _local_day_edges(start_ms: int, end_ms: int, days: int, timezone: ZoneInfo) -> Int64Array:
    epoch = date(1970, 1, 1)
    first = to_datetime(start_ms, timezone).date()
    day = first - timedelta(days=(first - epoch).days % days)
    edges = []
    while True:
        edge_ms = to_ms(datetime(day.year, day.month, day.day, tzinfo=timezone))
        edges.append(edge_ms)
        if edge_ms >= end_ms:
            return np.array(edges, np.int64)
        day += timedelta(days=days)
