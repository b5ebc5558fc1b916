"""Blocking work beside the event loop."""

import asyncio
import threading

import pytest

from metricbox.alerts.channels.sending import SendError
from metricbox.alerts.channels.threads import run_in_thread


async def test_it_returns_or_raises_what_the_work_does() -> None:
    assert await run_in_thread(lambda: threading.current_thread().name, "channel-x") == "channel-x"
    with pytest.raises(ZeroDivisionError):
        await run_in_thread(lambda: 1 // 0, "channel-x")


async def test_many_that_hang_delay_no_other_and_their_number_is_limited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("metricbox.alerts.channels.threads.MAX_THREADS", 40)
    release = threading.Event()
    hanging = [asyncio.create_task(run_in_thread(release.wait, "channel-x")) for _ in range(39)]
    await asyncio.sleep(0)
    assert await run_in_thread(lambda: 1, "channel-x") == 1
    more = asyncio.create_task(run_in_thread(release.wait, "channel-x"))
    await asyncio.sleep(0)
    with pytest.raises(SendError) as caught:
        await run_in_thread(lambda: 1, "channel-x")
    assert not caught.value.is_final
    release.set()
    await asyncio.gather(*hanging, more)
    assert await run_in_thread(lambda: 2, "channel-x") == 2


async def test_what_is_cancelled_is_not_waited_for() -> None:
    release = threading.Event()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await run_in_thread(release.wait, "channel-x")
    release.set()
