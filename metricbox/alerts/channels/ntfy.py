"""A topic of an ntfy server. As JSON to the server, since headers could hold no Unicode."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import httpx

from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.sending import SendError
from metricbox.alerts.channels.wording import is_link, make_text, make_title, word_of

MAX_SHOWN = 20
# More is turned into a file, or refused.
MAX_BYTES = 4_000
_PRIORITIES = {"critical": 5, "warning": 4, "info": 3, "resolved": 3}
# ntfy shows the names of emoji as such.
_TAGS = {
    "critical": "rotating_light",
    "warning": "warning",
    "info": "information_source",
    "resolved": "white_check_mark",
}


class Ntfy:
    """Settings: `url` of the topic, `token`."""

    def __init__(self, settings: Mapping[str, Any], poster: HttpPoster) -> None:
        self._url = settings["url"]
        self._token = settings.get("token")
        self._poster = poster

    async def send(self, message: Mapping[str, Any]) -> str:
        server, topic = split_topic(self._url)
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else None
        return await self._poster.post_json(server, make_body(message, topic), headers)


def split_topic(url: str) -> tuple[str, str]:
    """`https://ntfy.sh/disks` -> `https://ntfy.sh/`, `disks`. Raises SendError without a topic."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise SendError("the address cannot be used", is_final=True) from error
    folder, _, topic = parsed.path.rstrip("/").rpartition("/")
    if not topic:
        raise SendError("its address names no topic, such as https://ntfy.sh/TOPIC", is_final=True)
    return str(parsed.copy_with(path=f"{folder}/")), unquote(topic)


def make_body(message: Mapping[str, Any], topic: str) -> dict[str, Any]:
    """Pure."""
    word = word_of(message)
    body: dict[str, Any] = {
        "topic": topic,
        "title": make_title(message),
        "message": make_text(message, MAX_SHOWN, MAX_BYTES),
        "priority": _PRIORITIES[word],
        "tags": [_TAGS[word], message["rule"]["severity"]],
    }
    if is_link(message["url"]):
        body["click"] = message["url"]
    return body
