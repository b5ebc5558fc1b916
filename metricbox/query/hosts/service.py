"""Every host that reports, with its state and figures. Reads the store in a thread; one look at a time, kept for a few
seconds, so that a page open on ten screens costs what one does.

    every 5 s   last samples of a few series of each host ──▶ state;  samples of the last minutes ──▶ figures
    every 60 s  samples in each of 24 hours ──▶ ticks;  what agents dropped in them;  the last hour ──▶ trends
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from metricbox.clock import Clock
from metricbox.model import Float64Array
from metricbox.query.hosts.families import RULES, TREND_FIGURES, Figure, Source
from metricbox.query.hosts.past import Past, PastReader
from metricbox.query.hosts.plans import Plans
from metricbox.query.hosts.presence import (
    Beat,
    State,
    Tick,
    find_beats,
    state_of,
    ticks_of,
)
from metricbox.settings import Settings
from metricbox.store.contract import MetricStore, ReadLimits, Reporter

FRESH_S = 5.0
# The list of reporters needs a pass over all series, some 60 ms of CPU for a million of them.
REPORTERS_FRESH_S = 60.0
REPORTERS_LEAST_S = 5.0
SECOND_MS, MINUTE_MS, HOUR_MS = 1_000, 60_000, 3_600_000
# Where the newest samples of a host are looked for, the shortest first.
WINDOWS_MS = (2 * MINUTE_MS, 15 * MINUTE_MS, 3 * HOUR_MS)
# A window holds so many intervals, else a rate over it has too few samples.
INTERVALS_WANTED = 2.5
# Samples of clocks that are ahead.
AHEAD_MS = MINUTE_MS


@dataclass(slots=True)
class Host:
    name: str
    source: Source
    labels: Mapping[Source, str]
    """Who reports it -> the label that has the host's name there."""
    series_count: int
    known_since_ms: int
    state: State
    last_ms: int
    interval_ms: int | None
    ticks: Sequence[Tick] = ()
    version: str | None = None
    figures: dict[Figure, float] = field(default_factory=dict)
    trends: dict[Figure, Float64Array] = field(default_factory=dict)
    """NaN where there is nothing."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Reason -> samples that its agent has lost in the last 24 hours."""

    @property
    def tag(self) -> str:
        """The label that has its name, where its first source reports."""
        return self.labels[self.source]


class Look(NamedTuple):
    at_ms: int
    hosts: Sequence[Host]
    """In order of their names."""


@dataclass(slots=True)
class _Known:
    """A host as the table of series has it."""

    reporters: dict[Source, Reporter] = field(default_factory=dict)

    @property
    def series_ids(self) -> list[int]:
        return [one for reporter in self.reporters.values() for one in reporter.series_ids]


class HostService:
    """Made and closed by the web package."""

    def __init__(self, store: MetricStore, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._limits = ReadLimits(settings.query_timeout / 1000, settings.query_max_samples)
        self._plans = Plans(store)
        self._past = PastReader(store, clock, self._limits, self._plans)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="hosts")
        self._lock = asyncio.Lock()
        self._held: Look | None = None
        self._held_s = 0.0
        self._known: dict[str, _Known] = {}
        self._known_s: float | None = None
        self._known_count = -1

    async def look(self) -> Look:
        """At most FRESH_S old. Raises LimitExceededError and UnavailableError."""
        async with self._lock:
            now_s = self._clock.monotonic_s()
            if self._held is None or now_s - self._held_s >= FRESH_S:
                self._held = await asyncio.get_running_loop().run_in_executor(self._pool, self.look_blocking)
                self._held_s = now_s
            return self._held

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    # ---- in the thread

    def look_blocking(self) -> Look:
        now_ms = self._clock.now_ms()
        known = self._find_known()
        names = sorted(known)
        past = self._past.read([known[name].series_ids for name in names], now_ms)
        beats = self._find_beats(names, known, past, now_ms)
        hosts = [
            _make_host(name, known[name], beats[number], past, number, now_ms)
            for number, name in enumerate(names)
        ]
        for host in hosts:
            host.dropped = past.dropped.get(host.name, {}) if Source.METRICBOX in host.labels else {}
            host.trends = {
                figure: past.trends[figure][host.name]
                for figure in TREND_FIGURES
                if host.name in past.trends[figure]
            }
        self._add_figures(hosts, now_ms)
        return Look(now_ms, hosts)

    def _find_known(self) -> dict[str, _Known]:
        """Anew when series were added, yet not at each look, and now and then for when they were last seen."""
        now_s, count = self._clock.monotonic_s(), self._store.series_count
        if self._known_s is not None:
            age_s = now_s - self._known_s
            if age_s < (REPORTERS_FRESH_S if count == self._known_count else REPORTERS_LEAST_S):
                return self._known
        known: dict[str, _Known] = {}
        sources = list(RULES)
        for reporter in self._store.list_reporters(list(RULES.values()), self._limits):
            if reporter.name:
                known.setdefault(reporter.name, _Known()).reporters[sources[reporter.rule]] = reporter
        self._known, self._known_s, self._known_count = known, now_s, count
        return known

    def _find_beats(
        self, names: Sequence[str], known: Mapping[str, _Known], past: Past, now_ms: int
    ) -> dict[int, Beat]:
        """Of each host, from as few samples as tell it."""
        beats: dict[int, Beat] = {}
        rest = list(range(len(names)))
        for window_ms in WINDOWS_MS:
            found = self._read_beats(
                {number: known[names[number]].series_ids for number in rest}, now_ms - window_ms, now_ms
            )
            beats |= found
            rest = [number for number in rest if number not in found or found[number].interval_ms is None]
        for number in rest:
            older = past.beats.get(number)
            if older is not None:
                beats.setdefault(number, older)
                beats[number] = Beat(max(beats[number].last_ms, older.last_ms), older.interval_ms)
            elif number not in beats:
                # In no hour of the last day: what the table of series says, which knows sealed chunks alone.
                seen_ms = max(one.last_seen_ms for one in known[names[number]].reporters.values())
                beats[number] = Beat(min(seen_ms, past.start_ms), None)
        return beats

    def _read_beats(
        self, series_ids: Mapping[int, Sequence[int]], start_ms: int, now_ms: int
    ) -> dict[int, Beat]:
        host_of_series = {one: number for number, ids in series_ids.items() for one in ids}
        if not host_of_series:
            return {}
        ids = np.array(sorted(host_of_series), np.int64)
        samples = self._store.read_raw(ids, start_ms, now_ms + AHEAD_MS, self._limits)
        return find_beats(samples.where(~np.isnan(samples.values)), host_of_series)

    # ---- how they are

    def _add_figures(self, hosts: Sequence[Host], now_ms: int) -> None:
        by_window: dict[int, list[Host]] = {}
        for host in hosts:
            window_ms = _window_of(host, now_ms)
            if window_ms is not None:
                by_window.setdefault(window_ms, []).append(host)
        for window_ms, members in by_window.items():
            self._add_figures_of(members, now_ms - window_ms, now_ms)

    def _add_figures_of(self, hosts: Sequence[Host], start_ms: int, now_ms: int) -> None:
        by_name = {host.name: host for host in hosts}
        for recipe in self._plans.recipes():
            wanted = {
                name
                for name, host in by_name.items()
                if recipe.source in host.labels and recipe.figure not in host.figures
            }
            if not wanted:
                continue
            found = self._plans.read_now(recipe, wanted, start_ms, now_ms + AHEAD_MS, self._limits)
            for name, value in found.items():
                by_name[name].figures[recipe.figure] = value
        for source in RULES:
            wanted = {
                name for name, host in by_name.items() if source in host.labels and host.version is None
            }
            found_versions = self._plans.read_versions(
                source, wanted, start_ms, now_ms + AHEAD_MS, self._limits
            )
            for name, version in found_versions.items():
                by_name[name].version = version
        for host in hosts:
            booted_s = host.figures.pop(Figure.BOOTED, None)
            if booted_s is not None:
                host.figures.setdefault(Figure.UPTIME, max(now_ms / 1000 - booted_s, 0))


def _make_host(name: str, known: _Known, beat: Beat, past: Past, number: int, now_ms: int) -> Host:
    reporters = known.reporters
    state = state_of(beat, now_ms)
    since_ms = min(one.first_seen_ms for one in reporters.values())
    return Host(
        name=name,
        source=next(iter(source for source in RULES if source in reporters)),
        labels={source: RULES[source].label for source in RULES if source in reporters},
        series_count=sum(one.series_count for one in reporters.values()),
        known_since_ms=since_ms,
        state=state,
        last_ms=min(beat.last_ms, now_ms),
        interval_ms=beat.interval_ms,
        ticks=ticks_of(past.counts[number], past.edges_ms, since_ms, beat.interval_ms, state),
    )


def _window_of(host: Host, now_ms: int) -> int | None:
    """How far back the newest samples of a host lie; None when it has none that tell how it is."""
    if host.state is State.SILENT:
        return None
    wanted_ms = now_ms - host.last_ms + INTERVALS_WANTED * (host.interval_ms or MINUTE_MS)
    return next((window_ms for window_ms in WINDOWS_MS if window_ms >= wanted_ms), None)
