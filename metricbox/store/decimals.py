"""Sums of decimal numbers freed from their rounding errors. Pure numpy, any thread.

0.1 + 0.2 is 0.30000000000000004 in doubles. Where all addends stand for decimal numbers, so does their sum, with no
more places, and the double nearest to that is what is kept: 0.3. It is the better answer, it does not depend on the
order of adding, and it takes half the space in a sealed file (decision 0009).

Only where it is certain: the error that the sum can have must be far below half a unit of the last place. Any other sum
stays as it was added up.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from metricbox.model import Float64Array, Int64Array

PlacesArray = npt.NDArray[np.int8]

# As in sealed files: from seconds to nanoseconds.
MAX_PLACES: Final = 9
NO_DECIMAL: Final = 127
"""In place of a number of places: the value is no decimal of at most MAX_PLACES."""
_POWERS: Final = 10.0 ** np.arange(MAX_PLACES + 1)
_BLOCK_ROWS: Final = 1 << 15


def find_places(values: Float64Array) -> PlacesArray:
    """The least number of decimal places with which each value is the double nearest to such a decimal."""
    places = np.full(len(values), NO_DECIMAL, np.int8)
    # In blocks that stay in the processor's cache.
    for first in range(0, len(values), _BLOCK_ROWS):
        block, found = values[first : first + _BLOCK_ROWS], places[first : first + _BLOCK_ROWS]
        left = np.arange(len(block))
        for exponent, power in enumerate(_POWERS):
            with np.errstate(over="ignore", invalid="ignore"):
                fits = np.rint(block * power) / power == block
            found[left[fits]] = exponent
            if fits.all():
                break
            left, block = left[~fits], block[~fits]
    return places


def round_sums(
    sums: Float64Array, places: PlacesArray, counts: Int64Array, largest: Float64Array
) -> Float64Array:
    """Sums of `counts` addends each, none with more `places` or larger than `largest`, rounded where it is certain."""
    powers = _POWERS[np.minimum(places, MAX_PLACES)]
    with np.errstate(over="ignore", invalid="ignore"):
        # Every addition errs by half a unit of at most the whole, and so may every addend; twice that, to be sure.
        errors = np.square(counts.astype(np.float64)) * largest * np.finfo(np.float64).eps
        is_certain = (places <= MAX_PLACES) & (errors * powers < 1 / 8)
        rounded = np.rint(sums * powers) / powers
    return np.where(is_certain, rounded, sums)
