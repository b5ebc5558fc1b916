"""The dispatcher on a real outbox. Receivers answer as they are told; real channels have tests of their own."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from metricbox.alerts.channels.sending import SendError
from metricbox.alerts.dispatcher import GIVE_UP_MS, MAX_PER_MINUTE, Dispatcher, next_wait_ms
from metricbox.clock import ManualClock
from metricbox.store.appdb.alert_channels import ChannelRecord, NewChannel, create_channel, delete_channel
from metricbox.store.appdb.alert_deliveries import (
    DeliveryRecord,
    NewDelivery,
    list_attempts,
    list_deliveries,
    queue_deliveries,
    resend_delivery,
)
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.records import PageRequest
from tests.support.authors import AUTHOR
from tests.support.stores import NOW_MS


class Receiver:
    """Takes messages, or fails as the list says: None takes it."""

    def __init__(self, *faults: SendError | None) -> None:
        self.faults = list(faults)
        self.taken: list[Mapping[str, Any]] = []
        self.is_hanging = False

    async def send(self, message: Mapping[str, Any]) -> str:
        if self.is_hanging:
            await asyncio.Event().wait()
        fault = self.faults.pop(0) if self.faults else None
        if fault:
            raise fault
        self.taken.append(message)
        return "200 OK"


class Post:
    """An outbox with channels and a dispatcher."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(NOW_MS)
        self.appdb = AppDatabase.open(folder / "app.sqlite", self.clock)
        self.receivers: dict[str, Receiver] = {}
        self.results: list[tuple[str, bool]] = []
        self.dispatcher = Dispatcher(
            self.appdb,
            self.clock,
            self._make_sender,
            lambda kind, is_delivered: self.results.append((kind, is_delivered)),
        )

    def _make_sender(self, channel: ChannelRecord) -> Receiver:
        if channel.id not in self.receivers:
            raise ValueError("url is missing")
        return self.receivers[channel.id]

    def channel(self, receiver: Receiver | None, name: str = "ops") -> ChannelRecord:
        new = NewChannel(name, "webhook", {}, True)
        made = self.appdb.write_blocking(lambda connection: create_channel(connection, new, AUTHOR, NOW_MS))
        if receiver:
            self.receivers[made.id] = receiver
        return made

    def queue(
        self, channel: ChannelRecord, status: str, *events: str, rule: str = "r", text: str = ""
    ) -> None:
        payload = {
            "status": status,
            "text": text,
            "alerts": [{"eventId": one} for one in events],
            "alertsTotal": 1,
        }
        new = NewDelivery(channel.id, channel.name, rule, status, payload, events)
        now_ms = self.clock.now_ms()
        self.appdb.write_blocking(lambda connection: queue_deliveries(connection, [new], now_ms))

    async def deliver(self, advance_ms: int = 0) -> float:
        self.clock.advance_ms(advance_ms)
        wait_s = await self.dispatcher.start_workers()
        await self.dispatcher.drain()
        return wait_s

    def ledger(self) -> list[DeliveryRecord]:
        """In the order in which they were decided."""
        page = self.appdb.read_blocking(lambda connection: list_deliveries(connection, PageRequest()))
        return list(page.rows)[::-1]

    def states(self) -> list[str]:
        return [one.state for one in self.ledger()]


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path)
    yield made
    made.appdb.close()


async def test_a_message_is_delivered_once_and_the_ledger_says_so(post: Post) -> None:
    receiver = Receiver()
    post.queue(post.channel(receiver), "firing", "e1", text="x")
    await post.deliver()
    await post.deliver(60_000)
    assert [message["text"] for message in receiver.taken] == ["x"]
    (entry,) = post.ledger()
    assert (entry.state, entry.attempts, entry.answer, entry.finished_ms) == (
        "delivered",
        1,
        "200 OK",
        NOW_MS,
    )
    attempts = post.appdb.read_blocking(lambda connection: list_attempts(connection, entry.id))
    assert [tuple(one) for one in attempts] == [(NOW_MS, True, "200 OK")]
    assert post.results == [("webhook", True)]


async def test_what_fails_is_tried_again_later_and_later(post: Post) -> None:
    receiver = Receiver(SendError("500"), SendError("500"), SendError("503", retry_after_s=120))
    post.queue(post.channel(receiver), "firing", "e1")
    assert await post.deliver() == 30
    assert await post.deliver(9_000) == 1
    await post.deliver(1_000)
    assert post.ledger()[0].attempts == 2
    await post.deliver(20_000)
    assert post.ledger()[0].due_ms == post.clock.now_ms() + 120_000
    await post.deliver(120_000)
    assert (post.states(), len(receiver.taken)) == (["delivered"], 1)
    assert [next_wait_ms(attempts, None) for attempts in range(8)] == [
        10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 600_000, 600_000,
    ]  # fmt: skip


async def test_after_a_day_it_is_given_up_and_the_resolved_one_with_it(post: Post) -> None:
    receiver = Receiver(*[SendError("500")] * 1000)
    channel = post.channel(receiver)
    post.queue(channel, "firing", "e1")
    post.queue(channel, "resolved", "e1")
    for _ in range(GIVE_UP_MS // 600_000 + 10):
        await post.deliver(600_000)
    first, second = post.ledger()
    assert (first.state, first.answer) == ("given_up", "500")
    assert (second.state, second.answer, second.attempts) == ("dropped", "nobody was told that it fired", 0)
    assert receiver.taken == []


async def test_what_would_be_refused_again_is_given_up_at_once_and_can_be_sent_again(post: Post) -> None:
    receiver = Receiver(SendError("404 no such hook", is_final=True))
    post.queue(post.channel(receiver), "firing", "e1")
    await post.deliver()
    (entry,) = post.ledger()
    assert (entry.state, entry.attempts) == ("given_up", 1)
    post.appdb.write_blocking(lambda connection: resend_delivery(connection, entry.id, NOW_MS))
    await post.deliver()
    assert post.states() == ["delivered"]


async def test_messages_of_one_rule_keep_their_order_and_others_go_past(post: Post) -> None:
    receiver = Receiver(SendError("500"))
    channel = post.channel(receiver)
    post.queue(channel, "firing", "e1", text="first")
    post.queue(channel, "resolved", "e1", text="second")
    post.queue(channel, "firing", "e9", rule="other", text="other")
    await post.deliver()
    assert [message["text"] for message in receiver.taken] == ["other"]
    await post.deliver(10_000)
    assert [message["text"] for message in receiver.taken] == ["other", "first", "second"]


async def test_resolved_speaks_of_those_alone_who_were_told(post: Post) -> None:
    receiver = Receiver(None, SendError("gone", is_final=True))
    channel = post.channel(receiver)
    post.queue(channel, "firing", "e1")
    post.queue(channel, "firing", "e2")
    post.queue(channel, "resolved", "e1", "e2")
    await post.deliver()
    assert [alert["eventId"] for alert in receiver.taken[-1]["alerts"]] == ["e1"]
    assert receiver.taken[-1]["alertsTotal"] == 1


async def test_a_channel_that_hangs_delays_no_other(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metricbox.alerts.dispatcher.SEND_TIMEOUT_S", 0.05)
    hanging, other = Receiver(), Receiver()
    hanging.is_hanging = True
    post.queue(post.channel(hanging, "a"), "firing", "e1")
    post.queue(post.channel(other, "b"), "firing", "e1")
    await post.deliver()
    assert len(other.taken) == 1
    assert sorted(post.states()) == ["delivered", "queued"]
    assert next(one for one in post.ledger() if one.state == "queued").answer == "no answer within 0.05 s"


async def test_a_channel_that_cannot_be_used_says_so_in_the_ledger(post: Post) -> None:
    channel = post.channel(None)
    post.queue(channel, "firing", "e1")
    await post.deliver()
    assert [(one.state, one.answer) for one in post.ledger()] == [("queued", "url is missing")]
    post.appdb.write_blocking(lambda connection: delete_channel(connection, channel.id, AUTHOR, NOW_MS))
    await post.deliver(60_000)
    assert [(one.state, one.answer) for one in post.ledger()] == [("dropped", "the channel was deleted")]


async def test_a_storm_is_sent_in_portions(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = Receiver()
    channel = post.channel(receiver)
    for number in range(MAX_PER_MINUTE + 5):
        post.queue(channel, "firing", str(number), rule=str(number))

    async def sleep(_: float) -> None:
        post.clock.advance_ms(1_000)

    monkeypatch.setattr("metricbox.alerts.dispatcher.asyncio.sleep", sleep)
    await post.deliver()
    assert len(receiver.taken) == MAX_PER_MINUTE + 5
    assert post.clock.now_ms() >= NOW_MS + 60_000


@pytest.fixture
async def running(post: Post) -> AsyncIterator[Post]:
    task = asyncio.create_task(post.dispatcher.run())
    yield post
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_it_wakes_for_what_is_queued(running: Post) -> None:
    receiver = Receiver()
    channel = running.channel(receiver)
    running.queue(channel, "firing", "e1")
    running.dispatcher.wake()
    async with asyncio.timeout(10):
        while not receiver.taken:
            await asyncio.sleep(0.01)
    assert json.dumps(receiver.taken[0])


@pytest.mark.parametrize("turns", range(5))
async def test_it_ends_when_it_is_cancelled_while_it_wakes(post: Post, turns: int) -> None:
    task = asyncio.create_task(post.dispatcher.run())
    for _ in range(20):
        await asyncio.sleep(0.002)
    post.dispatcher.wake()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=5)
    assert done
