"""From a sender's raw bytes of a series to its id: a bounded cache, and registration in batches on a miss.

The cache has two generations: a look-up is one `dict.get` on the young one, done for a whole body by `map`, without
the bookkeeping of an LRU list (about 1 µs in Python, more than a sample may cost). When the young generation is full
it becomes the old one, and what is still used moves back on its next miss. Called by the decode threads.
"""

import threading
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from metricbox.errors import MetricboxError
from metricbox.model import Int64Array, SeriesKey
from metricbox.store.contract import SERIES_LIMIT_REACHED, MetricStore

# Both generations together. A series with ten short tags on a line of its own takes about 400 bytes, so this holds
# some 300,000 such lines; lines with many fields are cheaper.
CACHE_BYTES = 128 * 1024 * 1024

# Objects around a key: dictionary slot, bytes header, entry tuples.
_ENTRY_OVERHEAD_BYTES = 300
_ID_BYTES = 40

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class GenerationCache(Generic[_K, _V]):
    """A mapping bounded by the estimated bytes of its entries.

    Reads are on `young` directly; `dict` methods are atomic. A thread that still holds a generation that was just
    replaced writes into it in vain, which costs a later miss and nothing else.
    """

    def __init__(self, max_bytes: int = CACHE_BYTES) -> None:
        self._max_generation_bytes = max_bytes // 2
        self._lock = threading.Lock()
        self.young: dict[_K, _V] = {}
        self._old: dict[_K, _V] = {}
        self._young_bytes = 0

    def find(self, key: _K) -> _V | None:
        """The entry of a key that is perhaps only in the old generation. None when there is none."""
        entry = self.young.get(key)
        return self._old.get(key) if entry is None else entry

    def put(self, key: _K, entry: _V, key_bytes: int, ids: int) -> None:
        """Add or replace an entry; `key_bytes` and `ids` say how large it is, or how many ids are new in it."""
        with self._lock:
            self._young_bytes += _ID_BYTES * ids
            if key not in self.young:
                self._young_bytes += _ENTRY_OVERHEAD_BYTES + key_bytes
            self.young[key] = entry
            if self._young_bytes > self._max_generation_bytes:
                self._old, self.young, self._young_bytes = self.young, {}, 0

    def clear(self) -> None:
        """Forget everything: for a store that has removed series."""
        with self._lock:
            self.young, self._old, self._young_bytes = {}, {}, 0

    def __len__(self) -> int:
        return len(self.young) + len(self._old)


class SeriesRegistrar:
    """Registers series with the store, and says in words which label used up the cap on series."""

    # Finding the label reads all values of a metric's labels: seldom enough to be free.
    _BLAME_LIFE_S = 60.0
    _MAX_BLAMES = 100

    def __init__(self, store: MetricStore, max_series: int) -> None:
        self._store = store
        self._max_series = max_series
        self._blames: dict[str, tuple[float, str]] = {}

    def register(self, keys: Sequence[SeriesKey]) -> Int64Array:
        """Ids in order, SERIES_LIMIT_REACHED for series over the cap. Blocks for one commit when some are new."""
        return self._store.register_series(keys)

    def explain_limit(self, refused: Iterable[SeriesKey], monotonic_s: float) -> str:
        """One message for all of `refused`: the cap, and the metric and label with the most values."""
        by_metric: dict[str, list[SeriesKey]] = {}
        for key in refused:
            by_metric.setdefault(key.name, []).append(key)
        text = f"series limit of {self._max_series} reached"
        if not by_metric:
            return text
        name = max(by_metric, key=lambda metric: len(by_metric[metric]))
        made_s, blame = self._blames.get(name, (-1e9, ""))
        if monotonic_s - made_s > self._BLAME_LIFE_S:
            if len(self._blames) >= self._MAX_BLAMES:
                self._blames.clear()
            blame = self._find_blame(name, by_metric[name])
            self._blames[name] = (monotonic_s, blame)
        return f"{text}{blame}"

    def _find_blame(self, name: str, refused: Sequence[SeriesKey]) -> str:
        counts = Counter(_count_label_values(refused))
        try:
            for label in self._store.count_label_names(name):
                stored = len(self._store.count_label_values(name, label, ""))
                counts[label] = max(counts[label], stored)
        except MetricboxError:
            # The refusal stands without the store's help; the refused series alone then say what they can.
            pass
        if not counts:
            return f"; {name} would get one more"
        label, values = counts.most_common(1)[0]
        return f"; {name} has {values} values of tag {label}"


def _count_label_values(keys: Sequence[SeriesKey]) -> Mapping[str, int]:
    values: dict[str, set[str]] = {}
    for key in keys:
        for label, value in key.labels:
            values.setdefault(label, set()).add(value)
    return {label: len(texts) for label, texts in values.items()}


def is_over_limit(series_id: int) -> bool:
    return series_id == SERIES_LIMIT_REACHED
