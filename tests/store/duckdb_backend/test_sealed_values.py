"""Every value comes back bit for bit from its scaled form, and the scaled form is what compresses."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from metricbox.model import STALE_MARKER, Float64Array
from metricbox.store.duckdb_backend import sealed_values
from metricbox.store.duckdb_backend.sealed_values import (
    RollupColumns,
    ScaledColumn,
    encode_rollups,
    encode_samples,
    find_series_starts,
    is_sorted_and_unique,
    scale_values,
    unscale_values,
)

DECIMALS = st.builds(
    lambda number, places: number / 10**places, st.integers(-(10**12), 10**12), st.integers(0, 9)
)
VALUES = st.one_of(
    DECIMALS,
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**63), 2**63).map(float),
    st.sampled_from(
        [0.0, -0.0, 5e-324, 1e308, -1e308, 2.0**53, 2.0**53 - 1, 1 - 2.0**53, STALE_MARKER, 0.1 + 0.2]
    ),
)
SERIES = st.lists(st.lists(VALUES, min_size=1, max_size=12), min_size=1, max_size=12)
HUGE = 2.0**53 - 1


def bits(values: Sequence[float] | Float64Array) -> list[int]:
    return list(np.asarray(values, np.float64).view(np.uint64))


def scaled(*series: Sequence[float] | Float64Array) -> ScaledColumn:
    """The scaled column of some series, each a list of values."""
    values = np.concatenate([np.array(values, np.float64) for values in series])
    starts = find_series_starts(np.repeat(np.arange(len(series)), [len(values) for values in series]))
    column = scale_values(values, starts)
    assert bits(unscale_values(column)) == bits(values)
    return column


@given(SERIES)
@example([[-0.0]])
@example([[STALE_MARKER], [1.5, STALE_MARKER], [STALE_MARKER]])
def test_any_values_of_any_series_come_back_bit_for_bit(series: list[list[float]]) -> None:
    scaled(*series)


def test_values_come_back_when_the_work_is_cut_into_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_values, "_BLOCK_ROWS", 5)
    scaled([0.1, 0.2], [3.0] * 12, [1 / 3] * 7, [STALE_MARKER], [-0.0, 1.25], [1e300])


def test_the_divisor_is_the_smallest_power_of_ten_that_fits_the_whole_series() -> None:
    column = scaled([1.0, 2.0, 3.0], [1.0, 2.5, 0.125], [1e-9, 1.0], [1e12, 3e9])
    assert column.divisor.tolist() == [1, 1, 1, 1000, 1000, 1000, 10**9, 10**9, 1, 1]
    assert column.plain is None


def test_a_few_values_that_do_not_scale_are_kept_row_by_row() -> None:
    column = scaled([0.5, 1 / 3, 0.7, -0.0, 0.9])
    assert column.divisor.tolist() == [10, 0, 10, 0, 10]
    assert column.plain is not None
    assert bits(column.plain[[1, 3]]) == bits([1 / 3, -0.0])


def test_a_row_that_is_not_scaled_repeats_the_integers_before_it() -> None:
    column = scaled([0.5, STALE_MARKER], [0.7, 0.8])
    assert column.scaled.tolist() == [5, 5, 5, 6]
    assert column.base.tolist() == [0, 0, 2, 2]


def test_a_series_most_of_which_does_not_scale_is_kept_plain_as_a_whole() -> None:
    column = scaled([1 / 3, 1 / 7, 1 / 9, 0.5], [2.0, 3.0])
    assert column.divisor.tolist() == [0, 0, 0, 0, 1, 1]


def test_stale_markers_do_not_make_a_series_plain() -> None:
    column = scaled([STALE_MARKER, STALE_MARKER, 0.5])
    assert column.divisor.tolist() == [0, 0, 10]


def test_a_series_goes_on_where_the_one_before_it_ended() -> None:
    column = scaled([5.0, 6.0], [900.0, 899.0], [-3.0, -1.0])
    assert column.scaled.tolist() == [5, 6, 6, 5, 5, 7]
    assert column.base.tolist() == [0, 0, 894, 894, -8, -8]


def test_a_counter_restart_goes_into_the_base() -> None:
    values = np.cumsum(np.full(200, 1000.0))
    values[100:] -= values[100]
    column = scaled(values)
    assert np.abs(np.diff(column.scaled)).max() == 1000
    assert np.count_nonzero(np.diff(column.base)) == 1


def test_a_chain_that_would_overflow_is_broken() -> None:
    column = scaled(*[[-HUGE, HUGE]] * 1000)
    assert np.abs(column.scaled).max() <= 2**59
    assert np.abs(column.base).max() < 2**60
    assert np.count_nonzero(np.diff(column.base) > 2**58) > 0, "the test did not get that far"


def test_integers_that_are_no_exact_doubles_stay_plain() -> None:
    column = scaled([HUGE, -HUGE], [2.0**53, 2.0**60])
    assert column.divisor.tolist() == [1, 1, 0, 0]


def test_order_is_by_metric_then_series_then_time() -> None:
    def is_sorted(*rows: tuple[int, int, int]) -> bool:
        return is_sorted_and_unique(*np.array(rows, np.int64).T)

    assert is_sorted((1, 5, 30), (1, 6, 10), (2, 2, 10), (2, 2, 11))
    assert not is_sorted((1, 5, 10), (1, 5, 10))
    assert not is_sorted((1, 5, 10), (1, 5, 9))
    assert not is_sorted((1, 5, 10), (1, 4, 11))
    assert not is_sorted((2, 5, 10), (1, 6, 11))


@pytest.mark.parametrize("times", [[2, 1], [1, 1], []])
def test_rows_out_of_order_twice_or_none_are_refused(times: list[int]) -> None:
    ids, values = np.ones(len(times), np.int64), np.ones(len(times))
    with pytest.raises(ValueError, match=r"sorted|at least one"):
        encode_samples(ids, ids, np.array(times, np.int64), values)
    with pytest.raises(ValueError, match=r"sorted|at least one"):
        encode_rollups(RollupColumns(ids, ids, np.array(times, np.int64), ids, [values] * 6))
