"""When a target is asked, what is known of it, and that nothing ends its loop."""

import asyncio
import contextlib
import logging

import pytest

from metricbox.ingest.scrape.loop import Health, next_due_ms
from tests.ingest.scrape.targets_at_hand import (
    ENDED,
    NOW_MS,
    Bench,
    Page,
    make_target,
    serving,
    without_reports,
)


@contextlib.asynccontextmanager
async def looping(page, **fields):
    async with serving(page) as url:
        bench = Bench(make_target(url, **fields))
        yield bench
        await bench.close()


@pytest.mark.parametrize(
    ("now_ms", "expected_ms"), [(0, 3), (2, 3), (3, 13), (12, 13), (13, 23), (-1, 3), (-8, -7)]
)
def test_times_are_multiples_of_the_interval_and_the_target_s_offset(now_ms: int, expected_ms: int) -> None:
    assert next_due_ms(now_ms, 10, 3) == expected_ms


async def test_samples_bear_the_time_that_was_due_unless_it_is_long_past() -> None:
    async with looping(Page("a 1\n")) as bench:
        for late_ms, expected_ms in ((150, NOW_MS), (151, NOW_MS + 151)):
            bench.clock.set_ms(NOW_MS + late_ms)
            await bench.loop.scrape(NOW_MS)
            assert set(bench.store.batches[-1].ts_ms.tolist()) == {expected_ms}
        bench.clock.set_ms(NOW_MS - 1)
        await bench.loop.scrape(NOW_MS)
        assert set(bench.store.batches[-1].ts_ms.tolist()) == {NOW_MS - 1}


async def test_what_is_known_of_a_target_follows_its_scrapes(caplog: pytest.LogCaptureFixture) -> None:
    page = Page("a 1\n")
    caplog.set_level(logging.INFO, "metricbox.ingest.scrape")
    async with looping(page, params={"token": "geheim"}) as bench:
        loop = bench.loop
        assert (loop.health, loop.error, loop.last_scrape_ms) == (Health.UNKNOWN, "", None)
        await bench.scrape()
        assert (loop.health, loop.error, loop.last_samples) == (Health.UP, "", 1)
        page.status = "503 Busy"
        await bench.scrape()
        await bench.scrape()
        assert (loop.health, loop.error, loop.last_samples) == (Health.DOWN, "answers 503 Busy", 0)
        page.status = "200 OK"
        await bench.scrape()
        assert (loop.health, loop.last_scrape_ms) == (Health.UP, NOW_MS + 60_000)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2, "once a change, not once a scrape"
    assert said[0].endswith("(job node) answers 503 Busy")
    assert said[1].endswith("is up again")
    assert "geheim" not in "".join(said)


async def test_a_store_that_is_full_loses_a_scrape_and_no_marker() -> None:
    page = Page("a 1\nb 2\n")
    async with looping(page) as bench:
        await bench.scrape()
        stored = len(bench.store.batches)
        page.text = "a 1\n"
        bench.store.full_times = 10_000
        await bench.scrape()
        assert len(bench.store.batches) == stored
        assert bench.loop.error.startswith("was asked, but nothing was stored: ")
        bench.store.full_times = 0
        assert without_reports(await bench.scrape()) == {"a": 1, "b": ENDED}


async def test_the_loop_goes_on_whatever_happens_in_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page = Page("a 1\n")
    async with looping(page, interval="1s", timeout="1s") as bench:
        scrapes = 0
        scrape = bench.loop.scrape

        async def fail_first(due_ms: int) -> None:
            nonlocal scrapes
            scrapes += 1
            if scrapes == 1:
                raise RuntimeError("a fault of ours")
            await scrape(due_ms)

        monkeypatch.setattr(bench.loop, "scrape", fail_first)
        task = asyncio.create_task(bench.loop.run())
        for _ in range(500):
            bench.clock.advance_ms(1_000)
            await asyncio.sleep(0.01)
            if bench.loop.health is Health.UP:
                break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert bench.loop.health is Health.UP
        assert "a scrape of job node failed" in caplog.text


async def test_a_scrape_that_was_broken_off_while_it_was_stored_is_ended_too() -> None:
    page = Page("a 1\n")
    async with looping(page) as bench:
        await bench.scrape()
        page.text = "b 2\n"
        bench.store.is_stalled = True
        bench.clock.advance_ms(15_000)
        before = len(bench.store.batches)
        task = asyncio.create_task(bench.loop.scrape(bench.clock.now_ms()))
        for _ in range(500):
            await asyncio.sleep(0.01)
            if len(bench.store.batches) > before or bench.store.stalled:
                break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        bench.store.is_stalled = False
        for future in bench.store.stalled:
            future.set_result(None)
        bench.clock.advance_ms(10)
        await bench.loop.end()
        found = bench.last()
        assert {"a", "b", "up"} <= set(found)
        assert set(found.values()) == {ENDED}
