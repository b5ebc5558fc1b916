"""Web hooks: the message as JSON, signed when a secret is set. See docs/alerting.md for the body."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from metricbox.alerts.channels.http import HttpPoster, encode_json

SIGNATURE_HEADER = "X-Metricbox-Signature"


class Webhook:
    """Settings: `url`, `headers`, `secret`."""

    def __init__(self, settings: Mapping[str, Any], poster: HttpPoster) -> None:
        self._settings = settings
        self._poster = poster

    async def send(self, message: Mapping[str, Any]) -> str:
        body = encode_json(message)
        headers = dict(self._settings.get("headers") or {})
        if "content-type" not in {name.lower() for name in headers}:
            headers["Content-Type"] = "application/json"
        secret = self._settings.get("secret")
        if secret:
            headers[SIGNATURE_HEADER] = sign(body, secret)
        return await self._poster.post(self._settings["url"], body, headers)


def sign(body: bytes, secret: str) -> str:
    """`sha256=…` of the body, by HMAC with the secret."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
