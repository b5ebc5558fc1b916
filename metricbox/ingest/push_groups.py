"""What batch jobs push as to a Pushgateway: groups of series whose last values stay visible until they are replaced.

    PUT       the group is what is pushed, no more     POST      so are its families that are pushed
    DELETE    there is no such group                   repeat    each minute, all values that are held

A job runs once a day, a query looks back for minutes: so what was pushed last is held in memory and written again
every minute, and a series that goes out of its group ends with a stale marker. Groups are forgotten at a restart, as
the Pushgateway's are without a persistence file. Methods run on the event loop, one at a time; a push is one batch.
See docs/decisions/0021-pushgateway.md.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from typing import NamedTuple

import numpy as np

from metricbox.clock import Clock
from metricbox.errors import ValidationError
from metricbox.ingest.exposition import NO_STAMP, Exposition, make_series
from metricbox.ingest.outcome import Decoded, IngestOutcome, Refusals
from metricbox.ingest.series_cache import NO_TOKEN, Sender
from metricbox.ingest.series_table import DoorContext, KeyedSamples, SeriesFaultError
from metricbox.ingest.service import IngestService
from metricbox.model import STALE_MARKER, Labels, SeriesKey, find_labels_fault, find_name_fault, make_labels

logger = logging.getLogger(__name__)

SOURCE = "pushgateway"
PUSH_TIME = "push_time_seconds"
REPEAT_INTERVAL_MS = 60_000
MAX_HELD_SERIES = 20_000
"""Of all groups together; what is over is written once. Each costs a sample a minute."""

_OWN_METRICS = frozenset({PUSH_TIME, "push_failure_time_seconds"})
# A clock that was set back further than this is believed.
_MAX_AHEAD_MS = 60_000
_LOG_INTERVAL_S = 60.0
_FAMILY_SUFFIXES = ("_bucket", "_count", "_sum", "_total", "_created", "_info", "_gcount", "_gsum")

GroupKey = Labels
"""Labels of a group, sorted; unlike those of a series they may be empty."""


class Scope(Enum):
    """What of its group a push replaces."""

    GROUP = auto()
    FAMILIES = auto()


class PushedSeries(NamedTuple):
    line: int
    family: str
    value: float


Series = Mapping[SeriesKey, PushedSeries]


def read_push(exposition: Exposition, group: GroupKey) -> dict[SeriesKey, PushedSeries]:
    """The series of a pushed text under its group's labels. Raises ValidationError: a push is taken whole or not."""
    for line, message in exposition.faults:
        raise _refuse(line, message)
    if (exposition.ts_ms != NO_STAMP).any():
        line = exposition.lines[int(np.flatnonzero(exposition.ts_ms != NO_STAMP)[0])]
        raise _refuse(
            line, "pushed metrics have no time stamps; those with some go to /api/v1/import/prometheus"
        )
    found: dict[SeriesKey, PushedSeries] = {}
    rows = zip(exposition.lines, exposition.keys, exposition.values.tolist(), strict=True)
    for line, raw, value in rows:
        try:
            name, labels = make_series(raw)
        except SeriesFaultError as fault:
            raise _refuse(line, fault.message) from fault
        key = SeriesKey(name, make_labels((dict(labels) | dict(group)).items()))
        fault_text = find_name_fault(name) or find_labels_fault(key.labels)
        if fault_text:
            raise _refuse(line, fault_text)
        if key in found:
            raise _refuse(line, f"the same series as in line {found[key].line}")
        if name not in _OWN_METRICS:
            found[key] = PushedSeries(line, _family_of(name, exposition.families), value)
    return found


def _refuse(line: int, message: str) -> ValidationError:
    return ValidationError(f"text format parsing error in line {line}: {message}; nothing was stored")


def _family_of(name: str, families: Mapping[str, str]) -> str:
    if name not in families:
        for suffix in _FAMILY_SUFFIXES:
            family = name.removesuffix(suffix)
            if family != name and family in families:
                return family
    return name


class PushedGroups:
    """Made by app.py, which also runs `repeat` as a job."""

    def __init__(self, ingest: IngestService, clock: Clock) -> None:
        self._ingest = ingest
        self._clock = clock
        # Order among pushes, and of each against `repeat`, is all that markers rest on.
        self._lock = asyncio.Lock()
        self._groups: dict[GroupKey, dict[SeriesKey, PushedSeries]] = {}
        self._last_ms = 0
        self._logged_s = -math.inf

    @property
    def held_series(self) -> int:
        return sum(map(len, self._groups.values()))

    async def push(
        self, group: GroupKey, scope: Scope, sender: Sender, read: Callable[[int], Exposition]
    ) -> IngestOutcome:
        """Store what `read` makes of a body, which gets the limit on its bytes and runs in a decode thread.

        Raises ValidationError, with nothing stored, for a text with any fault, and what `read` raises.
        """
        async with self._lock:
            ts_ms = self._take_ms()
            held = self._groups.get(group, {})
            pushed: dict[SeriesKey, PushedSeries] = {}

            def decode(context: DoorContext) -> Decoded:
                exposition = read(context.max_body_bytes)
                pushed.update(read_push(exposition, group))
                time_key = SeriesKey(PUSH_TIME, make_labels(group))
                if time_key.name.startswith(sender.metric_prefix):
                    pushed[time_key] = PushedSeries(0, PUSH_TIME, ts_ms / 1000)
                gone = _find_gone(held, pushed, scope, sender)
                decoded = _resolve(context, pushed, gone, ts_ms)
                context.registrar.learn(exposition.details)
                return decoded

            outcome = await self._ingest.push(SOURCE, sender, decode)
            gone = set(_find_gone(held, pushed, scope, sender))
            refused = {refusal.position for refusal in outcome.refusals}
            kept = {key: one for key, one in held.items() if key not in gone}
            kept |= {
                key: one
                for key, one in pushed.items()
                if math.isfinite(one.value) and one.line not in refused
            }
            self._hold(group, kept)
            return outcome

    async def delete(self, group: GroupKey, sender: Sender) -> None:
        """End all series of a group, as far as the token is for their metrics. Nothing for an unknown group."""
        async with self._lock:
            held = self._groups.get(group, {})
            gone = _find_gone(held, {}, Scope.GROUP, sender)
            if not gone:
                return
            ts_ms = self._take_ms()
            await self._ingest.push(SOURCE, sender, lambda context: _resolve(context, {}, gone, ts_ms))
            ended = set(gone)
            self._hold(group, {key: one for key, one in held.items() if key not in ended})

    async def repeat(self) -> None:
        """Write every value that is held once more. Run each REPEAT_INTERVAL_MS."""
        async with self._lock:
            held: dict[SeriesKey, PushedSeries] = {}
            for group in self._groups.values():
                held |= group
            if held:
                ts_ms = self._take_ms()
                await self._ingest.push(SOURCE, NO_TOKEN, lambda context: _resolve(context, held, (), ts_ms))

    def _hold(self, group: GroupKey, series: dict[SeriesKey, PushedSeries]) -> None:
        self._groups.pop(group, None)
        if not series:
            return
        if self.held_series + len(series) <= MAX_HELD_SERIES:
            self._groups[group] = series
            return
        now_s = self._clock.monotonic_s()
        if now_s - self._logged_s >= _LOG_INTERVAL_S:
            self._logged_s = now_s
            logger.warning(
                "pushed groups hold %d series; with the %d of group %r they would be over %d, so that these are "
                "written once and not repeated: delete groups that are no more",
                *(self.held_series, len(series), dict(group), MAX_HELD_SERIES),
            )

    def _take_ms(self) -> int:
        """The time, later than at the last call: at one time a value would win over the marker that ends it."""
        now_ms = self._clock.now_ms()
        if self._last_ms - _MAX_AHEAD_MS <= now_ms <= self._last_ms:
            now_ms = self._last_ms + 1
        self._last_ms = now_ms
        return now_ms


def _find_gone(held: Series, pushed: Series, scope: Scope, sender: Sender) -> list[SeriesKey]:
    """Series that a push ends: those it replaces, and those whose value is no number any more."""
    families = {one.family for one in pushed.values()}
    return [
        key
        for key, one in held.items()
        if (scope is Scope.GROUP or one.family in families)
        and (key not in pushed or not math.isfinite(pushed[key].value))
        and key.name.startswith(sender.metric_prefix)
    ]


def _resolve(context: DoorContext, pushed: Series, gone: Sequence[SeriesKey], ts_ms: int) -> Decoded:
    keys = [*pushed, *gone]
    values = [*(one.value for one in pushed.values()), *(STALE_MARKER for _ in gone)]
    samples = KeyedSamples(
        [*(one.line for one in pushed.values()), *(0 for _ in gone)],
        keys,
        np.full(len(keys), ts_ms, np.int64),
        np.array(values, np.float64),
    )
    return context.resolve(samples, _as_it_is, Refusals(), key_bytes=_count_bytes)


def _as_it_is(key: SeriesKey) -> SeriesKey:
    return key


def _count_bytes(key: SeriesKey) -> int:
    return len(key.name) + sum(len(name) + len(value) + 100 for name, value in key.labels)
