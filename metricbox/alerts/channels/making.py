"""From a saved channel to what sends. The one place that knows all types."""

from collections.abc import Callable, Mapping
from typing import Any

from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.sending import Sender
from metricbox.alerts.channels.webhook import Webhook
from metricbox.store.appdb.alert_channels import ChannelRecord

Make = Callable[[Mapping[str, Any], HttpPoster], Sender]

TYPES: Mapping[str, Make] = {
    "webhook": Webhook,
}


def make_sender(channel: ChannelRecord, poster: HttpPoster) -> Sender:
    """Raises ValueError for a type that this release does not know."""
    make = TYPES.get(channel.type)
    if make is None:
        msg = f"this release has no channels of type {channel.type}"
        raise ValueError(msg)
    return make(channel.settings, poster)
