"""Microsoft Teams by a web hook of its Workflows: an adaptive card.

Texts are runs and not blocks: Teams reads Markdown and functions such as {{DATE()}} in blocks, and labels may hold
both.
"""

from collections.abc import Mapping
from typing import Any

from metricbox.alerts.channels.http import HttpPoster, encode_json
from metricbox.alerts.channels.wording import Line, count_rest, is_link, make_lines, make_title, word_of

MAX_SHOWN = 20
# Teams refuses more than 28 KB.
MAX_BYTES = 25_000
_COLORS = {"critical": "attention", "warning": "warning", "info": "accent", "resolved": "good"}


class Teams:
    """Settings: `url`."""

    def __init__(self, settings: Mapping[str, Any], poster: HttpPoster) -> None:
        self._url = settings["url"]
        self._poster = poster

    async def send(self, message: Mapping[str, Any]) -> str:
        return await self._poster.post_json(self._url, make_body(message))


def make_body(message: Mapping[str, Any]) -> dict[str, Any]:
    """As many alerts as fit. Pure."""
    lines = make_lines(message, MAX_SHOWN)
    while len(encode_json(body := _make_body(message, lines))) > MAX_BYTES and len(lines) > 1:
        lines.pop()
    return body


def _make_body(message: Mapping[str, Any], lines: list[Line]) -> dict[str, Any]:
    title = {
        "text": make_title(message),
        "size": "large",
        "weight": "bolder",
        "color": _COLORS[word_of(message)],
    }
    rows = [_make_row([title]), *(_make_alert(line) for line in lines)]
    rest = count_rest(message, len(lines))
    if rest:
        rows.append(_make_row([{"text": f"… and {rest} more"}]))
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": rows,
    }
    if is_link(message["url"]):
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open the rule", "url": message["url"]}]
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": card,
            }
        ],
    }


def _make_alert(line: Line) -> dict[str, Any]:
    runs: list[dict[str, Any]] = [{"text": f"{line.labels}  ", "weight": "bolder"}] if line.labels else []
    return _make_row([*runs, {"text": line.text}, {"text": f"  {line.times}", "isSubtle": True}])


def _make_row(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", **run} for run in runs]}
