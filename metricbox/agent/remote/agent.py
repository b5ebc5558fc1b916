"""Puts the parts of `metricbox agent` together and runs them: measuring in the main thread, sending in another.

Measured at multiples of the interval, as the built-in agent does, and stamped with the time of the tick: a batch that
is sent twice, or a day later, gives the same data.
"""

import logging
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from metricbox.agent.host import HostCollector
from metricbox.agent.reading import HostSample, Labels, Part
from metricbox.agent.remote.address import HttpAddress
from metricbox.agent.remote.delivery import Delivery
from metricbox.agent.remote.numbers import AgentNumbers
from metricbox.agent.remote.points import PointEncoder
from metricbox.agent.remote.push import Pusher
from metricbox.agent.remote.scrape import Scraper, Target
from metricbox.agent.remote.skew import ClockSkew
from metricbox.agent.remote.spool import Spool, SpoolState
from metricbox.agent.remote.textfile import TextfilePart
from metricbox.clock import Clock

_MAX_SCRAPE_S = 10.0
_SCRAPE_SHARE = 0.8
_SPREAD_SHARE = 0.1
_MAX_SPREAD_S = 1.0
# A first value of what is measured between two looks.
_WARM_UP_S = 0.5
_NO_SPOOL = SpoolState(0, 0, 0, None)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AgentOptions:
    host_name: str
    interval_ms: int
    labels: Labels = ()
    textfile: Path | None = None
    targets: Sequence[Target] = ()
    context: ssl.SSLContext | None = None
    """For targets and server alike; None where neither has https."""


class Collector(Protocol):
    def collect(self) -> list[HostSample]: ...


class Measurer:
    """Everything that one tick gives."""

    def __init__(
        self, options: AgentOptions, numbers: AgentNumbers, clock: Clock, stop: threading.Event
    ) -> None:
        parts: dict[str, Part] = {}
        if options.textfile is not None:
            parts["textfile"] = TextfilePart(options.textfile).read
        self._host: Collector = HostCollector(clock, host_name=options.host_name, extra_parts=parts)
        scrape_s = min(options.interval_ms / 1000 * _SCRAPE_SHARE, _MAX_SCRAPE_S)
        self._scraper = Scraper(options.targets, clock, scrape_s, context=options.context, stop=stop)
        self._numbers = numbers
        self._clock = clock

    def warm_up(self, stop: threading.Event) -> None:
        """So that the first batch has shares of time, too."""
        self._host.collect()
        stop.wait(_WARM_UP_S)

    def measure(self, spool: SpoolState, skew: ClockSkew) -> list[HostSample]:
        start_s = self._clock.monotonic_s()
        samples = self._host.collect()
        samples += self._scraper.scrape()
        self._numbers.collect_s = self._clock.monotonic_s() - start_s
        self._numbers.measured += len(samples)
        return samples + self._numbers.samples(spool, skew, self._clock.now_ms())


class RemoteAgent:
    """`run` ends after `stop` was set; everything measured until then is in the spool."""

    def __init__(
        self,
        options: AgentOptions,
        server: HttpAddress,
        token: str,
        spool_folder: Path,
        spool_bytes: int,
        clock: Clock,
    ) -> None:
        """Raises CommandError when the spool cannot be used."""
        self.stop = threading.Event()
        self._options = options
        self._clock = clock
        self._numbers = AgentNumbers(options.host_name)
        self._full_told_s: float | None = None
        self._spool = Spool(spool_folder, spool_bytes, self._drop)
        self._pusher = Pusher(server, token, clock, context=options.context)
        spread_s = min(options.interval_ms / 1000 * _SPREAD_SHARE, _MAX_SPREAD_S)
        self._delivery = Delivery(self._spool, self._pusher, self._numbers, clock, spread_s=spread_s)
        self._encoder = PointEncoder(options.labels)
        self._measurer = Measurer(options, self._numbers, clock, self.stop)

    def run(self) -> None:
        _log.info(
            "pushing to %s as %s; %s", self._pusher.server, self._options.host_name, self._delivery.describe()
        )
        sender = threading.Thread(target=self._delivery.run, name="metricbox-agent-send", daemon=True)
        sender.start()
        self._measurer.warm_up(self.stop)
        ts_ms = self._clock.now_ms()
        while not self.stop.is_set():
            self._measure(ts_ms)
            ts_ms = self._wait_for_tick(ts_ms)
        self._delivery.stop()
        self.close()
        _log.info("ended; %s", self._delivery.describe())

    def run_once(self) -> bool:
        """Measure, and try to send everything that is held. Whether all was taken."""
        self._measurer.warm_up(self.stop)
        self._measure(self._clock.now_ms())
        while (wait_s := self._delivery.step()) is not None:
            if self._delivery.is_failing or self.stop.wait(wait_s):
                break
        is_sent = self._spool.state().batches == 0
        self.close()
        return is_sent

    def close(self) -> None:
        self._spool.close()
        self._pusher.close()

    def _measure(self, ts_ms: int) -> None:
        try:
            samples = self._measurer.measure(self._spool.state(), self._pusher.skew)
            encoded = self._encoder.encode(samples, ts_ms)
            self._delivery.offer(self._spool.append(ts_ms, encoded.points, encoded.payload))
        except Exception:  # whatever it was, the next tick may do better
            _log.exception("a tick was lost")

    def _wait_for_tick(self, last_ms: int) -> int:
        """The time of the next tick, once it has come or the end was asked for."""
        interval_ms = self._options.interval_ms
        while True:
            now_ms = self._clock.now_ms()
            tick_ms = now_ms - now_ms % interval_ms
            # Not right after the start: a ratio over a few milliseconds says nothing.
            is_due = tick_ms - last_ms >= interval_ms / 10
            is_clock_set_back = last_ms - now_ms >= interval_ms
            if is_due or is_clock_set_back:
                return tick_ms
            if self.stop.wait((tick_ms + interval_ms - now_ms) / 1000):
                return tick_ms

    def _drop(self, points: int, reason: str) -> None:
        self._numbers.add_dropped(points, reason)
        if reason != "spool_full":
            return
        now_s = self._clock.monotonic_s()
        if self._full_told_s is None or now_s - self._full_told_s >= 60:
            self._full_told_s = now_s
            _log.warning(
                "the spool is full: its oldest samples are dropped, %d in all since the start; "
                "--spool-size makes it larger",
                self._numbers.dropped[reason],
            )


def measure_once(options: AgentOptions, clock: Clock) -> list[HostSample]:
    """What a push would hold, without a server or a spool."""
    stop = threading.Event()
    measurer = Measurer(options, AgentNumbers(options.host_name), clock, stop)
    measurer.warm_up(stop)
    return measurer.measure(_NO_SPOOL, ClockSkew())


def show_samples(samples: Sequence[HostSample], extra_labels: Labels) -> str:
    """Prometheus's text format, sorted by name."""
    lines = []
    for name, labels, value, ts_ms in sorted(samples, key=lambda sample: (sample.name, sample.labels)):
        pairs = sorted({**dict(extra_labels), **dict(labels)}.items())
        shown = ",".join(f'{label}="{_escape(text)}"' for label, text in pairs)
        stamp = "" if ts_ms is None else f" {ts_ms}"
        lines.append(f"{name}{{{shown}}} {value!r}{stamp}\n")
    return "".join(lines)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
