"""Delivers what the outbox holds, off the alert loop. Runs on the event loop.

Each channel has a worker of its own while it has something to send, so that one that hangs delays no other (trap
B112). What fails is tried again at 10, 20, 40 … s, at most every 10 min, for a day; then it is given up, and the ledger
says so. A process that is killed after a receiver took a message and before that was written sends it again: each
message arrives at least once. Resolved is sent only to those to whom firing was delivered, and says only of those.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from metricbox.alerts.channels.sending import Sender, SendError
from metricbox.clock import Clock
from metricbox.store.appdb.alert_channels import ChannelRecord, list_channels
from metricbox.store.appdb.alert_deliveries import (
    DeliveryRecord,
    drop_delivery,
    find_next_due,
    list_delivered_events,
    list_queued,
    note_attempt,
)
from metricbox.store.appdb.database import AppDatabase, Connection

logger = logging.getLogger(__name__)

FIRST_RETRY_MS = 10_000
LAST_RETRY_MS = 600_000
GIVE_UP_MS = 86_400_000
# A receiver that has not answered by then is taken for one that never will.
SEND_TIMEOUT_S = 20.0
# A channel's messages within a minute; more wait their turn. Receivers block those who send too many.
MAX_PER_MINUTE = 30
BATCH = 20
# Nothing is due: how long until the outbox is looked at again, were nobody to wake the dispatcher.
IDLE_S = 30.0


class Dispatcher:
    """`make_sender` raises ValueError for settings that it cannot use."""

    def __init__(
        self,
        appdb: AppDatabase,
        clock: Clock,
        make_sender: Callable[[ChannelRecord], Sender],
        note_result: Callable[[str, bool], None] = lambda *_: None,
    ) -> None:
        self._appdb = appdb
        self._clock = clock
        self._make_sender = make_sender
        self._note_result = note_result
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._sent_ms: dict[str, list[int]] = {}
        self._wish = asyncio.Event()

    def wake(self) -> None:
        """Something was queued."""
        self._wish.set()

    async def run(self) -> None:
        """Delivers for ever; no failure ends it. Cancelling it ends what is being sent."""
        try:
            while True:
                self._wish.clear()
                try:
                    wait_s = await self.start_workers()
                except Exception:
                    logger.exception("the outbox could not be read; tried again in %s s", IDLE_S)
                    wait_s = IDLE_S
                # Not wait_for: when both come at once, Python 3.11's takes the wish and forgets that it was cancelled.
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._wish.wait()
        finally:
            for worker in list(self._workers.values()):
                worker.cancel()
            await asyncio.gather(*self._workers.values(), return_exceptions=True)

    async def start_workers(self) -> float:
        """A worker for each channel that has something due. Seconds until the next one is due."""
        due, channels = await self._appdb.read(
            lambda connection: (find_next_due(connection), {one.id: one for one in list_channels(connection)})
        )
        now_ms = self._clock.now_ms()
        wait_s = IDLE_S
        for channel_id, due_ms in due.items():
            channel = channels.get(channel_id)
            if channel is None or not channel.is_enabled or channel_id in self._workers:
                continue
            if due_ms > now_ms:
                wait_s = min(wait_s, (due_ms - now_ms) / 1000)
                continue
            worker = asyncio.create_task(self._work(channel), name=f"channel-{channel.type}")
            self._workers[channel_id] = worker
            worker.add_done_callback(partial(self._end_worker, channel_id))
        return wait_s

    async def drain(self) -> None:
        """Wait for the workers that run now."""
        while self._workers:
            await asyncio.gather(*self._workers.values(), return_exceptions=True)

    def _end_worker(self, channel_id: str, _: object) -> None:
        self._workers.pop(channel_id, None)
        # Another rule's message may have become due meanwhile.
        self._wish.set()

    # ---- one channel

    async def _work(self, channel: ChannelRecord) -> None:
        try:
            sender = self._make_sender(channel)
        except ValueError as error:
            sender = _Unusable(str(error))
        try:
            while True:
                queued = await self._appdb.read(partial(self._list_queued, channel.id))
                if not queued:
                    return
                for delivery in queued:
                    if not self._may_send(channel.id):
                        await asyncio.sleep(1)
                        break
                    await self._deliver(channel, sender, delivery)
        except Exception:
            # The outbox could not be written: what was sent may be sent again, which is better than never.
            logger.exception("channel %s stopped; tried again in %s s", channel.name, IDLE_S)
            await asyncio.sleep(IDLE_S)

    def _list_queued(self, channel_id: str, connection: Connection) -> list[DeliveryRecord]:
        return list_queued(connection, channel_id, self._clock.now_ms(), BATCH)

    def _may_send(self, channel_id: str) -> bool:
        now_ms = self._clock.now_ms()
        sent = [at_ms for at_ms in self._sent_ms.get(channel_id, ()) if 0 <= now_ms - at_ms < 60_000]
        self._sent_ms[channel_id] = sent
        if len(sent) >= MAX_PER_MINUTE:
            return False
        sent.append(now_ms)
        return True

    async def _deliver(self, channel: ChannelRecord, sender: Sender, delivery: DeliveryRecord) -> None:
        message: Mapping[str, Any] | None = delivery.payload
        if delivery.status == "resolved":
            delivered = await self._appdb.read(
                lambda connection: list_delivered_events(connection, channel.id, delivery.event_ids)
            )
            message = _about(delivery.payload, delivered)
        if message is None:
            reason = "nobody was told that it fired"
            now_ms = self._clock.now_ms()
            await self._appdb.write(lambda connection: drop_delivery(connection, delivery.id, reason, now_ms))
            return
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                answer = await sender.send(message)
        except TimeoutError:
            await self._note_failure(channel, delivery, SendError(f"no answer within {SEND_TIMEOUT_S:g} s"))
        except SendError as error:
            await self._note_failure(channel, delivery, error)
        except Exception as error:
            logger.exception("channel %s failed in a way that nobody thought of", channel.name)
            await self._note_failure(channel, delivery, SendError(f"failed: {type(error).__name__}"))
        else:
            now_ms = self._clock.now_ms()
            await self._appdb.write(
                lambda connection: note_attempt(
                    connection, delivery.id, state="delivered", answer=answer, now_ms=now_ms
                )
            )
            self._note_result(channel.type, True)

    async def _note_failure(self, channel: ChannelRecord, delivery: DeliveryRecord, error: SendError) -> None:
        self._note_result(channel.type, False)
        now_ms = self._clock.now_ms()
        wait_ms = next_wait_ms(delivery.attempts, error.retry_after_s)
        gives_up = error.is_final or now_ms + wait_ms - delivery.created_ms > GIVE_UP_MS
        logger.warning(
            "channel %s did not take a message: %s; %s",
            channel.name,
            error,
            "given up" if gives_up else f"tried again in {wait_ms // 1000} s",
        )
        await self._appdb.write(
            lambda connection: note_attempt(
                connection,
                delivery.id,
                state="given_up" if gives_up else "queued",
                answer=str(error),
                now_ms=now_ms,
                due_ms=None if gives_up else now_ms + wait_ms,
            )
        )


class _Unusable:
    """A channel whose settings cannot be used; each of its messages says so in the ledger."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def send(self, _: Mapping[str, Any]) -> str:
        raise SendError(self._reason)


def next_wait_ms(attempts: int, retry_after_s: float | None) -> int:
    """How long to wait after so many tries before this one; the receiver's own wish counts when it is longer."""
    wait_ms = min(FIRST_RETRY_MS << min(attempts, 10), LAST_RETRY_MS)
    if retry_after_s is not None:
        wait_ms = max(wait_ms, min(round(retry_after_s * 1000), 3_600_000))
    return wait_ms


def _about(payload: Mapping[str, Any], event_ids: set[str]) -> Mapping[str, Any] | None:
    """The message with those alerts alone; None when none is left."""
    alerts = [alert for alert in payload["alerts"] if alert["eventId"] in event_ids]
    if not alerts:
        return None
    return (
        payload
        if len(alerts) == len(payload["alerts"])
        else {**payload, "alerts": alerts, "alertsTotal": len(alerts)}
    )
