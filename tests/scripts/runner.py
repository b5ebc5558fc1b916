"""Runs the scripts of this folder against a metric store. README.md has the language."""

import math
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np

from metricbox.clock import ManualClock
from metricbox.durations import parse_duration_ms
from metricbox.errors import MetricboxError
from metricbox.model import SampleBatch, SeriesKey
from metricbox.store.buckets import Range
from metricbox.store.tiers import HOUR, MINUTE, RAW, TIERS, Tier
from tests.scripts.engines import Engine, tier_status
from tests.support.rollup_model import Rows, assert_same_rows, rows_by_definition, rows_of
from tests.support.series import expand_values, show_values, split_series
from tests.support.stores import LIMITS, batch

TIER_NAMES = {"raw": RAW, "1min": MINUTE, "1hour": HOUR}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Wide enough for every script, and for a clock that is years ahead.
ALL_TIME = Range(-(10**13), 10**13)

OpenEngine = Callable[[Path, ManualClock, Callable[[Tier], int]], Engine]


class Command(NamedTuple):
    line_number: int
    text: str
    block: list[str]
    """The indented lines below it."""


class ScriptError(AssertionError):
    """What a script expected and did not get, or cannot mean."""


def parse(text: str) -> list[Command]:
    commands: list[Command] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#")[0].rstrip()
        if not line:
            continue
        if line[0].isspace():
            if not commands:
                raise ScriptError(f"line {number}: nothing that this belongs to")
            commands[-1].block.append(line.strip())
        else:
            commands.append(Command(number, line, []))
    return commands


class Script:
    """One run. `folder` is empty; `open_engine` opens the store of a folder."""

    def __init__(self, open_engine: OpenEngine, folder: Path) -> None:
        self._open_engine = open_engine
        self._root = folder
        self._generation = 0
        self._clock = ManualClock(0)
        self._retention_ms = {tier.table: tier.default_retention_ms for tier in TIERS}
        self._engine: Engine | None = None
        self._last_batch: SampleBatch | None = None
        self._pieces = 0
        self._zone = os.environ.get("TZ")

    def run(self, text: str) -> None:
        wanted_failure: str | None = None
        try:
            for command in parse(text):
                try:
                    if command.text.startswith("expect fail "):
                        wanted_failure = command.text.removeprefix("expect fail ")
                        continue
                    self._run_one(command, wanted_failure)
                    wanted_failure = None
                except Exception as error:
                    raise ScriptError(f"line {command.line_number}: {command.text}\n{error}") from error
        finally:
            self._set_zone(self._zone)
            if self._engine:
                self._engine.store.close()

    def _run_one(self, command: Command, wanted_failure: str | None) -> None:
        if wanted_failure is None:
            self._dispatch(command)
            return
        try:
            self._dispatch(command)
        except (MetricboxError, ValueError, ScriptError) as error:
            if wanted_failure not in str(error):
                raise ScriptError(f"failed with other words: {error}") from error
        else:
            raise ScriptError("did not fail")

    def _dispatch(self, command: Command) -> None:
        for pattern, action in self._grammar():
            match = re.fullmatch(pattern, command.text)
            if match:
                action(command.block, *match.groups())
                return
        raise ScriptError("no such command")

    def _grammar(self) -> Iterator[tuple[str, Callable[..., None]]]:
        yield r"zone (\S+)", lambda _, zone: self._set_zone(zone)
        yield r"retention (\S+) (\S+)", self._keep
        yield r"at (\S+)", lambda _, at: self._clock.advance_ms(self._time(at) - self._clock.now_ms())
        yield r"jump (\S+)", lambda _, at: self._clock.set_ms(self._time(at))
        yield r"load (\S+) from (\S+)", self._load
        yield r"late (\S+)", self._late
        yield r"again", lambda _: self._write(self._last_batch)
        yield r"refresh (\S+)(?: stop after (\d+))?", self._refresh
        yield r"(seal|sweep|checkpoint|verify)", lambda _, name: self._run_job(name)
        yield r"drop before (\S+)", self._drop
        yield r"restart", lambda _: self._restart()
        yield r"kill", lambda _: self._kill()
        yield r"expect rows (raw) (.+) every (\S+) from (\S+)", self._expect_rows
        yield r"expect rows (\S+) (.+)()() nothing", self._expect_rows
        yield r"expect rows (\S+) (.+?)() from (\S+)", self._expect_rows
        yield r"expect recomputed (\S+)", self._expect_recomputed
        yield r"expect watermark (\S+) (\S+)", self._expect_watermark
        yield r"expect invalidations (\S+) (.+)", self._expect_invalidations
        yield r"expect chunks (\S+) (hot|sealed) (\d+)", self._expect_chunks
        yield r"expect pieces (\d+)", lambda _, count: _expect_equal(self._pieces, int(count), "pieces")
        yield r"expect healthy", lambda _: _expect_equal(list(self._store.examine()), [], "faults")

    # ---- the world

    @property
    def _now(self) -> Engine:
        if self._engine is None:
            folder = self._root / str(self._generation)
            folder.mkdir(exist_ok=True)
            self._engine = self._open_engine(folder, self._clock, lambda tier: self._retention_ms[tier.table])
        return self._engine

    @property
    def _store(self):  # type: ignore[no-untyped-def]
        return self._now.store

    def _set_zone(self, zone: str | None) -> None:
        os.environ.pop("TZ", None)
        if zone is not None:
            os.environ["TZ"] = zone
        time.tzset()

    def _keep(self, _: list[str], tier: str, retention: str) -> None:
        self._retention_ms[_tier(tier).table] = parse_duration_ms(retention)

    def _restart(self) -> None:
        self._store.close()
        self._engine = None

    def _kill(self) -> None:
        """What is on the disk now is all that the next process finds."""
        self._generation += 1
        shutil.copytree(self._root / str(self._generation - 1), self._root / str(self._generation))
        self._restart()

    def _time(self, text: str) -> int:
        """`2026-11-25T10:00:30`, `10:00` of the day of the clock, or `+5m` from the clock; all UTC."""
        now_ms = self._clock.now_ms()
        if text[0] in "+-":
            return now_ms + int(text[0] + "1") * parse_duration_ms(text[1:])
        if "T" not in text:
            text = f"{(EPOCH + timedelta(milliseconds=now_ms)).date()}T{text}"
        return round((datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) / timedelta(milliseconds=1))

    # ---- writing and work

    def _load(self, block: list[str], step: str, start: str) -> None:
        self._write(self._batch_of(block, self._time(start), parse_duration_ms(step)))

    def _late(self, block: list[str], at: str) -> None:
        threshold_ms = self._now.threshold_ms(MINUTE)
        if threshold_ms is None or self._time(at) >= threshold_ms:
            raise ScriptError("that is not late: no rollup has come so far")
        self._write(self._batch_of(block, self._time(at), 1_000))

    def _batch_of(self, block: list[str], start_ms: int, step_ms: int) -> SampleBatch:
        rows = []
        for line in block:
            series, text = split_series(line)
            (series_id,) = self._store.register_series([series])
            values = enumerate(expand_values(text))
            rows += [
                (int(series_id), start_ms + n * step_ms, value) for n, value in values if value is not None
            ]
        # By time, as senders send; the sort is stable, so that equal stamps keep the order of the lines.
        return batch(sorted(rows, key=lambda row: row[1]))

    def _write(self, samples: SampleBatch | None) -> None:
        if samples is None:
            raise ScriptError("nothing was sent before")
        self._store.submit(samples).result(20)
        self._last_batch = samples

    def _refresh(self, _: list[str], tier: str, stop_after: str | None) -> None:
        if tier == "all":
            self._run_job("rollup")
            return
        self._pieces = self._now.refresh(_tier(tier), int(stop_after) if stop_after else None)

    def _run_job(self, name: str) -> None:
        name = {"sweep": "retention"}.get(name, name)
        next(job for job in self._store.list_jobs() if job.name == name).run()

    def _drop(self, _: list[str], before: str) -> None:
        """As if all samples before that time had expired."""
        kept_ms = self._retention_ms[RAW.table]
        self._retention_ms[RAW.table] = self._clock.now_ms() - self._time(before)
        self._run_job("sweep")
        self._retention_ms[RAW.table] = kept_ms

    # ---- expectations

    def _id_of(self, series: SeriesKey) -> int | None:
        found = self._store.find_series(series.name)
        return next((one.series_id for one in found if one.labels == dict(series.labels)), None)

    def _expect_rows(self, block: list[str], tier_name: str, series_text: str, step: str, start: str) -> None:
        series, rest = split_series(series_text)
        if rest:
            raise ScriptError(f"{rest!r} is not understood")
        tier = _tier(tier_name)
        rows = self._rows(tier, self._id_of(series))
        if not start:
            _expect_equal(rows, {}, "rows")
            return
        start_ms, step_ms = self._time(start), parse_duration_ms(step) if step else tier.resolution_ms
        for line in block:
            column, _, text = line.partition(" ")
            wanted = expand_values(text)
            count = max(len(wanted), (max(rows, default=start_ms) - start_ms) // step_ms + 1)
            wanted += [None] * (count - len(wanted))
            at = [start_ms + number * step_ms for number in range(count)]
            stray = sorted(rows.keys() - set(at))
            if stray:
                raise ScriptError(f"there are rows at other times: {_show(stray[0])}")
            got = [rows[one][column] if one in rows else None for one in at]
            if not _are_close(got, wanted):
                raise ScriptError(f"{column} is   {show_values(got)}\nexpected   {show_values(wanted)}")

    def _rows(self, tier: Tier, series_id: int | None) -> dict[int, dict[str, float]]:
        """Time -> column -> value."""
        if series_id is None:
            return {}
        ids = np.array([series_id])
        if tier is RAW:
            samples = self._store.read_raw(ids, *ALL_TIME, LIMITS)
            pairs = zip(samples.ts_ms.tolist(), samples.values.tolist(), strict=True)
            return {ts_ms: {"value": value} for ts_ms, value in pairs}
        return {ts_ms: row._asdict() for (_, ts_ms), row in self._rollup_rows(tier, ids).items()}

    def _rollup_rows(self, tier: Tier, ids) -> Rows:  # type: ignore[no-untyped-def]
        return rows_of(self._store.read_rollup(tier, ids, *ALL_TIME, LIMITS))

    def _expect_recomputed(self, _: list[str], tier_name: str) -> None:
        """The rows of all series are those that the raw samples give, from the first whole bucket on."""
        tier = _tier(tier_name)
        ids = np.arange(1, self._store.series_count + 1)
        samples = self._store.read_raw(ids, *ALL_TIME, LIMITS)
        triples = zip(*(column.tolist() for column in samples), strict=True)
        assert_same_rows(self._rollup_rows(tier, ids), rows_by_definition(triples, tier.resolution_ms))

    def _expect_watermark(self, _: list[str], tier: str, at: str) -> None:
        got_ms = tier_status(self._now, _tier(tier)).watermark_ms
        wanted_ms = None if at == "none" else self._time(at)
        _expect_equal(_show(got_ms), _show(wanted_ms), "the watermark")

    def _expect_invalidations(self, _: list[str], tier: str, wanted: str) -> None:
        got = self._now.pending(_tier(tier))
        if wanted.isdigit():
            _expect_equal(len(got), int(wanted), "invalidations")
            return
        edges = [one.split(" to ") for one in wanted.split(", ")]
        ranges = [(_show(self._time(start)), _show(self._time(end))) for start, end in edges]
        _expect_equal([(_show(one.start_ms), _show(one.end_ms)) for one in got], ranges, "invalidations")

    def _expect_chunks(self, _: list[str], tier: str, kind: str, count: str) -> None:
        _expect_equal(self._now.count_chunks(_tier(tier), kind), int(count), f"{kind} chunks")


def _tier(name: str) -> Tier:
    if name not in TIER_NAMES:
        raise ScriptError(f"{name} is no tier; there are {', '.join(TIER_NAMES)}")
    return TIER_NAMES[name]


def _show(ts_ms: int | None) -> str:
    return "none" if ts_ms is None else (EPOCH + timedelta(milliseconds=ts_ms)).isoformat()[:-6]


def _expect_equal(got: object, wanted: object, what: str) -> None:
    if got != wanted:
        raise ScriptError(f"{what}: {got}, expected {wanted}")


def _are_close(got: list[float | None], wanted: list[float | None]) -> bool:
    return len(got) == len(wanted) and all(
        (one is None and other is None)
        or (
            one is not None
            and other is not None
            and (math.isclose(one, other, abs_tol=1e-9) or (math.isnan(one) and math.isnan(other)))
        )
        for one, other in zip(got, wanted, strict=True)
    )
