"""Quantiles of classic histograms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.errors import EvaluationError
from metricbox.query.promql.histograms import histogram_quantile, parse_bound
from metricbox.query.promql.values import Matrix


def histogram(counts_of, **labels):
    """Rows of one histogram: {le: counts at each step, None where missing}."""
    names = {"__name__": "h", **labels}
    rows = [tuple(sorted({**names, "le": le}.items())) for le in counts_of]
    cells = list(counts_of.values())
    present = np.array([[cell is not None for cell in row] for row in cells])
    return Matrix(rows, np.array([[cell or 0.0 for cell in row] for row in cells], float), present)


def stack(*matrices):
    return Matrix(
        [labels for one in matrices for labels in one.labels],
        np.concatenate([one.values for one in matrices]),
        np.concatenate([one.present for one in matrices]),
    )


def quantile(q, **counts):
    """At one step, of buckets given as pairs."""
    result = histogram_quantile(np.array([q]), histogram({le: [count] for le, count in counts["buckets"]}))
    assert result.labels == [()]
    assert result.present.all()
    return result.values[0, 0]


POSITIVE = [("0.1", 5), (".2", 7), ("1e0", 11), ("+Inf", 12)]
NEGATIVE = [("-.2", 1), ("-0.1", 2), ("0.3", 2), ("+Inf", 3)]


@pytest.mark.parametrize(
    ("q", "positive", "negative"),
    [
        (-0.1, -math.inf, -math.inf),
        (1.01, math.inf, math.inf),
        (math.nan, math.nan, math.nan),
        (0, 0, -0.2),
        (0.2, 0.048, -0.2),
        (0.5, 0.15, -0.15),
        (0.8, 0.72, 0.3),
        (1, 1, 0.3),
    ],
)
def test_the_rank_is_interpolated_within_its_bucket(q, positive, negative):
    assert quantile(q, buckets=POSITIVE) == pytest.approx(positive, nan_ok=True)
    assert quantile(q, buckets=NEGATIVE) == pytest.approx(negative, nan_ok=True)


@pytest.mark.parametrize(
    "buckets",
    [
        [("+Inf", 5)],  # one bucket
        [("1", 5), ("2", 6)],  # no +Inf
        [("1", 0), ("+Inf", 0)],  # no observations
        [("+Inf", 5), ("inf", 5)],  # one bucket, spelt twice
    ],
)
def test_a_histogram_that_says_nothing_has_nan(buckets):
    assert math.isnan(quantile(0.5, buckets=buckets))
    # The quantile is judged first.
    assert quantile(2, buckets=buckets) == math.inf


@pytest.mark.parametrize(("q", "value"), [(0.01, 0.0045), (0.5, 8.5), (0.99, 979.75)])
def test_counts_that_fall_are_raised(q, value):
    buckets = [("0.1", 20), ("1", 10), ("10", 50), ("100", 40), ("1000", 90), ("+Inf", 80)]
    assert quantile(q, buckets=buckets) == pytest.approx(value)


def test_spellings_of_one_bound_are_added_up():
    buckets = [("0.1", 1), ("0.2", 1), ("2e-1", 1), ("2.0e-1", 1), ("+Inf", 4)]
    assert quantile(0.5, buckets=buckets) == pytest.approx(0.15)
    assert quantile(0.75, buckets=buckets) == pytest.approx(0.2)


def test_series_without_a_sound_bound_are_left_out():
    matrix = stack(
        histogram({"1": [1.0], "+Inf": [2.0], "one": [9.0]}, job="a"),
        Matrix([(("__name__", "h_count"), ("job", "b"))], np.ones((1, 1)), np.ones((1, 1), bool)),
        histogram({"x": [1.0], "": [1.0]}, job="c"),
    )
    result = histogram_quantile(np.array([0.5]), matrix)

    assert result.labels == [(("job", "a"),)]
    assert result.values.tolist() == [[1.0]]
    assert histogram_quantile(np.array([0.5]), matrix.take([2, 3])).values.shape == (0, 1)


def test_a_bucket_counts_at_the_steps_at_which_it_is_there():
    matrix = histogram(
        {
            "1": [2.0, None, 2.0, None, None],
            "2": [4.0, 4.0, 4.0, None, None],
            "+Inf": [4.0, 4.0, None, 4.0, None],
        }
    )
    result = histogram_quantile(np.full(5, 0.75), matrix)

    assert result.present.tolist() == [[True, True, True, True, False]]
    np.testing.assert_allclose(result.values[0, :4], [1.5, 1.5, np.nan, np.nan])


def test_the_quantile_may_differ_at_each_step():
    matrix = histogram({"1": [4.0] * 4, "+Inf": [4.0] * 4})
    result = histogram_quantile(np.array([0.25, 0.5, -1, np.nan]), matrix)

    np.testing.assert_array_equal(result.values, [[0.25, 0.5, -np.inf, np.nan]])


def test_histograms_that_differ_in_name_alone_must_not_meet():
    one = histogram({"1": [1.0, None], "+Inf": [1.0, None]})
    other = histogram({"1": [1.0, None], "+Inf": [1.0, None]}, __name__="i")
    with pytest.raises(EvaluationError, match="same labelset"):
        histogram_quantile(np.array([0.5, 0.5]), stack(one, other))

    later = histogram({"1": [None, 3.0], "+Inf": [None, 3.0]}, __name__="i")
    result = histogram_quantile(np.array([0.5, 0.5]), stack(one, later))
    assert result.labels == [()]
    assert result.values.tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("1", 1.0),
        ("-.5e1", -5.0),
        ("+Inf", math.inf),
        ("-inf", -math.inf),
        ("Infinity", math.inf),
        ("1_0", 10.0),
        ("0x1p4", 16.0),
        ("0X_1.8p-1", 0.75),
        ("1e-999", 0.0),
        ("", None),
        (" 1", None),
        ("1\n", None),
        ("one", None),
        ("nan", None),
        ("1e999", None),
        ("0x1p99999", None),
        ("0x1", None),
        ("0x.p1", None),
        ("\u0661", None),
        ("1__0", None),
    ],
)
def test_bounds_are_read_as_go_reads_them(text, bound):
    assert parse_bound(text) == bound


def naive_quantile(q: float, buckets: list[tuple[float, float]]) -> float:
    """The definition, one histogram at one step; buckets in ascending order of their bounds."""
    if math.isnan(q):
        return math.nan
    if q < 0 or q > 1:
        return math.copysign(math.inf, q)
    merged: dict[float, float] = {}
    for bound, count in buckets:
        merged[bound] = merged[bound] + count if bound in merged else count
    bounds, counts = list(merged), list(merged.values())
    for place in range(1, len(counts)):
        counts[place] = max(counts[place], counts[place - 1])
    if bounds[-1] != math.inf or len(bounds) < 2 or counts[-1] == 0:
        return math.nan
    rank = q * counts[-1]
    place = next(place for place, count in enumerate(counts) if count >= rank)
    if place == len(bounds) - 1:
        return bounds[-2]
    if place == 0 and bounds[0] <= 0:
        return bounds[0]
    start, below = (bounds[place - 1], counts[place - 1]) if place else (0.0, 0.0)
    if counts[place] == below:
        return math.nan
    return start + (bounds[place] - start) * ((rank - below) / (counts[place] - below))


COUNT = st.none() | st.integers(0, 20).map(float)
LES = ["-1", "0", "0.5", "1", "1.0", "2", "+Inf", "x"]


@given(
    groups=st.lists(
        st.dictionaries(st.sampled_from(LES), st.lists(COUNT, min_size=3, max_size=3), min_size=1),
        min_size=1,
        max_size=4,
    ),
    quantiles=st.lists(
        st.sampled_from([-1.0, 0.0, 0.1, 0.5, 0.9, 1.0, 2.0, math.nan]), min_size=3, max_size=3
    ),
)
def test_all_groups_and_steps_are_as_one_by_one(groups, quantiles):
    matrix = stack(*[histogram(group, id=str(number)) for number, group in enumerate(groups)])
    result = histogram_quantile(np.array(quantiles), matrix)

    row_of = {labels: row for row, labels in enumerate(result.labels)}
    for number, group in enumerate(groups):
        row = row_of.get((("id", str(number)),))
        assert (row is None) == (set(group) == {"x"})
        for step, q in enumerate(quantiles):
            buckets = sorted(
                (float(le), counts[step])
                for le, counts in group.items()
                if le != "x" and counts[step] is not None
            )
            assert (row is not None and result.present[row, step]) == bool(buckets)
            if buckets:
                assert result.values[row, step] == pytest.approx(naive_quantile(q, buckets), nan_ok=True)
