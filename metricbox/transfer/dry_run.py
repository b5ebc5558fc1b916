"""What a server would take of some bodies: the same decoders, and a store that counts and keeps nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from metricbox.clock import SystemClock
from metricbox.errors import ValidationError
from metricbox.ingest.exposition import decode_exposition, read_exposition
from metricbox.ingest.json_lines import decode_json_lines
from metricbox.ingest.line_protocol import LineDecoder
from metricbox.ingest.outcome import Decoded
from metricbox.ingest.series_cache import GenerationCache, SeriesRegistrar
from metricbox.ingest.series_table import DoorContext
from metricbox.ingest.timestamps import make_window, unit_of_precision
from metricbox.model import Int64Array, SeriesKey
from metricbox.store.contract import NO_CAPS, MetricDetails, SeriesCaps
from metricbox.transfer.connection import Reply

_CACHE_BYTES = 64 * 1024 * 1024
_FUTURE_MS = 600_000
_NO_LIMIT = 10**12
_UNKNOWN_RETENTION_MS = 100 * 365 * 86_400_000


class CountingStore:
    """As much of a MetricStore as decoders use."""

    def __init__(self) -> None:
        self._ids: dict[SeriesKey, int] = {}

    def register_series(self, keys: Sequence[SeriesKey], _caps: SeriesCaps = NO_CAPS) -> Int64Array:
        return np.array([self._ids.setdefault(key, len(self._ids) + 1) for key in keys], np.int64)

    def learn_metrics(self, details: Mapping[str, MetricDetails]) -> None: ...

    def find_series(self, _name: str) -> Sequence[Any]:
        return []

    @property
    def series_count(self) -> int:
        return len(self._ids)


class DryRun:
    """A `Receiver`. `retention_ms` is how long the server keeps raw samples; None when that is not known."""

    def __init__(self, retention_ms: int | None) -> None:
        self._store = CountingStore()
        self._registrar = SeriesRegistrar(self._store, _NO_LIMIT)  # type: ignore[arg-type] # see CountingStore
        self._cache: GenerationCache[Any, int] = GenerationCache(_CACHE_BYTES)
        self._lines = LineDecoder(self._registrar, _CACHE_BYTES)
        self._retention_ms = retention_ms or _UNKNOWN_RETENTION_MS
        self._clock = SystemClock()
        self.samples = 0
        self.refused: Counter[str] = Counter()
        """Samples by the word for the reason."""
        self.oldest_ms: int | None = None
        self.newest_ms: int | None = None

    @property
    def series(self) -> int:
        return self._store.series_count

    def post(self, path: str, content: bytes, parameters: dict[str, str] | None = None) -> Reply:
        try:
            decoded = self._decode(path, content, parameters or {})
        except ValidationError as error:
            return Reply(400, error.message)
        self.samples += decoded.batch.size
        self.refused.update(
            {reason.value: count for reason, count in decoded.refusals.samples_by_reason.items()}
        )
        if decoded.batch.size:
            oldest, newest = int(decoded.batch.ts_ms.min()), int(decoded.batch.ts_ms.max())
            self.oldest_ms = oldest if self.oldest_ms is None else min(oldest, self.oldest_ms)
            self.newest_ms = newest if self.newest_ms is None else max(newest, self.newest_ms)
        first = decoded.refusals.first
        return Reply(400, f"line {first[0].position}: {first[0].sentence}") if first else Reply(204, "")

    def _decode(self, path: str, content: bytes, parameters: Mapping[str, str]) -> Decoded:
        window = make_window(self._clock.now_ms(), self._retention_ms, _FUTURE_MS)
        if path == "/write":
            unit = unit_of_precision(parameters.get("precision"))
            return self._lines.decode(content, unit, window, self._clock.monotonic_s())
        door = DoorContext(
            self._registrar, self._cache, window, self._clock.monotonic_s(), max(len(content), 1)
        )
        if path == "/api/v1/import":
            return decode_json_lines(content, door)
        return decode_exposition(door, read_exposition(content, is_openmetrics=False))
