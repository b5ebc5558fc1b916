"""Every service that the package apprise knows, by its URL. It blocks, so that it runs in a thread.

What Apprise logs holds addresses and thereby secrets: nothing of it reaches our log, and of its warnings only what
remains without them is told.
"""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.sending import SendError
from metricbox.alerts.channels.threads import run_in_thread
from metricbox.alerts.channels.wording import is_link, make_text, make_title, word_of

MAX_SHOWN = 20
_KINDS = {"critical": "failure", "warning": "warning", "info": "info", "resolved": "success"}
_logger = logging.getLogger("apprise")
_MAX_REASON_CHARS = 200


class Apprise:
    """Settings: `url`."""

    def __init__(self, settings: Mapping[str, Any], poster: HttpPoster) -> None:
        self._url = settings["url"]
        self._allowed_hosts = poster.allowed_hosts

    async def send(self, message: Mapping[str, Any]) -> str:
        if self._allowed_hosts:
            # Where a service is, Apprise alone knows.
            reason = "channels of type apprise are not used while the setting notify_hosts names hosts"
            raise SendError(reason, is_final=True)
        title, text, kind = make_title(message), make_text(message, MAX_SHOWN), _KINDS[word_of(message)]
        if is_link(message["url"]):
            text = f"{text}\n{message['url']}"
        return await run_in_thread(lambda: _notify(self._url, title, text, kind), "channel-apprise")


def _notify(url: str, title: str, text: str, kind: str) -> str:
    # Loaded when it is used: half of the servers have no such channel.
    import apprise

    with _capture_warnings() as warnings:
        asset = apprise.AppriseAsset(http_redirects=False)
        service = apprise.Apprise.instantiate(url, asset=asset)
        if service is None:
            raise SendError("Apprise does not know such an address", is_final=True)
        # An address may wish for what the asset forbids.
        service.redirects = False
        is_delivered = service.notify(
            body=text,
            title=title,
            notify_type=apprise.NotifyType(kind),
            body_format=apprise.NotifyFormat.TEXT,
        )
    if not is_delivered:
        reason = f": {warnings[-1]}" if warnings else ""
        raise SendError(f"Apprise could not deliver it{reason}"[:_MAX_REASON_CHARS])
    return f"taken by {service.service_name}"


class _Catcher(logging.Handler):
    """Warnings of this thread: other channels have others."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []
        self._thread_id = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread_id:
            self.texts.append(" ".join(record.getMessage().split()))


@contextmanager
def _capture_warnings() -> Iterator[list[str]]:
    _logger.propagate = False
    _logger.setLevel(logging.WARNING)
    # Its requests are logged with their paths by the library below.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    catcher = _Catcher()
    _logger.addHandler(catcher)
    try:
        yield catcher.texts
    finally:
        _logger.removeHandler(catcher)
