"""Which table is read: by range, by step and by what is kept (API 7)."""

from collections.abc import Mapping

import pytest

from metricbox.durations import parse_duration_ms
from metricbox.query.router import TOLERANCE_MS, Span, choose_tier, reaches_back
from metricbox.store.tiers import HOUR, MINUTE, RAW, TIERS, Tier
from tests.support.stores import NOW_MS, default_retention_ms


def choose(
    range_ms: int,
    step: str | None = None,
    ago_ms: int = 0,
    retention: Mapping[Tier, int] | None = None,
) -> Tier:
    """The table for a range that ends so long ago."""
    end_ms = NOW_MS - ago_ms
    step_ms = None if step is None else parse_duration_ms(step)
    kept = (lambda tier: retention[tier]) if retention else default_retention_ms
    return choose_tier(Span(end_ms - range_ms, end_ms, step_ms), NOW_MS, kept)


def ms(text: str) -> int:
    return parse_duration_ms(text)


@pytest.mark.parametrize(
    ("range_ms", "tier"),
    [
        (1, RAW),
        (ms("1h"), RAW),
        (ms("1h") + 1, MINUTE),
        (ms("24h"), MINUTE),
        (ms("24h") + 1, HOUR),
        (ms("365d"), HOUR),
        (ms("1000d"), HOUR),
    ],
)
def test_the_range_decides(range_ms: int, tier: Tier) -> None:
    assert choose(range_ms) is tier


@pytest.mark.parametrize(
    ("range_text", "step", "tier"),
    [
        ("2h", "1m", MINUTE),
        ("2h", "59s", RAW),
        ("2h", "90s", RAW),
        ("2d", "1h", HOUR),
        ("2d", "2h", HOUR),
        ("2d", "90m", MINUTE),
        ("2d", "1m", MINUTE),
        ("2d", "10s", RAW),
        ("20d", "1h", HOUR),
        ("10m", "1h", RAW),
    ],
)
def test_a_step_that_buckets_cannot_make_up_reads_finer(range_text: str, step: str, tier: Tier) -> None:
    assert choose(ms(range_text), step) is tier


def test_a_finer_table_is_read_only_where_it_reaches_back() -> None:
    assert choose(ms("20d"), "10s") is MINUTE
    assert choose(ms("2d"), "10s", ago_ms=ms("5d")) is RAW
    assert choose(ms("2d"), "10s", ago_ms=ms("6d")) is MINUTE
    assert choose(ms("40d"), "10s") is HOUR


def test_what_is_not_kept_is_read_coarser() -> None:
    assert choose(ms("10m"), ago_ms=ms("6d")) is RAW
    assert choose(ms("10m"), ago_ms=ms("8d")) is MINUTE
    assert choose(ms("10m"), ago_ms=ms("31d")) is HOUR
    assert choose(ms("10m"), ago_ms=ms("500d")) is HOUR
    assert choose(ms("10m"), "10s", ago_ms=ms("31d")) is HOUR


def test_a_query_for_all_that_is_kept_reads_it() -> None:
    """It is asked a little before it is answered."""
    edge_ms = ms("7d") - ms("1h")
    assert choose(ms("1h"), ago_ms=edge_ms) is RAW
    assert choose(ms("1h"), ago_ms=edge_ms + TOLERANCE_MS) is RAW
    assert choose(ms("1h"), ago_ms=edge_ms + TOLERANCE_MS + 1) is MINUTE


def test_retention_is_asked_anew() -> None:
    short = {RAW: ms("1h"), MINUTE: ms("2h"), HOUR: ms("3h")}
    assert choose(ms("1h"), retention=short) is RAW
    assert choose(ms("1h"), ago_ms=ms("30m"), retention=short) is MINUTE
    assert choose(ms("1h"), ago_ms=ms("90m"), retention=short) is HOUR
    assert reaches_back(RAW, NOW_MS - ms("1h"), NOW_MS, lambda tier: short[tier])
    assert not reaches_back(RAW, NOW_MS - ms("2h"), NOW_MS, lambda tier: short[tier])


def test_fewer_tiers_need_no_code() -> None:
    def choose_of(tiers: tuple[Tier, ...], range_ms: int) -> Tier:
        return choose_tier(Span(NOW_MS - range_ms, NOW_MS, None), NOW_MS, default_retention_ms, tiers)

    assert choose_of(TIERS[:1], ms("10h")) is RAW
    assert choose_of(TIERS[:2], ms("1h")) is RAW
    assert choose_of(TIERS[:2], ms("48h")) is MINUTE
