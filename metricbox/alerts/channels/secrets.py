"""Which settings of a channel are secret, and texts without them: every viewer sees what receivers answered. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from metricbox.store.appdb.alert_channels import MASK

# Addresses of chat hooks are as good as passwords: whoever has one may write.
SECRETS: Mapping[str, frozenset[str]] = {
    "webhook": frozenset({"secret", "headers"}),
    "email": frozenset({"password"}),
    "slack": frozenset({"url"}),
    "teams": frozenset({"url"}),
    "ntfy": frozenset({"token"}),
    "alertmanager": frozenset({"password"}),
    "apprise": frozenset({"url"}),
}
# Shorter ones would mask words that happen to hold them.
_MIN_SECRET_CHARS = 4
_MIN_PIECE_CHARS = 6


def hide(text: str, channel_type: str, settings: Mapping[str, Any]) -> str:
    """The text with *** for secrets, and for what of an address comes after its host: servers repeat it in errors."""
    found = {
        form
        for one in _iter_secrets(channel_type, settings)
        for form in (one, unquote(one))
        if len(form) >= _MIN_SECRET_CHARS
    }
    for one in sorted(found, key=len, reverse=True):
        text = text.replace(one, MASK)
    return text


def _iter_secrets(channel_type: str, settings: Mapping[str, Any]) -> Iterator[str]:
    for name in SECRETS.get(channel_type, frozenset(settings)):
        value = settings.get(name)
        for one in value.values() if isinstance(value, dict) else (value,):
            if isinstance(one, str):
                yield one
                yield from one.split()
    url = settings.get("url")
    if isinstance(url, str):
        yield from _iter_pieces(url, has_secret_host=channel_type == "apprise")


def _iter_pieces(url: str, *, has_secret_host: bool) -> Iterator[str]:
    yield url
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    yield from (one for one in (parts.username, parts.password) if one)
    rest = f"{parts.path}?{parts.query}" if parts.query else parts.path
    # What Apprise takes for a service has tokens where others have the host.
    inner = f"{parts.netloc}{rest}#{parts.fragment}" if has_secret_host else rest
    yield from (piece for piece in (rest, inner) if len(piece) > _MIN_PIECE_CHARS)
    yield from (piece for piece in re.split(r"[/?&=:@#,;]", inner) if len(piece) >= _MIN_PIECE_CHARS)
