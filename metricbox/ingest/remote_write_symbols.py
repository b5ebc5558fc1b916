"""Numbers for the texts of remote write 2.0, the same in every message that holds the text.

A message names its texts by their place in a table of its own, so that the same series looks different in each of
them. With the texts numbered across messages, what names a series is a few numbers, put together for a whole message
at once, and no text is joined or hashed but those of the table. Used by the decode threads.
"""

import itertools
from collections.abc import Sequence
from itertools import repeat

import numpy as np

from metricbox.ingest.series_cache import GenerationCache
from metricbox.model import Int64Array

FIRST_NUMBER = 256
"""Smaller numbers are free for other things in the same key."""
_NO_NUMBER = 0
# Some 200,000 texts: the cache of series holds about as many. What falls out gets a new number, and its series
# another key.
_CACHE_BYTES = 64 * 1024 * 1024


class SymbolNumbers:
    """A number is never given to another text, also not after its own was forgotten."""

    def __init__(self, cache_bytes: int = _CACHE_BYTES) -> None:
        self._cache: GenerationCache[bytes, int] = GenerationCache(cache_bytes)
        # 2**63 of them are enough for any life. `next` is atomic.
        self._free = itertools.count(FIRST_NUMBER)

    def number(self, symbols: Sequence[bytes]) -> Int64Array:
        """The number of each."""
        young = self._cache.young
        numbers = np.fromiter(map(young.get, symbols, repeat(_NO_NUMBER)), np.int64, len(symbols))
        for place in np.flatnonzero(numbers == _NO_NUMBER).tolist():
            numbers[place] = self._find_or_make(symbols[place])
        return numbers

    def _find_or_make(self, symbol: bytes) -> int:
        """Two threads may give one text two numbers: it then has two keys, one of them for a short time."""
        number = self._cache.find(symbol)
        if number is None:
            number = next(self._free)
        self._cache.put(symbol, number, len(symbol), 1)
        return number
