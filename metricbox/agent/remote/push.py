"""One request to the server's native door, and what its answer means for the batch.

2xx             stored; the answer says how many points were refused and why
413             too large: the same in smaller parts
401 403         the token is at fault, not the data: kept
404 405 3xx …   the address is at fault, not the data: kept
408 425 429 5xx, no answer     later
other 4xx       refused for good: sending it again would stop everything behind it (trap B045)
"""

import contextlib
import http.client
import json
import ssl
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, NamedTuple

from metricbox import __version__
from metricbox.agent.remote.address import HttpAddress, connect
from metricbox.agent.remote.skew import ClockSkew
from metricbox.clock import Clock

PATH = "/api/v1/metrics"
_TIMEOUT_S = 15.0
# Of an answer; it lists at most 100 refusals.
_MAX_ANSWER_BYTES = 256 * 1024
_MAX_WORDS = 300
# A server may ask for patience, not for silence until it is forgotten.
MAX_RETRY_AFTER_S = 900.0


class Verdict(Enum):
    STORED = "stored"
    TOO_LARGE = "too large"
    REFUSED = "refused"
    NO_ENTRY = "no entry"
    """The token is not known or not for this."""
    NO_DOOR = "no door"
    """What answers at the address is no such server."""
    LATER = "later"


class Answer(NamedTuple):
    verdict: Verdict
    words: str = ""
    """The server's, or what went wrong on the way to it."""
    rejected: int = 0
    """Points of a stored batch that were not."""
    retry_after_s: float | None = None


_BY_STATUS = {401: Verdict.NO_ENTRY, 403: Verdict.NO_ENTRY, 413: Verdict.TOO_LARGE}
_NO_DOOR = frozenset({404, 405, 406, 407, 410, 415, 421, 426, 501})
_LATER = frozenset({408, 425, 429})


def judge(status: int) -> Verdict:
    if 200 <= status < 300:
        return Verdict.STORED
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status < 400 or status in _NO_DOOR:
        return Verdict.NO_DOOR
    return Verdict.LATER if status >= 500 or status in _LATER else Verdict.REFUSED


class Pusher:
    """Keeps its connection. Runs in one thread at a time; never raises for what a server or a network does."""

    def __init__(
        self,
        server: HttpAddress,
        token: str,
        clock: Clock,
        *,
        context: ssl.SSLContext | None = None,
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        self.skew = ClockSkew()
        self.server = server
        self._clock = clock
        self._path = server.path.rstrip("/") + PATH
        self._connection = connect(server, timeout_s, context)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "User-Agent": f"metricbox-agent/{__version__}",
        }

    def push(self, body: bytes) -> Answer:
        was_open = self._connection.sock is not None
        try:
            return self._push_once(body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            # A server closes connections that were idle for long; that is no failure of it.
            is_stale = was_open and isinstance(
                error, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError
            )
            if not is_stale:
                return Answer(Verdict.LATER, _explain(error))
        try:
            return self._push_once(body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            return Answer(Verdict.LATER, _explain(error))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.close()

    def _push_once(self, body: bytes) -> Answer:
        asked_ms = self._clock.now_ms()
        self._connection.request("POST", self._path, body, self._headers)
        response = self._connection.getresponse()
        answered_ms = self._clock.now_ms()
        text = response.read(_MAX_ANSWER_BYTES)
        if not response.isclosed():  # longer than any answer of ours
            self.close()
        date_ms = _read_date_ms(response.headers.get("Date"))
        if date_ms is not None:
            self.skew.add(asked_ms, answered_ms, date_ms)
        verdict = judge(response.status)
        rejected, words = _read_answer(text, verdict)
        words = words or f"{response.status} {response.reason}".strip()
        if verdict is not Verdict.STORED:
            words = f"{words} (status {response.status})"
        retry_after_s = self._read_retry_after(response.headers.get("Retry-After"), date_ms)
        return Answer(verdict, words, rejected, retry_after_s)

    def _read_retry_after(self, value: str | None, date_ms: int | None) -> float | None:
        """Whole seconds, or a date, which is measured by the clock of the server that wrote it."""
        if value is None:
            return None
        if value.strip().isdecimal():
            return min(float(value), MAX_RETRY_AFTER_S)
        until_ms = _read_date_ms(value)
        if until_ms is None:
            return None
        now_ms = self._clock.now_ms() if date_ms is None else date_ms
        return min(max((until_ms - now_ms) / 1000, 0.0), MAX_RETRY_AFTER_S)


def _read_date_ms(value: str | None) -> int | None:
    if not value:
        return None
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return round((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() * 1000)


def _read_answer(text: bytes, verdict: Verdict) -> tuple[int, str]:
    """Number of refused points, and the first words about them or about the whole; 0 and "" where it has none."""
    try:
        answer: Any = json.loads(text)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        return 0, ""
    if verdict is not Verdict.STORED:
        return 0, _shorten(answer.get("error"))
    data = answer.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("rejected"), int):
        return 0, ""
    errors = data.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return data["rejected"], _shorten(first.get("message")) if isinstance(first, dict) else ""


def _shorten(words: object) -> str:
    """A foreign text for the log: one line, of bounded length."""
    text = " ".join(words.split()) if isinstance(words, str) else ""
    text = "".join(char if char.isprintable() else "?" for char in text)
    return text if len(text) <= _MAX_WORDS else text[: _MAX_WORDS - 1] + "…"


def _explain(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}; name its authority with --ca-file"
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    return str(error) or type(error).__name__
