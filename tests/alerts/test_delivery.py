"""The dispatcher with real channels and real receivers: down for an hour, hanging, redirecting, dropping mail."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.making import make_sender
from metricbox.alerts.dispatcher import Dispatcher
from metricbox.clock import ManualClock
from metricbox.store.appdb.alert_channels import ChannelRecord, NewChannel, create_channel
from metricbox.store.appdb.alert_deliveries import (
    DeliveryRecord,
    NewDelivery,
    list_deliveries,
    queue_deliveries,
)
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.records import PageRequest
from tests.support.alert_messages import make
from tests.support.authors import AUTHOR
from tests.support.http_sink import Answer, HttpSink, run_sink
from tests.support.mail_server import run_mail_server
from tests.support.stores import NOW_MS

TURN_MS = 10_000


class Post:
    """An outbox, a dispatcher, and the channels of this release."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(NOW_MS)
        self.appdb = AppDatabase.open(folder / "app.sqlite", self.clock)
        self.poster = HttpPoster()
        self.dispatcher = Dispatcher(
            self.appdb, self.clock, lambda channel: make_sender(channel, self.poster)
        )

    async def close(self) -> None:
        await self.poster.close()
        self.appdb.close()

    def channel(self, kind: str, **settings: Any) -> ChannelRecord:
        new = NewChannel(kind, kind, settings, True)
        return self.appdb.write_blocking(lambda connection: create_channel(connection, new, AUTHOR, NOW_MS))

    def queue(self, channel: ChannelRecord, status: str = "firing", rule_id: str = "r1") -> dict[str, Any]:
        message = make(status, rule_id=rule_id)
        new = NewDelivery(channel.id, channel.name, rule_id, status, message, ["e0"])
        now_ms = self.clock.now_ms()
        self.appdb.write_blocking(lambda connection: queue_deliveries(connection, [new], now_ms))
        return message

    async def deliver(self, advance_ms: int = 0) -> None:
        self.clock.advance_ms(advance_ms)
        await self.dispatcher.start_workers()
        await self.dispatcher.drain()

    def ledger(self) -> list[DeliveryRecord]:
        page = self.appdb.read_blocking(lambda connection: list_deliveries(connection, PageRequest()))
        return list(page.rows)[::-1]


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    made = Post(tmp_path)
    yield made
    await made.close()


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    with run_sink() as running:
        yield running


async def test_a_receiver_that_is_broken_for_an_hour_gets_all_of_it_then(post: Post, sink: HttpSink) -> None:
    broken_until_ms = NOW_MS + 3_600_000
    sink.answer = lambda _: Answer(500 if post.clock.now_ms() < broken_until_ms else 200, b"")
    channel = post.channel("webhook", url=sink.url)
    firing = post.queue(channel)
    resolved = post.queue(channel, "resolved")
    while post.clock.now_ms() < broken_until_ms + 600_000:
        await post.deliver(TURN_MS)
    first, second = post.ledger()
    assert (first.state, second.state, second.attempts) == ("delivered", "delivered", 1)
    # 10, 20, 40 … 320 s and then every 10 min: a dozen tries an hour, not three hundred.
    assert first.attempts == 12
    assert [posted.json for posted in sink.posted] == [firing] * 12 + [resolved]


async def test_the_wish_of_a_receiver_is_kept(post: Post, sink: HttpSink) -> None:
    sink.answer = lambda _: Answer(429, b"", {"Retry-After": "300"})
    post.queue(post.channel("slack", url=sink.url))
    for _ in range(29):
        await post.deliver(TURN_MS)
    assert len(sink.posted) == 1
    sink.answer = lambda _: Answer()
    for _ in range(2):
        await post.deliver(TURN_MS)
    assert (len(sink.posted), post.ledger()[0].state) == (2, "delivered")


async def test_a_receiver_that_hangs_delays_no_other(
    post: Post, sink: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metricbox.alerts.channels.http.TIMEOUT_S", 1.0)
    sink.answer = lambda posted: Answer(hangs=posted.path == "/hang")
    for number in range(50):
        post.queue(post.channel("webhook", url=f"{sink.url}/hang"), rule_id=f"r{number}")
    good = post.channel("webhook", url=f"{sink.url}/good")
    post.queue(good)
    await post.dispatcher.start_workers()
    async with asyncio.timeout(30):
        while not [one for one in post.ledger() if (one.channel_id, one.state) == (good.id, "delivered")]:
            await asyncio.sleep(0.01)
    assert not [one for one in post.ledger() if one.channel_id != good.id and one.state != "queued"]
    await post.dispatcher.drain()
    assert {one.answer for one in post.ledger()} == {"200 ok", "no answer within 1 s"}


async def test_a_redirect_is_given_up_at_once(post: Post, sink: HttpSink) -> None:
    with run_sink() as other:
        sink.answer = lambda _: Answer(302, b"", {"Location": other.url})
        post.queue(post.channel("webhook", url=sink.url, headers={"Authorization": "Bearer abcdefgh"}))
        await post.deliver()
        assert other.posted == []
    (entry,) = post.ledger()
    assert (entry.state, entry.attempts) == ("given_up", 1)


async def test_a_mail_server_that_drops_after_data_gets_the_mail_again(post: Post) -> None:
    async with run_mail_server() as server:
        settings = {"to": ["ada@example.org"], "from": "metricbox@example.org", "host": "127.0.0.1"}
        post.queue(post.channel("email", **settings, port=server.port, security="none"))
        server.faults["DATA"] = "drop"
        await post.deliver()
        (entry,) = post.ledger()
        assert (entry.state, entry.answer) == ("queued", "the server closed the connection")
        server.faults.clear()
        # Whatever it says after it took the mail: it is delivered once.
        server.faults["QUIT"] = "drop"
        await post.deliver(TURN_MS)
        (entry,) = post.ledger()
        assert (entry.state, entry.answer, entry.attempts) == ("delivered", "250 2.0.0 queued as 42", 2)
    assert len(server.mails) == 1


async def test_the_firing_mail_that_is_late_still_says_firing(post: Post) -> None:
    """Trap B110: what is sent is what was true when it was decided."""
    async with run_mail_server() as server:
        settings = {"to": ["ada@example.org"], "from": "metricbox@example.org", "host": "127.0.0.1"}
        channel = post.channel("email", **settings, port=server.port, security="none")
        server.faults["MAIL"] = "451 later"
        post.queue(channel)
        await post.deliver()
        post.queue(channel, "resolved")
        server.faults.clear()
        await post.deliver(TURN_MS)
        await post.deliver(TURN_MS)
    subjects = [mail["Subject"] for mail in server.mails]
    assert subjects == ["Critical: CPU high host=a", "Resolved: CPU high host=a"]
