"""Incoming web hooks of Slack, and of those that take the same JSON: Mattermost, Rocket.Chat.

Attachments and not blocks: the others know no blocks.
"""

from collections.abc import Mapping
from typing import Any

from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.wording import (
    Line,
    count_rest,
    is_link,
    make_lines,
    make_title,
    silence_calls,
    word_of,
)

MAX_SHOWN = 20
_COLORS = {"critical": "#d92d20", "warning": "#dc8a04", "info": "#2970c7", "resolved": "#2e8b57"}


class Slack:
    """Settings: `url`."""

    def __init__(self, settings: Mapping[str, Any], poster: HttpPoster) -> None:
        self._url = settings["url"]
        self._poster = poster

    async def send(self, message: Mapping[str, Any]) -> str:
        return await self._poster.post_json(self._url, make_body(message))


def make_body(message: Mapping[str, Any]) -> dict[str, Any]:
    """Pure."""
    title, color, url = make_title(message), _COLORS[word_of(message)], message["url"]
    lines = make_lines(message, MAX_SHOWN)
    attachments: list[dict[str, Any]] = [_make_attachment(line, color) for line in lines]
    rest = count_rest(message, len(lines))
    if rest:
        attachments.append({"color": color, "text": f"… and {rest} more", "fallback": f"… and {rest} more"})
    if attachments and is_link(url):
        attachments[0] |= {"title": "Open the rule", "title_link": url}
    return {"text": escape(title), "attachments": attachments}


def _make_attachment(line: Line, color: str) -> dict[str, Any]:
    return {
        "color": color,
        "fallback": escape(f"{line.labels} {line.text}".strip()),
        "text": escape(f"{line.labels}\n{line.text}" if line.labels else line.text),
        "footer": line.times,
        # None of the fields is read as markup.
        "mrkdwn_in": [],
    }


def escape(text: str) -> str:
    """Text that is no link, no mention and no call of the whole channel."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return silence_calls(text)
