"""From a sender's raw bytes of a series to its id: a bounded cache, and registration in batches on a miss.

Caps on series are the store's to hold and this module's to explain.

The cache has two generations: a look-up is one `dict.get` on the young one, done for a whole body by `map`, without
the bookkeeping of an LRU list (about 1 µs in Python, more than a sample may cost). When the young generation is full
it becomes the old one, and what is still used moves back on its next miss. Called by the decode threads.
"""

import math
import threading
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from metricbox.errors import MetricboxError
from metricbox.ingest.outcome import Reason
from metricbox.ingest.relabelling import relabel, rules_of
from metricbox.model import Int64Array, SeriesKey
from metricbox.store.contract import (
    METRIC_LIMIT_REACHED,
    SERIES_LIMIT_REACHED,
    TOKEN_LIMIT_REACHED,
    MetricDetails,
    MetricStore,
    SeriesCaps,
)

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


class Sender(NamedTuple):
    """With whose token a request came. The built-in agent and people who are signed in have none, and no cap."""

    token: str = ""
    """Key of the token, always the same one: the store counts series by it."""
    max_series: int | None = None
    """A cap of the token's own in place of the setting max_series_per_token; 0 is none."""
    metric_prefix: str = ""
    """Metrics whose name does not begin so are refused."""
    relabel: str = ""
    """Rules as `relabelling.check_rules` writes them; the prefix is looked for in what they make."""

    @property
    def view(self) -> tuple[str, str]:
        """Senders with the same one have the same series for the same key."""
        return self.metric_prefix, self.relabel


NO_TOKEN = Sender()


class ExplodedLabel(NamedTuple):
    name: str
    values: int


class LabelFinder:
    """Which label of a metric has most values. Shared by the decode threads."""

    # One pass over the series of a metric (0.13 s for 200,000 with ten labels) for all that is refused in a minute.
    _LIFE_S = 60.0
    _MAX_ENTRIES = 1000

    def __init__(self, store: MetricStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._found: dict[str, tuple[float, ExplodedLabel | None]] = {}

    def find(self, name: str, refused: Sequence[SeriesKey], monotonic_s: float) -> ExplodedLabel | None:
        """None when neither the store's nor the refused series of the metric have a label."""
        # Held over the pass, so that two threads do not make it both.
        with self._lock:
            made_s, label = self._found.pop(name, (-math.inf, None))
            if monotonic_s - made_s > self._LIFE_S:
                made_s, label = monotonic_s, self._look(name, refused)
            if len(self._found) >= self._MAX_ENTRIES:
                del self._found[next(iter(self._found))]
            self._found[name] = (made_s, label)
            return label

    def _look(self, name: str, refused: Sequence[SeriesKey]) -> ExplodedLabel | None:
        counts = _count_label_values(key.labels for key in refused)
        try:
            stored = _count_label_values(one.labels.items() for one in self._store.find_series(name))
        except MetricboxError:
            # The refusal stands without the store's help; the refused series alone then say what they can.
            stored = Counter()
        # Not added up: values of refused series may be stored ones.
        counts |= stored
        return ExplodedLabel(*counts.most_common(1)[0]) if counts else None


class SeriesRegistrar:
    """Registers the series of one request with the store, and says in words which cap and which label refused some.

    One without a sender is made at the start; `for_sender` makes another from it for each request.
    """

    # A body in which more metrics than this have exploded is explained by the worst of them.
    _MAX_METRICS_NAMED = 3

    def __init__(
        self,
        store: MetricStore,
        max_series: int,
        max_series_per_metric: int = 0,
        max_series_per_token: int = 0,
        *,
        sender: Sender = NO_TOKEN,
        labels: LabelFinder | None = None,
    ) -> None:
        self._store = store
        self._max_series = max_series
        self._max_series_per_token = max_series_per_token
        self._sender = sender
        self._labels = labels or LabelFinder(store)
        per_token = max_series_per_token if sender.max_series is None else sender.max_series
        self._caps = SeriesCaps(max_series_per_metric, sender.token, per_token)
        self._limits: dict[str, int] = {}
        self._faults: dict[str, str] = {}
        self.refused_samples: Counter[Reason] = Counter()
        """What `explain_limit` was asked about so far, by cap."""

    @property
    def has_rules(self) -> bool:
        """Whether ids may be DROPPED."""
        return bool(self._sender.relabel)

    def for_sender(self, sender: Sender) -> "SeriesRegistrar":
        """One for a single request: with the caps that hold for its sender, and what of the request they refused."""
        return SeriesRegistrar(
            self._store,
            self._max_series,
            self._caps.per_metric,
            self._max_series_per_token,
            sender=sender,
            labels=self._labels,
        )

    def register(self, keys: Sequence[SeriesKey]) -> Int64Array:
        """Ids in order, SERIES_LIMIT_REACHED for series over a cap and those that the token is not for.

        Blocks for one commit when some are new.
        """
        ids = self._register_made(keys) if self._sender.relabel else self._register_permitted(keys)
        refused = np.flatnonzero(ids < 0)
        if not len(refused):
            return ids
        for place in refused.tolist():
            self._limits[keys[place].name] = int(ids[place])
        # Decoders need not know how many caps there are.
        return np.maximum(ids, SERIES_LIMIT_REACHED)

    def _register_made(self, keys: Sequence[SeriesKey]) -> Int64Array:
        """Under the rules of the token: DROPPED for what they drop, which is no fault of the sender's."""
        rules = rules_of(self._sender.relabel)
        ids = np.full(len(keys), DROPPED, np.int64)
        places: list[int] = []
        made: list[SeriesKey] = []
        for place, key in enumerate(keys):
            try:
                series = relabel(rules, key)
            except ValueError as error:
                ids[place] = _BAD_RULES
                self._faults[key.name] = str(error)
                continue
            if series is not None:
                places.append(place)
                made.append(series)
        if made:
            ids[places] = self._register_permitted(made)
        return ids

    def _register_permitted(self, keys: Sequence[SeriesKey]) -> Int64Array:
        return self._register_own(keys) if self._sender.metric_prefix else self._register(keys)

    def _register(self, keys: Sequence[SeriesKey]) -> Int64Array:
        return self._store.register_series(keys, self._caps)

    def _register_own(self, keys: Sequence[SeriesKey]) -> Int64Array:
        prefix = self._sender.metric_prefix
        is_own = np.fromiter((key.name.startswith(prefix) for key in keys), np.bool_, len(keys))
        ids = np.full(len(keys), _FOREIGN_NAME, np.int64)
        if is_own.any():
            ids[is_own] = self._register([key for key, own in zip(keys, is_own.tolist(), strict=True) if own])
        return ids

    def learn(self, details: Mapping[str, MetricDetails]) -> None:
        """Keep what the sender says of metrics, where nothing is known and its token is for them. May block."""
        prefix = self._sender.metric_prefix
        if self._sender.relabel:
            details = self._rename(details)
        self._store.learn_metrics({name: one for name, one in details.items() if name.startswith(prefix)})

    def _rename(self, details: Mapping[str, MetricDetails]) -> Mapping[str, MetricDetails]:
        """Under the names that the rules give; rules that need labels say nothing of a name alone."""
        rules = rules_of(self._sender.relabel)
        renamed: dict[str, MetricDetails] = {}
        for name, one in details.items():
            with suppress(ValueError):
                made = relabel(rules, SeriesKey(name, ()))
                if made is not None:
                    renamed[made.name] = one
        return renamed

    def explain_limit(self, refused: Iterable[SeriesKey], monotonic_s: float) -> str:
        """One message for all of `refused`, the series of each sample that a cap refused, and counts these samples.

        Names each cap with its setting, and the label that used it up.
        """
        by_metric: dict[str, list[SeriesKey]] = {}
        for key in refused:
            by_metric.setdefault(key.name, []).append(key)
        worst_first = sorted(by_metric.items(), key=lambda entry: -len(entry[1]))
        sentences: list[str] = []
        told: set[int] = set()
        full_metrics = 0
        foreign: list[str] = []
        for name, keys in worst_first:
            limit = self._limits.get(name, SERIES_LIMIT_REACHED)
            self.refused_samples[_REASONS[limit]] += len(keys)
            if limit == _FOREIGN_NAME:
                foreign.append(name)
                continue
            if limit == _BAD_RULES:
                if limit not in told:
                    sentences.append(self._faults[name])
                told.add(limit)
                continue
            if limit == METRIC_LIMIT_REACHED:
                full_metrics += 1
                if full_metrics > self._MAX_METRICS_NAMED:
                    continue
            elif limit in told:
                continue
            told.add(limit)
            sentences.append(self._explain(limit, name, self._labels.find(name, keys, monotonic_s)))
        if full_metrics > self._MAX_METRICS_NAMED:
            sentences.append(f"{full_metrics - self._MAX_METRICS_NAMED} more metrics have reached theirs")
        if foreign:
            sentences.append(self._explain_prefix(foreign))
        return "; ".join(sentences)

    def _explain_prefix(self, names: Sequence[str]) -> str:
        more = len(names) - self._MAX_METRICS_NAMED
        shown = ", ".join(names[: self._MAX_METRICS_NAMED]) + (f" and {more} more" if more > 0 else "")
        return (
            f"this token takes metrics alone whose name begins with {self._sender.metric_prefix}, not {shown}"
        )

    def _explain(self, limit: int, name: str, label: ExplodedLabel | None) -> str:
        who, cap, source = "the server", self._max_series, "setting max_series"
        if limit == METRIC_LIMIT_REACHED:
            who, cap, source = f"metric {name}", self._caps.per_metric, "setting max_series_per_metric"
        elif limit == TOKEN_LIMIT_REACHED:
            is_own = self._sender.max_series is not None
            source = "a cap of its own" if is_own else "setting max_series_per_token"
            who, cap = "this token", self._caps.per_token
        text = f"{who} has reached its {cap} series ({source})"
        if label is None:
            return f"{text}; {name} would get one more"
        where = "" if limit == METRIC_LIMIT_REACHED else f" in {name}"
        values = "1 value" if label.values == 1 else f"{label.values:,} values"
        return f"{text}; the label with most values{where} is {label.name} ({values})"


_FOREIGN_NAME = -5
"""Beside the store's numbers: a metric that the token is not for."""

_BAD_RULES = -6
"""The rules of the token make no series of it."""

DROPPED = 2**62
"""In place of an id: a series that rules drop. Decoders take it for one that is stored; the service takes it out."""

_REASONS = {
    _BAD_RULES: Reason.BAD_SERIES,
    _FOREIGN_NAME: Reason.FOREIGN_NAME,
    SERIES_LIMIT_REACHED: Reason.SERIES_LIMIT,
    METRIC_LIMIT_REACHED: Reason.METRIC_SERIES_LIMIT,
    TOKEN_LIMIT_REACHED: Reason.TOKEN_SERIES_LIMIT,
}


def _count_label_values(label_sets: Iterable[Iterable[tuple[str, str]]]) -> Counter[str]:
    values: defaultdict[str, set[str]] = defaultdict(set)
    for labels in label_sets:
        for label, value in labels:
            values[label].add(value)
    return Counter({label: len(texts) for label, texts in values.items()})
