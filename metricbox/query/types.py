"""What a native query asks and gets, in plain types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from metricbox.errors import LimitExceededError
from metricbox.model import Float64Array, Int64Array
from metricbox.query.aggregate import Aggregation
from metricbox.store.contract import Matcher

MIN_STEP_MS = 1_000
POINTS_WANTED = 300
# Values in one answer. 5 M are 40 MB of columns and some 60 MB of JSON.
MAX_CELLS = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A range query over [start_ms, end_ms). `step_ms` None means one chosen for about 300 points.

    `aggregation`, `matchers` and `group_by` go with a metric name or a plain selector; with any other expression they
    are refused.
    """

    text: str
    """A metric name or PromQL."""
    start_ms: int
    end_ms: int
    aggregation: Aggregation | None = None
    """None: avg."""
    step_ms: int | None = None
    matchers: Sequence[Matcher] = ()
    group_by: Sequence[str] | None = None
    timezone: ZoneInfo | None = None
    max_series: int | None = None


class AnsweredSeries(NamedTuple):
    name: str
    labels: Mapping[str, str]
    values: Float64Array
    """One per step, NaN where there is none."""
    counts: Int64Array
    """Samples behind each value."""


class QueryAnswer(NamedTuple):
    times_ms: Int64Array
    """Starts of the steps."""
    series: Sequence[AnsweredSeries]
    table: str
    resolution: str
    step_ms: int
    samples_read: int
    series_total: int
    is_truncated: bool
    warnings: Sequence[str]
    is_cached: bool = False
    """Whether nothing of it had to be read."""


def truncation_warnings(series_total: int, shown: int) -> list[str]:
    if series_total <= shown:
        return []
    return [
        f"{shown} of {series_total} series are shown; narrow them by tags or group them, or raise maxSeries"
    ]


def check_cells(series: int, steps: int, most: int | None = None) -> None:
    """Raises LimitExceededError for an answer of more values."""
    most = MAX_CELLS if most is None else most
    if series * steps > most:
        msg = (
            f"the answer would hold {series * steps} values and at most {most} are allowed; "
            "use a longer step, a shorter range or fewer series"
        )
        raise LimitExceededError(msg)
