"""From the spool to the server: what is sent next, how long to wait, and what an answer does to the batch.

While the server answers there is one batch at most. After an outage the oldest go first, several to a request and with
a pause between; whatever is measured meanwhile is sent before the next of them, so that the server sees the present at
once. A batch is struck off when the server has it or will never take it.

    stored ──▶ strike off        refused ──▶ alone first, then dropped and counted
    too large ──▶ in halves      later ──▶ 1 s, 2 s, … 60 s, each with chance; or what the server asked for
    no entry, no door ──▶ kept, once a minute
"""

import logging
import random
import threading
import zlib
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from metricbox.agent.remote.numbers import AgentNumbers
from metricbox.agent.remote.points import SEPARATOR, compress_points, make_body, split_points
from metricbox.agent.remote.push import Answer, Verdict
from metricbox.agent.remote.spool import Place, Record, Spool
from metricbox.clock import Clock
from metricbox.durations import format_duration

# Some 16 batches of a usual host: 5,000 points, and 1 MB in memory.
BATCH_BYTES = 64 * 1024
BATCH_RECORDS = 16
PAUSE_S = 0.25
FIRST_BACKOFF_S = 1.0
MAX_BACKOFF_S = 60.0
# For what a person has to mend.
SLOW_S = 60.0
LOG_EVERY_S = 600.0
# Words may hold a time or an id, and be new each time.
LOG_NEW_EVERY_S = 60.0
SYNC_EVERY_S = 60.0

_log = logging.getLogger(__name__)


class _Told(NamedTuple):
    at_s: float
    words: str


class Push(Protocol):
    def push(self, body: bytes) -> Answer: ...


class Delivery:
    """`step` does one thing and says when to come again; `run` does so until it is stopped."""

    def __init__(
        self,
        spool: Spool,
        pusher: Push,
        numbers: AgentNumbers,
        clock: Clock,
        *,
        spread_s: float = 0.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`spread_s` is how long a new batch may wait. All agents measure at the same moment; they need not send then,
        and answers from all parts of a second tell the server's time better.
        """
        self._spool = spool
        self._pusher = pusher
        self._numbers = numbers
        self._clock = clock
        self._spread_s = spread_s
        self._chance = chance
        self._wake = threading.Event()
        self._is_stopped = False
        self._newest: Place | None = None
        self._not_before_s = 0.0
        self._failures = 0
        self._has_backlog = False
        """Of an outage that is over: its end is told once."""
        self._max_points: int | None = None
        """What the server took once it had found more too large. Its limit is a setting, so this holds on."""
        self._one_by_one = 0
        """So many records are sent alone: one of them was refused among others."""
        self._told: dict[str, _Told] = {}
        self._synced_s = clock.monotonic_s()

    @property
    def is_failing(self) -> bool:
        """Whether the last request was answered so that it has to be repeated."""
        return self._failures > 0

    def offer(self, place: Place) -> None:
        """A batch was just spooled."""
        self._newest = place
        soon_s = self._clock.monotonic_s() + self._chance() * self._spread_s
        self._not_before_s = max(self._not_before_s, soon_s)
        self._wake.set()

    def stop(self) -> None:
        self._is_stopped = True
        self._wake.set()

    def run(self) -> None:
        while not self._is_stopped:
            try:
                wait_s = self.step()
            except Exception:  # a fault of ours must not end the sending
                _log.exception("sending failed; it is tried again")
                wait_s = SLOW_S
                self._not_before_s = self._clock.monotonic_s() + SLOW_S
            if wait_s is None or wait_s > 0:
                self._wake.wait(SYNC_EVERY_S if wait_s is None else wait_s)
                self._wake.clear()

    def step(self) -> float | None:
        """Send one batch when it is time. Seconds until there is something to do; None when nothing is held."""
        now_s = self._clock.monotonic_s()
        self._sync(now_s)
        if now_s < self._not_before_s:
            return self._not_before_s - now_s
        records = self._pick()
        if not records:
            return None
        answer = self._send(records)
        self._settle(answer, records)
        return max(self._not_before_s - self._clock.monotonic_s(), 0.0)

    # ---- what is sent

    def _pick(self) -> Sequence[Record]:
        newest, self._newest = self._newest, None
        if newest is not None and not self._failures:
            record = self._spool.find(newest)
            if record is not None:
                return [record]
        limit = 1 if self._one_by_one else BATCH_RECORDS
        return self._spool.list_oldest(BATCH_BYTES, limit)

    def _send(self, records: Sequence[Record]) -> Answer:
        """The last answer; STORED when every point is stored or refused for good."""
        payloads = [record.payload for record in records]
        count = sum(record.points for record in records)
        try:
            if self._max_points is None or count <= self._max_points:
                answer = self._push(make_body(payloads), count)
                if answer.verdict is not Verdict.TOO_LARGE:
                    return answer
                self._max_points = max(count // 2, 1)
            return self._send_parts(split_points(payloads))
        except zlib.error:  # its checksum was right: it was written so
            self._numbers.add_dropped(count, "damaged")
            return Answer(Verdict.STORED)

    def _send_parts(self, points: Sequence[bytes]) -> Answer:
        """In parts that the server takes. When it stops half way, all of it is sent again, to the same effect."""
        answer = Answer(Verdict.STORED)
        start = 0
        while start < len(points):
            part = points[start : start + (self._max_points or len(points))]
            answer = self._push(compress_points(SEPARATOR.join(part)), len(part))
            if answer.verdict is Verdict.TOO_LARGE and len(part) > 1:
                self._max_points = len(part) // 2
                continue
            if answer.verdict in {Verdict.TOO_LARGE, Verdict.REFUSED}:
                self._drop(len(part), answer.words)
            elif answer.verdict is not Verdict.STORED:
                return answer
            start += len(part)
        return answer._replace(verdict=Verdict.STORED)

    def _push(self, body: bytes, count: int) -> Answer:
        self._numbers.requests += 1
        answer = self._pusher.push(body)
        if answer.verdict is Verdict.STORED:
            self._numbers.sent += count - answer.rejected
            if answer.rejected:
                self._drop(answer.rejected, answer.words)
        return answer

    # ---- what comes of it

    def _settle(self, answer: Answer, records: Sequence[Record]) -> None:
        verdict = answer.verdict
        if verdict is Verdict.REFUSED and len(records) > 1:
            self._one_by_one = len(records)
        elif verdict in {Verdict.STORED, Verdict.REFUSED}:
            if verdict is Verdict.REFUSED:
                self._drop(sum(record.points for record in records), answer.words)
            self._spool.acknowledge([record.place for record in records])
            self._one_by_one = max(self._one_by_one - len(records), 0)
        if verdict in {Verdict.STORED, Verdict.REFUSED}:
            self._recover()
            wait_s = PAUSE_S if answer.retry_after_s is None else answer.retry_after_s
        else:
            wait_s = self._fail(answer)
        self._not_before_s = self._clock.monotonic_s() + wait_s

    def _recover(self) -> None:
        if self._failures:
            _log.info("the server takes samples again; %s", self.describe())
            self._told.clear()
            self._has_backlog = self._spool.state().batches > 0
        elif self._has_backlog and not self._spool.state().batches:
            _log.info("everything that waited is sent")
            self._has_backlog = False
        self._failures = 0

    def _fail(self, answer: Answer) -> float:
        """How long to wait."""
        self._failures += 1
        self._numbers.failures += 1
        wait_s = min(FIRST_BACKOFF_S * 2.0 ** min(self._failures - 1, 10), MAX_BACKOFF_S)
        wait_s *= 0.5 + 0.5 * self._chance()
        if answer.verdict is Verdict.NO_ENTRY:
            wait_s = SLOW_S
            text = "the server does not let this agent in: %s; check its token. Samples are kept meanwhile"
        elif answer.verdict is Verdict.NO_DOOR:
            wait_s = SLOW_S
            text = "no metricbox answers at this address: %s; check --server. Samples are kept meanwhile"
        else:
            text = "the server does not take samples now: %s; they are kept on disk and sent later"
        asked_s = answer.retry_after_s
        if asked_s is not None:
            # Never earlier, and not all agents at the same moment.
            asked_s += self._chance() * min(asked_s / 10, 5.0)
            wait_s = asked_s if answer.verdict is Verdict.LATER else max(asked_s, wait_s)
        self._tell(text, answer.words)
        return wait_s

    def _drop(self, points: int, words: str) -> None:
        self._numbers.add_dropped(points, "refused")
        self._tell(
            "the server refused samples for good: %s; they are dropped, %d in all since the start",
            words,
            self._numbers.dropped["refused"],
        )

    def _tell(self, text: str, words: str, *more: object) -> None:
        """Each kind of trouble at once when it is new, and now and then while it lasts."""
        now_s = self._clock.monotonic_s()
        told = self._told.get(text)
        if told is not None:
            is_new = words != told.words
            if now_s - told.at_s < (LOG_NEW_EVERY_S if is_new else LOG_EVERY_S):
                return
        self._told[text] = _Told(now_s, words)
        _log.warning(text, words, *more)

    def _sync(self, now_s: float) -> None:
        """In an outage what is held is brought to the disk now and then."""
        if self._failures and now_s - self._synced_s >= SYNC_EVERY_S:
            self._synced_s = now_s
            self._spool.sync()

    def describe(self) -> str:
        """What is held, for the log."""
        state = self._spool.state()
        if not state.batches or state.oldest_ms is None:
            return "nothing waits to be sent"
        age_ms = max(self._clock.now_ms() - state.oldest_ms, 0) // 1000 * 1000
        held = "1 batch waits" if state.batches == 1 else f"{state.batches} batches wait"
        return f"{held} to be sent, the oldest of {format_duration(age_ms)} ago"
