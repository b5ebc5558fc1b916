"""From a saved channel to what sends. The one place that knows all types."""

import logging
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from metricbox.alerts.channels.alertmanager import Alertmanager
from metricbox.alerts.channels.apprise import Apprise
from metricbox.alerts.channels.email import Email
from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.ntfy import Ntfy
from metricbox.alerts.channels.secrets import hide
from metricbox.alerts.channels.sending import Sender, SendError
from metricbox.alerts.channels.slack import Slack
from metricbox.alerts.channels.teams import Teams
from metricbox.alerts.channels.webhook import Webhook
from metricbox.store.appdb.alert_channels import ChannelRecord

logger = logging.getLogger(__name__)

Make = Callable[[Mapping[str, Any], HttpPoster], Sender]

TYPES: Mapping[str, Make] = {
    "webhook": Webhook,
    "email": Email,
    "slack": Slack,
    "teams": Teams,
    "ntfy": Ntfy,
    "alertmanager": Alertmanager,
    "apprise": Apprise,
}


def make_sender(channel: ChannelRecord, poster: HttpPoster) -> Sender:
    """Raises ValueError for a type that this release does not know, and for settings that it cannot use."""
    make = TYPES.get(channel.type)
    if make is None:
        msg = f"this release has no channels of type {channel.type}"
        raise ValueError(msg)
    try:
        return _Discreet(make(channel.settings, poster), channel)
    except KeyError as error:
        msg = f"its setting {error.args[0]} is missing"
        raise ValueError(msg) from error


class _Discreet:
    """A channel whose answers and errors have no secrets in them, whatever its receiver says."""

    def __init__(self, sender: Sender, channel: ChannelRecord) -> None:
        self._sender = sender
        self._channel = channel

    async def send(self, message: Mapping[str, Any]) -> str:
        try:
            return self._hide(await self._sender.send(message))
        except SendError as error:
            raise SendError(
                self._hide(str(error)), is_final=error.is_final, retry_after_s=error.retry_after_s
            ) from None
        except Exception as error:
            # Not with its text, which may hold an address.
            places = "".join(traceback.format_tb(error.__traceback__))
            logger.error(  # noqa: TRY400 - see above
                "channel %s failed in a way that nobody thought of: %s\n%s",
                self._channel.name,
                type(error).__name__,
                places,
            )
            raise SendError(f"failed: {type(error).__name__}") from None

    def _hide(self, text: str) -> str:
        return hide(text, self._channel.type, self._channel.settings)
