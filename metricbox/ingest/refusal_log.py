"""What was refused of late, by door and reason: a line of the log a minute, and the last example for people."""

import logging
import math
from typing import NamedTuple

from metricbox.clock import Clock
from metricbox.ingest.outcome import SERIES_LIMITS, IngestOutcome, Reason

logger = logging.getLogger(__name__)

_LOG_INTERVAL_S = 60.0
# Of a sender's own text in an example.
_MAX_EXAMPLE_CHARS = 300
# What decoders count without a sentence of its own, since a sender can or need do nothing about it.
_EXPECTED = {
    Reason.NOT_FINITE: "a value that is NaN or infinite",
    Reason.NULL_VALUE: "a value that is null",
    Reason.RELABELLED: "a series that a rule of the token drops",
}


class RefusalExample(NamedTuple):
    """The last refusal of a door for a reason."""

    at_ms: int
    sentence: str
    token_id: str
    """Of the sender; empty for one without a token."""


class _LogEntry(NamedTuple):
    logged_s: float
    pending: int


class RefusalLog:
    """One line a minute for each source and reason, with the number of samples since the last one (trap B039).

    Sources and reasons are small closed sets, so this is bounded. On the event loop alone.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[tuple[str, Reason], _LogEntry] = {}
        self._examples: dict[tuple[str, str], RefusalExample] = {}

    def note(self, source: str, reason: Reason, samples: int, outcome: IngestOutcome, token_id: str) -> None:
        # A message about series names every cap that refused some of the body.
        listed_as = SERIES_LIMITS if reason in SERIES_LIMITS else {reason}
        sentences = (refusal.sentence for refusal in outcome.refusals if refusal.reason in listed_as)
        unlisted = _EXPECTED.get(reason, "one that the answer had no room for")
        example = next(sentences, unlisted)[:_MAX_EXAMPLE_CHARS]
        self._examples[source, reason.value] = RefusalExample(self._clock.now_ms(), example, token_id)
        now_s = self._clock.monotonic_s()
        entry = self._entries.get((source, reason), _LogEntry(-math.inf, 0))
        pending = entry.pending + samples
        if now_s - entry.logged_s < _LOG_INTERVAL_S:
            self._entries[source, reason] = _LogEntry(entry.logged_s, pending)
            return
        self._entries[source, reason] = _LogEntry(now_s, 0)
        level = logging.INFO if reason in _EXPECTED else logging.WARNING
        logger.log(
            level, "%s: %d samples refused (%s), for instance: %r", source, pending, reason.value, example
        )

    def find_example(self, source: str, reason: str) -> RefusalExample | None:
        """The last refusal since the start, by the words of the metric's labels."""
        return self._examples.get((source, reason))
