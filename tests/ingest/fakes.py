"""An in-memory MetricStore of just what decoders and the ingest service use."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np

from metricbox.errors import QueueFullError
from metricbox.model import Int64Array, SampleBatch, Series, SeriesKey
from metricbox.store.contract import (
    METRIC_LIMIT_REACHED,
    NO_CAPS,
    SERIES_LIMIT_REACHED,
    TOKEN_LIMIT_REACHED,
    Matcher,
    MetricDetails,
    SeriesCaps,
)


class FakeStore:
    """Numbers series from 1; keeps every batch. Also a MetricStore as far as ingest is concerned."""

    def __init__(self, max_series: int = 1_000_000) -> None:
        self.max_series = max_series
        self.ids: dict[SeriesKey, int] = {}
        self.tokens: list[str] = []
        """Of the series, in the order of their ids."""
        self.caps: list[SeriesCaps] = []
        """Of every registration."""
        self.batches: list[SampleBatch] = []
        self.registrations = 0
        self.learned: dict[str, MetricDetails] = {}
        self.full_times = 0
        """So many submits are refused before there is room."""
        self.submits = 0
        self.is_stalled = False
        self.stalled: list[Future[None]] = []

    def register_series(self, keys: Sequence[SeriesKey], caps: SeriesCaps = NO_CAPS) -> Int64Array:
        self.registrations += 1
        self.caps.append(caps)
        return np.array([self._id_of(key, caps) for key in keys], np.int64)

    def _id_of(self, key: SeriesKey, caps: SeriesCaps) -> int:
        if key in self.ids:
            return self.ids[key]
        if caps.per_metric and sum(one.name == key.name for one in self.ids) >= caps.per_metric:
            return METRIC_LIMIT_REACHED
        if caps.token and caps.per_token and self.tokens.count(caps.token) >= caps.per_token:
            return TOKEN_LIMIT_REACHED
        if len(self.ids) >= self.max_series:
            return SERIES_LIMIT_REACHED
        self.tokens.append(caps.token)
        return self.ids.setdefault(key, len(self.ids) + 1)

    def learn_metrics(self, details: Mapping[str, MetricDetails]) -> None:
        self.learned |= details

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

    def find_series(self, name: str, matchers: Sequence[Matcher] = ()) -> Sequence[Series]:
        assert not matchers
        return [
            Series(number, key.name, dict(key.labels)) for key, number in self.ids.items() if key.name == name
        ]

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
