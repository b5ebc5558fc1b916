"""A message in words, for channels that people read. Pure; each channel escapes for its own format."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from metricbox.alerts.templates import clean

MAX_TITLE_CHARS = 200
MAX_TEXT_CHARS = 1_000
_MAX_LABELS_CHARS = 500
_OWN_LABELS = frozenset({"alertname", "severity"})
# Chats call everybody at these words, and a label may hold them.
_CALL = re.compile(r"@(?=(?:all|channel|everyone|here)\b)", re.IGNORECASE)
_SEVERITIES = frozenset({"critical", "warning", "info"})


class Line(NamedTuple):
    """One alert."""

    labels: str
    """`host=a, disk=sda`; empty when it has none of its own."""
    text: str
    times: str
    """`since …`, or `from … to …`."""


def make_title(message: Mapping[str, Any]) -> str:
    """On one line."""
    return clean(message["title"])[:MAX_TITLE_CHARS]


def make_lines(message: Mapping[str, Any], limit: int) -> list[Line]:
    """The first alerts of it; `count_rest` tells how many there are besides."""
    return [_make_line(alert) for alert in message["alerts"][:limit]]


def count_rest(message: Mapping[str, Any], shown: int) -> int:
    return max(int(message["alertsTotal"]) - shown, 0)


def make_text(message: Mapping[str, Any], limit: int, max_bytes: int | None = None) -> str:
    """A line an alert, then what is left out. With `max_bytes` as many lines as fit, and cut when not even one does."""
    lines = [join_line(line) for line in make_lines(message, limit)]
    while True:
        rest = count_rest(message, len(lines))
        text = "\n".join([*lines, f"… and {rest} more"] if rest else lines)
        if max_bytes is None or len(text.encode()) <= max_bytes:
            return text
        if len(lines) <= 1:
            return text.encode()[:max_bytes].decode(errors="ignore")
        lines.pop()


def join_line(line: Line) -> str:
    start = f"{line.labels}: " if line.labels else ""
    return f"{start}{line.text} ({line.times})"


def is_link(url: str) -> bool:
    """Without the setting public_url a message knows the path of its page alone."""
    return url.startswith(("http://", "https://"))


def silence_calls(text: str) -> str:
    """Text that calls nobody: an invisible space after the @ of @all, @channel, @everyone, @here."""
    return _CALL.sub("@\u200b", text)


def word_of(message: Mapping[str, Any]) -> str:
    """What a color or symbol stands for: resolved, or the severity; an unknown one is info."""
    if message["status"] == "resolved":
        return "resolved"
    severity = str(message["rule"]["severity"])
    return severity if severity in _SEVERITIES else "info"


def _make_line(alert: Mapping[str, Any]) -> Line:
    labels = ", ".join(
        f"{name}={value}" for name, value in alert["labels"].items() if name not in _OWN_LABELS
    )
    ended = alert.get("resolvedAt")
    times = f"from {alert['startedAt']} to {ended}" if ended else f"since {alert['startedAt']}"
    # Lines of a template stay lines.
    text = "\n".join(clean(row) for row in alert["text"].split("\n"))
    return Line(clean(labels)[:_MAX_LABELS_CHARS], text[:MAX_TEXT_CHARS], times)
