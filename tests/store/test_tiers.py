"""The table of tiers, and that a wrong one does not get past import."""

import pytest

from metricbox.durations import parse_duration_ms
from metricbox.settings import Settings
from metricbox.store.buckets import Range
from metricbox.store.tiers import (
    HOUR,
    MINUTE,
    RAW,
    TIERS,
    Tier,
    chunk_range,
    chunk_start_ms,
    coarser_of,
    source_of,
    tier_named,
    validate,
)

HOUR_MS = 3_600_000
DAY = Tier(
    "metrics_1day", 24 * HOUR_MS, 360 * 24 * HOUR_MS, "metrics_1hour", 3650 * 24 * HOUR_MS, 24 * HOUR_MS
)


def test_the_tiers_are_those_of_the_design() -> None:
    assert [(tier.table, tier.resolution_ms, tier.chunk_ms, tier.source) for tier in TIERS] == [
        ("metrics_raw", 0, 2 * HOUR_MS, None),
        ("metrics_1min", 60_000, 24 * HOUR_MS, "metrics_raw"),
        ("metrics_1hour", HOUR_MS, 30 * 24 * HOUR_MS, "metrics_1min"),
    ]
    assert [tier.default_retention_ms for tier in TIERS] == [
        parse_duration_ms(text) for text in ("7d", "30d", "365d")
    ]
    assert [tier.refresh_interval_ms for tier in TIERS] == [0, 60_000, HOUR_MS]


def test_the_defaults_are_those_of_the_settings() -> None:
    settings = Settings()
    kept = [settings.retention_raw, settings.retention_1min, settings.retention_1hour]
    assert kept == [tier.default_retention_ms for tier in TIERS]


def test_each_tier_knows_its_neighbours() -> None:
    assert [coarser_of(tier) for tier in TIERS] == [MINUTE, HOUR, None]
    assert [source_of(tier) for tier in TIERS] == [None, RAW, MINUTE]
    assert [tier_named(tier.table) for tier in TIERS] == list(TIERS)
    assert [tier.is_raw for tier in TIERS] == [True, False, False]
    with pytest.raises(KeyError, match="there is no tier metrics_5min"):
        tier_named("metrics_5min")


def test_a_further_tier_needs_no_code() -> None:
    day_chunks = HOUR._replace(chunk_ms=30 * 24 * HOUR_MS)
    assert validate((RAW._replace(chunk_ms=24 * HOUR_MS), MINUTE, day_chunks, DAY))[-1] == DAY


@pytest.mark.parametrize("ts_ms", [-1, 0, 1, 1_795_600_800_000, -(10**13)])
def test_no_bucket_of_a_coarser_tier_is_cut_by_a_chunk(ts_ms: int) -> None:
    """Traps B051, B083: chunks begin at multiples of the largest bucket, in UTC."""
    for tier in TIERS:
        chunk = chunk_range(tier, ts_ms)
        assert chunk.contains(ts_ms)
        assert chunk == Range(chunk_start_ms(tier, ts_ms), chunk_start_ms(tier, ts_ms) + tier.chunk_ms)
        assert all(chunk.start_ms % other.resolution_ms == 0 for other in TIERS if other.resolution_ms)


@pytest.mark.parametrize(
    ("tiers", "message"),
    [
        ((), "first tier must be raw"),
        ((MINUTE, HOUR), "first tier must be raw"),
        ((RAW._replace(resolution_ms=1_000),), "first tier must be raw"),
        ((RAW, MINUTE, MINUTE), "a table name of its own"),
        ((RAW._replace(chunk_ms=0),), "metrics_raw: a chunk must be longer"),
        ((RAW, HOUR), "metrics_1hour: its source must be metrics_raw"),
        ((RAW, MINUTE, HOUR._replace(resolution_ms=60_000)), "metrics_1hour: its resolution must be coarser"),
        (
            (RAW, MINUTE, HOUR._replace(resolution_ms=90_000)),
            "metrics_1hour: its resolution must be a multiple",
        ),
        (
            (RAW._replace(chunk_ms=5_400_000), MINUTE, HOUR),
            "metrics_raw: its chunk must be a multiple of the resolution of metrics_1hour",
        ),
        (
            (RAW, MINUTE._replace(chunk_ms=90_000)),
            "metrics_1min: its chunk must be a multiple of the resolution of metrics_1min",
        ),
        (
            (RAW, MINUTE._replace(default_retention_ms=1)),
            "metrics_1min: it must be kept at least as long as metrics_raw",
        ),
        ((RAW._replace(default_retention_ms=1),), "metrics_raw: it must be kept for at least one chunk"),
        ((RAW, MINUTE._replace(refresh_interval_ms=0)), "metrics_1min: it needs a refresh interval"),
    ],
)
def test_tiers_that_cannot_work_together_are_refused(tiers: tuple[Tier, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        validate(tiers)
