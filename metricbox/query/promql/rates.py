"""How series change over windows: rates, differences, trends. Pure numpy; the arithmetic is that of Prometheus 2.42.

Every function takes the scalar arguments of its call as columns of [T], in their order. Results overflow silently.
"""

from collections.abc import Sequence

import numpy as np

from metricbox.errors import EvaluationError
from metricbox.model import BoolArray, Float64Array, Int64Array
from metricbox.query.promql.folding import count_between, pick, regression_windows, sum_between
from metricbox.query.promql.values import Cells, Windows

# Up to this many mean distances from an edge of the window, the next sample is taken to lie just beyond it.
_EDGE_TOLERANCE = 1.1


def rate(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    return _extrapolated_change(windows, is_counter=True, divisor=windows.range_ms / 1000)


def increase(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    return _extrapolated_change(windows, is_counter=True)


def delta(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    return _extrapolated_change(windows, is_counter=False)


def irate(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    last, previous, present = _last_two(windows)
    with np.errstate(all="ignore"):
        # After a reset the counter has grown from zero.
        increases = np.where(last < previous, last, last - previous)
        ends = windows.right - 1
        seconds = (pick(windows.ts_ms, ends) - pick(windows.ts_ms, ends - 1)) / 1000
        return Cells(increases / seconds, present)


def idelta(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    last, previous, present = _last_two(windows)
    with np.errstate(all="ignore"):
        return Cells(last - previous, present)


def changes(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    before, after = windows.values[:-1], windows.values[1:]
    is_change = (before != after) & ~(np.isnan(before) & np.isnan(after))
    counts = count_between(is_change, windows.left, windows.right)
    return Cells(counts.astype(np.float64), windows.right > windows.left)


def resets(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    counts = count_between(_is_reset(windows.values), windows.left, windows.right)
    return Cells(counts.astype(np.float64), windows.right > windows.left)


def deriv(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    slopes, _means, present = _line(windows)
    return Cells(slopes, present)


def predict_linear(windows: Windows, scalars: Sequence[Float64Array]) -> Cells:
    """Seconds ahead of the time of evaluation, whatever offset the window has."""
    slopes, intercepts, present = _line(windows)
    with np.errstate(all="ignore"):
        return Cells(slopes * scalars[0] + intercepts, present)


def holt_winters(windows: Windows, scalars: Sequence[Float64Array]) -> Cells:
    """Double exponential smoothing. Raises EvaluationError for a factor outside (0, 1) that meets samples."""
    smoothing, trend = scalars
    _check_factors(smoothing, trend, windows.right > windows.left)
    lengths = (windows.right - windows.left).ravel()
    # The longest first: the windows that reach to a position are then a prefix, seen as a view.
    order = np.argsort(-lengths, kind="stable")[: np.count_nonzero(lengths >= 2)]
    steps = order % max(windows.shape[1], 1)
    smoothed = _smooth(windows, order, smoothing[steps], trend[steps])
    values = np.zeros(lengths.shape)
    values[order] = smoothed
    return Cells(values.reshape(windows.shape), (lengths >= 2).reshape(windows.shape))


def _extrapolated_change(windows: Windows, *, is_counter: bool, divisor: float = 1.0) -> Cells:
    """From edge to edge of each window with two or more samples, divided by `divisor`."""
    left, last = windows.left, windows.right - 1
    with np.errstate(all="ignore"):
        first_ms, last_ms = pick(windows.ts_ms, left), pick(windows.ts_ms, last)
        first_values = pick(windows.values, left)
        change = pick(windows.values, last) - first_values
        to_start = (first_ms - windows.start_ms) / 1000
        to_end = (windows.end_ms - last_ms) / 1000
        sampled = (last_ms - first_ms) / 1000
        mean_distance = sampled / (last - left)
        if is_counter:
            lost = sum_between(windows.values, _is_reset(windows.values), left, windows.right)
            if lost is not None:
                change += lost
            # A counter does not come from below zero.
            to_zero = sampled * (first_values / change)
            is_cut = (change > 0) & (first_values >= 0) & (to_zero < to_start)
            to_start = np.where(is_cut, to_zero, to_start)
        tolerated, half = mean_distance * _EDGE_TOLERANCE, mean_distance / 2
        covered = sampled + np.where(to_start < tolerated, to_start, half)
        covered += np.where(to_end < tolerated, to_end, half)
        return Cells(change * (covered / sampled / divisor), last > left)


def _is_reset(values: Float64Array) -> BoolArray:
    """[N - 1]; whether a counter fell from a sample to the next. Any fall is a restart from zero."""
    is_reset: BoolArray = values[1:] < values[:-1]
    return is_reset


def _last_two(windows: Windows) -> tuple[Float64Array, Float64Array, BoolArray]:
    """The last values, those before, and whether there are two."""
    last = pick(windows.values, windows.right - 1)
    previous = pick(windows.values, windows.right - 2)
    return last, previous, windows.right - windows.left >= 2


def _line(windows: Windows) -> tuple[Float64Array, Float64Array, BoolArray]:
    """The slope per second of the straight line of least squares, its height at the time of evaluation, presence."""
    present = windows.right - windows.left >= 2
    base_ms = int(windows.ts_ms.min()) if len(windows.ts_ms) else 0
    with np.errstate(all="ignore"):
        x = (windows.ts_ms - base_ms).astype(np.float64)
        moments = regression_windows(x, windows.values, windows.left, windows.right)
        slopes = moments.xy / moments.xx
        heights = moments.mean_y + slopes * ((windows.times_ms - base_ms) - moments.mean_x)
        return slopes * 1000, heights, present


def _check_factors(smoothing: Float64Array, trend: Float64Array, has_samples: BoolArray) -> None:
    is_wrong = {"smoothing": (smoothing <= 0) | (smoothing >= 1), "trend": (trend <= 0) | (trend >= 1)}
    cells = np.flatnonzero(has_samples & (is_wrong["smoothing"] | is_wrong["trend"]))
    if not len(cells):
        return
    # Series by series as Prometheus goes: the first one that it meets is named.
    step = int(cells[0]) % len(smoothing)
    name, symbol, factors = (
        ("smoothing", "sf", smoothing) if is_wrong["smoothing"][step] else ("trend", "tf", trend)
    )
    shown = f"{factors[step]:+f}".replace("inf", "Inf") if np.isinf(factors[step]) else f"{factors[step]:f}"
    raise EvaluationError.of_query(f"invalid {name} factor. Expected: 0 < {symbol} < 1, got: {shown}")


def _smooth(
    windows: Windows, order: Int64Array, smoothing: Float64Array, trend: Float64Array
) -> Float64Array:
    """The smoothed last values of the windows `order`, which are sorted by length, the longest first."""
    starts = windows.left.ravel()[order]
    lengths = windows.right.ravel()[order] - starts
    smoothed = np.empty(lengths.shape)
    with np.errstate(all="ignore"):
        level = before = pick(windows.values, starts)
        slope = pick(windows.values, starts + 1) - level
        for position in range(1, int(lengths.max(initial=0))):
            reached = int(np.searchsorted(-lengths, -position, side="left"))
            smoothed[reached : len(level)] = level[reached:]
            level, before, slope = level[:reached], before[:reached], slope[:reached]
            smoothing, trend = smoothing[:reached], trend[:reached]
            if position > 1:
                slope = trend * (level - before) + (1 - trend) * slope
            new = smoothing * windows.values[starts[:reached] + position]
            new += (1 - smoothing) * (level + slope)
            before, level = level, new
    smoothed[: len(level)] = level
    return smoothed
