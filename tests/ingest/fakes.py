"""An in-memory MetricStore of just what decoders and the ingest service use."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np

from metricbox.errors import QueueFullError
from metricbox.model import Int64Array, SampleBatch, SeriesKey
from metricbox.store.contract import SERIES_LIMIT_REACHED


class FakeStore:
    """Numbers series from 1; keeps every batch. Also a MetricStore as far as ingest is concerned."""

    def __init__(self, max_series: int = 1_000_000) -> None:
        self.max_series = max_series
        self.ids: dict[SeriesKey, int] = {}
        self.batches: list[SampleBatch] = []
        self.registrations = 0
        self.full_times = 0
        """So many submits are refused before there is room."""
        self.submits = 0
        self.is_stalled = False
        self.stalled: list[Future[None]] = []

    def register_series(self, keys: Sequence[SeriesKey]) -> Int64Array:
        self.registrations += 1
        return np.array([self._id_of(key) for key in keys], np.int64)

    def _id_of(self, key: SeriesKey) -> int:
        if key not in self.ids and len(self.ids) >= self.max_series:
            return SERIES_LIMIT_REACHED
        return self.ids.setdefault(key, len(self.ids) + 1)

    def submit(self, batch: SampleBatch) -> "Future[None]":
        self.submits += 1
        if self.full_times:
            self.full_times -= 1
            raise QueueFullError("full", 1)
        self.batches.append(batch)
        done: Future[None] = Future()
        if self.is_stalled:
            self.stalled.append(done)
        else:
            done.set_result(None)
        return done

    def count_label_names(self, name: str) -> Mapping[str, int]:
        return Counter(label for key in self.ids if key.name == name for label, _ in key.labels)

    def count_label_values(self, name: str, label: str, search: str) -> Mapping[str, int]:
        return Counter(
            dict(key.labels)[label] for key in self.ids if key.name == name and label in dict(key.labels)
        )

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"ingest must not use {name} of the store")

    # ---- reading back

    def rows(self, *batches: SampleBatch) -> list[tuple[str, dict[str, str], int, float]]:
        """(name, labels, ts_ms, value) of the given or of all batches, in order."""
        keys = {number: key for key, number in self.ids.items()}
        return [
            (keys[series_id].name, dict(keys[series_id].labels), ts_ms, value)
            for batch in batches or self.batches
            for series_id, ts_ms, value in zip(*(column.tolist() for column in batch), strict=True)
        ]
