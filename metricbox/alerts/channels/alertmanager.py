"""Prometheus's Alertmanager, by its API v2: alerts, not messages; whom it tells what is its own affair.

Alertmanager takes alerts with equal labels for one and the same (trap B113), so they carry the id of their rule.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.wording import is_link, make_title
from metricbox.alerts.rule_pass import Kind

PATH = "/api/v2/alerts"
# An alert that is not sent again ends by itself, after 5 min unless it names a time. Ours are sent again at the rule's
# repeat interval, and their end is told: so it names one that is later than any.
FIRING_DAYS = 30
_BAD_NAME_CHARS = re.compile(r"[^A-Za-z0-9_]")


class Alertmanager:
    """Settings: `url` with or without the path of the API, `username`, `password`."""

    def __init__(self, settings: Mapping[str, Any], poster: HttpPoster) -> None:
        url = settings["url"].rstrip("/")
        self._url = url if url.endswith(PATH) else f"{url}{PATH}"
        name = settings.get("username")
        self._auth = (name, settings.get("password") or "") if name else None
        self._poster = poster

    async def send(self, message: Mapping[str, Any]) -> str:
        return await self._poster.post_json(self._url, make_body(message), auth=self._auth)


def make_body(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Pure."""
    return [_make_alert(message, alert) for alert in message["alerts"]]


def _make_alert(message: Mapping[str, Any], alert: Mapping[str, Any]) -> dict[str, Any]:
    labels = {"rule_id": message["rule"]["id"], **alert["labels"]}
    kind = alert.get("kind", Kind.CONDITION.value)
    if kind != Kind.CONDITION.value:
        # That a rule fails and that it finds nothing are two alerts.
        labels["kind"] = kind
    posted: dict[str, Any] = {
        "labels": _rename(labels),
        "annotations": {"summary": make_title(message), "description": alert["text"]},
        "startsAt": alert["startedAt"],
        "endsAt": alert.get("resolvedAt") or _add_days(message["sentAt"], FIRING_DAYS),
    }
    if is_link(message["url"]):
        posted["generatorURL"] = message["url"]
    return posted


def _rename(labels: Mapping[str, str]) -> dict[str, str]:
    """With names that every Alertmanager takes; two that become equal are told apart by their ends."""
    renamed: dict[str, str] = {}
    for name, value in sorted(labels.items(), key=lambda item: bool(_BAD_NAME_CHARS.search(item[0]))):
        chosen = _BAD_NAME_CHARS.sub("_", name)
        chosen = chosen if not chosen[:1].isdigit() else f"_{chosen}"
        while chosen in renamed:
            chosen += "_"
        renamed[chosen] = value
    return renamed


def _add_days(time: str, days: int) -> str:
    return (datetime.fromisoformat(time) + timedelta(days=days)).isoformat()
