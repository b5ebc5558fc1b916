"""Targets beside this agent that have metrics of their own, as Prometheus would scrape them.

Each is asked in a thread of its own, so that one which hangs costs nothing but its own numbers. `up` says 0 for it.
"""

import http.client
import logging
import ssl
import threading
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from metricbox import __version__
from metricbox.agent.host import JOB as HOST_JOB
from metricbox.agent.reading import HostSample, make_labels, move_target_labels
from metricbox.agent.remote.address import HttpAddress, connect, parse_http_address
from metricbox.agent.remote.exposition import OPENMETRICS, read_text_samples
from metricbox.agent.remote.numbers import JOB as NUMBERS_JOB
from metricbox.clock import Clock

MAX_TARGETS = 20
MAX_BODY_BYTES = 8 * 2**20
MAX_SAMPLES = 20_000
OWN_JOBS = (HOST_JOB, NUMBERS_JOB)
_READ_BYTES = 64 * 1024
_WATCH_S = 0.05
_GZIP_WBITS = 31
# One text for all ways to be slow: each new one is told.
_SLOW = "it does not answer in time"

_log = logging.getLogger(__name__)


class Target(NamedTuple):
    address: HttpAddress
    job: str
    instance: str


def parse_target(text: str, host_name: str) -> Target:
    """`URL` or `job=URL`. A target on this host is called as the host, any other by its address.

    Raises ValueError with a sentence for a person.
    """
    job, separator, url = text.partition("=")
    if not separator or "/" in job:
        job, url = "", text
    if job in OWN_JOBS:
        raise ValueError(f"{job} is the agent's own job: its series would be mixed; choose another name")
    address = parse_http_address(url)
    if not address.path:
        address = address._replace(path="/metrics")
    is_here = address.host in {"localhost", "::1"} or address.host.startswith("127.")
    return Target(address, job or address.netloc, host_name if is_here else address.netloc)


class Scraper:
    """`scrape` is called by one thread. Nothing that a target does raises."""

    def __init__(
        self,
        targets: Sequence[Target],
        clock: Clock,
        timeout_s: float,
        *,
        context: ssl.SSLContext | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self._targets = targets
        self._clock = clock
        self._timeout_s = timeout_s
        self._context = context
        self._stop = stop or threading.Event()
        self._running: dict[Target, threading.Thread] = {}
        self._faults: dict[Target, str] = {}

    def scrape(self) -> list[HostSample]:
        """The samples of all targets that answer within the time limit, and `up` of every one."""
        results: dict[Target, list[HostSample]] = {}
        faults: dict[Target, str] = {}
        asked: list[threading.Thread] = []
        for target in self._targets:
            thread = self._running.get(target)
            if thread is not None and thread.is_alive():
                faults[target] = _SLOW
                continue
            thread = threading.Thread(
                target=self._ask, args=(target, results, faults), name="metricbox-agent-scrape", daemon=True
            )
            self._running[target] = thread
            asked.append(thread)
            thread.start()
        deadline_s = self._clock.monotonic_s() + self._timeout_s
        while self._clock.monotonic_s() < deadline_s and any(thread.is_alive() for thread in asked):
            if self._stop.wait(_WATCH_S):
                break
        samples = []
        for target in self._targets:
            found = results.get(target)
            labels = make_labels((("instance", target.instance), ("job", target.job)))
            samples.append(HostSample("up", labels, float(found is not None)))
            samples += found or ()
            self._report(target, None if found is not None else faults.get(target, _SLOW))
        return samples

    def _report(self, target: Target, fault: str | None) -> None:
        if fault is None:
            self._faults.pop(target, None)
        elif self._faults.get(target) != fault:
            self._faults[target] = fault
            _log.warning("cannot scrape %s: %s", target.address, fault)

    # ---- in the thread of a target

    def _ask(
        self, target: Target, results: dict[Target, list[HostSample]], faults: dict[Target, str]
    ) -> None:
        start_s = self._clock.monotonic_s()
        try:
            text, content_type = self._fetch(target, start_s + self._timeout_s)
            found = read_target(target, text, is_openmetrics=content_type.startswith(OPENMETRICS))
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            faults[target] = _explain(error)
            return
        labels = make_labels((("instance", target.instance), ("job", target.job)))
        duration_s = self._clock.monotonic_s() - start_s
        found.append(HostSample("scrape_duration_seconds", labels, duration_s))
        found.append(HostSample("scrape_samples_scraped", labels, len(found) - 1))
        results[target] = found

    def _fetch(self, target: Target, deadline_s: float) -> tuple[str, str]:
        headers = {
            "Accept": "text/plain;version=0.0.4,*/*;q=0.1",
            "Accept-Encoding": "gzip",
            "User-Agent": f"metricbox-agent/{__version__}",
            "X-Prometheus-Scrape-Timeout-Seconds": f"{self._timeout_s:g}",
        }
        if target.address.authorization:
            headers["Authorization"] = target.address.authorization
        connection = connect(target.address, self._timeout_s, self._context)
        try:
            connection.request("GET", target.address.path, headers=headers)
            response = connection.getresponse()
            if response.status != 200:
                raise ValueError(f"it answers {response.status} {response.reason}")
            body = self._read_body(response, deadline_s)
            return body.decode("utf-8", "replace"), response.headers.get("Content-Type", "").strip().lower()
        finally:
            connection.close()

    def _read_body(self, response: http.client.HTTPResponse, deadline_s: float) -> bytes:
        """Bounded before and after decompression, and in time: a drop a second keeps no thread for long."""
        is_gzip = response.headers.get("Content-Encoding", "").strip().lower() == "gzip"
        decoder = zlib.decompressobj(_GZIP_WBITS) if is_gzip else None
        parts: list[bytes] = []
        size_bytes = 0
        while part := response.read1(_READ_BYTES):
            if decoder is not None:
                part = decoder.decompress(part, MAX_BODY_BYTES + 1)
            size_bytes += len(part)
            parts.append(part)
            if size_bytes > MAX_BODY_BYTES:
                raise ValueError(f"it answers with more than {MAX_BODY_BYTES} bytes")
            if self._clock.monotonic_s() > deadline_s:
                raise TimeoutError(_SLOW)
        if decoder is not None and not decoder.eof:
            raise ValueError("its answer ends too early")
        return b"".join(parts)


def _explain(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return _SLOW
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__


def read_target(target: Target, text: str, *, is_openmetrics: bool = False) -> list[HostSample]:
    """The samples of an answer with the labels of their target. Of one series twice the last counts.

    Raises ValueError.
    """
    own = (("instance", target.instance), ("job", target.job))
    found: dict[tuple[str, tuple[tuple[str, str], ...]], HostSample] = {}
    for sample in read_text_samples(text, is_openmetrics=is_openmetrics, max_samples=MAX_SAMPLES):
        labels = make_labels((*move_target_labels(sample.labels), *own))
        found[sample.name, labels] = HostSample(sample.name, labels, sample.value, sample.ts_ms)
    return list(found.values())
