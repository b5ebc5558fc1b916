"""What became of a request's samples: how many were taken, which lines or points were refused, and why.

Decoders fill a `Refusals`, the service turns it into an `IngestOutcome` for the routes. The words of `Reason` are the
values of the label `reason` of metricbox_ingest_refused_samples: a small closed set, never a sender's text.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from metricbox.model import SampleBatch

# Every refusal is counted, but an answer names only the first ones (PROTOCOLS 1).
MAX_LISTED_REFUSALS = 100


class Reason(StrEnum):
    SYNTAX = "syntax"
    """The line or point cannot be read, or lacks a part."""
    BAD_SERIES = "bad_series"
    """A metric or tag name or value that cannot be stored."""
    NOT_FINITE = "not_finite"
    """NaN, Inf, or a number beyond float64."""
    NULL_VALUE = "null_value"
    UNSUPPORTED = "unsupported"
    """What is no one number, as a native histogram."""
    TOO_OLD = "too_old"
    TOO_NEW = "too_new"
    SERIES_LIMIT = "series_limit"
    """A new series over the cap on all of them. Decoders say so of every cap; see `Refusals.specify`."""
    METRIC_SERIES_LIMIT = "metric_series_limit"
    TOKEN_SERIES_LIMIT = "token_series_limit"  # noqa: S105 - a word for people
    RELABELLED = "relabelled"
    """Dropped by a rule of the token; no fault of the sender's."""
    FOREIGN_NAME = "foreign_name"
    """A metric that the token is not for. Decoders take it for a cap, too."""


SERIES_LIMITS = frozenset(
    {Reason.SERIES_LIMIT, Reason.METRIC_SERIES_LIMIT, Reason.TOKEN_SERIES_LIMIT, Reason.FOREIGN_NAME}
)


class Refusal(NamedTuple):
    """One refused line or point. `position` counts lines from 1, points of a JSON list from 0."""

    position: int
    reason: Reason
    message: str
    field: str = ""
    """The part of a JSON point at fault, as in `tags.host`; empty when it is the whole."""

    @property
    def sentence(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class Refusals:
    """Collects refusals in the order in which they are found. Not shared between threads."""

    def __init__(self) -> None:
        self.samples_by_reason: dict[Reason, int] = {}
        self.refused_units = 0
        """Lines or points named as refused, listed or not."""
        self._listed: list[Refusal] = []

    def add(self, position: int, reason: Reason, message: str, *, samples: int = 1, field: str = "") -> None:
        """Refuse a line or point that holds `samples` samples."""
        self.add_unlisted(reason, samples, units=1)
        # Decoders report by kind of fault, not by place: keep more than are shown, then sort.
        if len(self._listed) < 10 * MAX_LISTED_REFUSALS:
            self._listed.append(Refusal(position, reason, message, field))

    def add_unlisted(self, reason: Reason, samples: int, *, units: int = 0) -> None:
        """Count samples that no answer names: dropped parts of a good line, or refusals beyond the listed ones."""
        self.samples_by_reason[reason] = self.samples_by_reason.get(reason, 0) + samples
        self.refused_units += units

    def specify(self, reason: Reason, samples_by_reason: Mapping[Reason, int]) -> None:
        """Count samples refused for `reason` by what it was in truth. What is listed stays as it is."""
        samples = self.samples_by_reason.pop(reason, 0) - sum(samples_by_reason.values())
        if samples:
            self.add_unlisted(reason, samples)
        for specific, specific_samples in samples_by_reason.items():
            self.add_unlisted(specific, specific_samples)

    @property
    def is_full(self) -> bool:
        """Whether further messages would be thrown away; `add_unlisted` is then enough."""
        return len(self._listed) >= MAX_LISTED_REFUSALS

    @property
    def samples(self) -> int:
        return sum(self.samples_by_reason.values())

    @property
    def first(self) -> tuple[Refusal, ...]:
        """The first refusals by position, at most MAX_LISTED_REFUSALS."""
        return tuple(sorted(self._listed, key=lambda refusal: refusal.position)[:MAX_LISTED_REFUSALS])


class Decoded(NamedTuple):
    """A body turned into columns."""

    batch: SampleBatch
    refusals: Refusals


class IngestOutcome(NamedTuple):
    """Counts of samples; `refusals` names lines or points, of which `refused_units` were refused in all.

    `rejected` may exceed what is named: a NaN field of a good line is dropped and counted without refusing the line.
    """

    accepted: int
    rejected: int
    refusals: tuple[Refusal, ...]
    refused_units: int


def join_batches(batches: Sequence[SampleBatch]) -> SampleBatch:
    """One batch with the rows of all, in order."""
    if len(batches) == 1:
        return batches[0]
    return SampleBatch(
        np.concatenate([_EMPTY.series_ids, *(batch.series_ids for batch in batches)]),
        np.concatenate([_EMPTY.ts_ms, *(batch.ts_ms for batch in batches)]),
        np.concatenate([_EMPTY.values, *(batch.values for batch in batches)]),
    )


def select_rows(batch: SampleBatch, keep: npt.NDArray[np.bool_]) -> SampleBatch:
    return SampleBatch(batch.series_ids[keep], batch.ts_ms[keep], batch.values[keep])


_EMPTY = SampleBatch(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64))
