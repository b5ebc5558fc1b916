"""Settings of notification channels by their type: what each takes, and which of it is secret. Pure.

A secret goes in and never comes out: answers have `***` in its place, and a change that sends `***` keeps what it was.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from metricbox.alerts.channels.secrets import SECRETS
from metricbox.errors import ErrorDetail, ValidationError
from metricbox.store.appdb.alert_channels import MASK
from metricbox.web.body import check_model
from metricbox.web.fields import Email
from metricbox.web.models import RequestModel

# Set by the sender itself, or by the protocol; another one would forge or break the request.
_OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "x-metricbox-signature"}
)
# What mail programs would take for more than one address, or for a name beside it.
_MAIL_SYNTAX = re.compile(r"""[<>()\[\]\\,;:"]""")
_MUST_BE_URL = "must be an http or https address"


def _check_url(text: str) -> str:
    if not text.startswith(("http://", "https://")) or re.search(r"[\s\x00-\x1f\x7f\\]", text):
        raise ValueError(_MUST_BE_URL)
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ValueError(_MUST_BE_URL) from error
    if not has_host:
        raise ValueError(_MUST_BE_URL)
    if "@" in parts.netloc:
        raise ValueError("must hold no password, which answers would show")
    return text


def _check_topic(text: str) -> str:
    if not urlsplit(text).path.strip("/"):
        raise ValueError("must name a topic, such as https://ntfy.sh/TOPIC")
    return text


def _check_headers(headers: dict[str, str]) -> dict[str, str]:
    for name in headers:
        if name.lower() in _OWN_HEADERS:
            msg = f"must not hold {name}, which is set for each request"
            raise ValueError(msg)
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("must hold each name once")
    return headers


def _check_address(email: str) -> str:
    if _MAIL_SYNTAX.search(email):
        raise ValueError("must be an e-mail address alone, like ada@example.org")
    return email


MailAddress = Annotated[Email, AfterValidator(_check_address)]
Url = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_check_url)]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$")]
HeaderValue = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\r\n\x00]*$")]


class WebhookSettings(RequestModel):
    """The message as JSON."""

    url: Url
    headers: (
        Annotated[dict[HeaderName, HeaderValue], Field(max_length=20), AfterValidator(_check_headers)] | None
    ) = None
    secret: Annotated[str, StringConstraints(max_length=500)] | None = Field(
        None, description="Signs the body: X-Metricbox-Signature."
    )


class EmailSettings(RequestModel):
    """A mail by an SMTP server."""

    to: Annotated[list[MailAddress], Field(min_length=1, max_length=50)]
    from_: MailAddress = Field(alias="from")
    host: Annotated[str, StringConstraints(min_length=1, max_length=253, pattern=r"^[^\s/@]+$")]
    port: int = Field(587, ge=1, le=65_535)
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: Annotated[str, StringConstraints(max_length=320)] | None = None
    password: Annotated[str, StringConstraints(max_length=1000)] | None = None


class UrlSettings(RequestModel):
    """A receiver that is nothing but its address."""

    url: Url


class NtfySettings(RequestModel):
    """A topic of an ntfy server."""

    url: Annotated[Url, AfterValidator(_check_topic)]
    token: Annotated[str, StringConstraints(max_length=500)] | None = None


class AlertmanagerSettings(RequestModel):
    """An Alertmanager, by its address without the path of the API."""

    url: Url
    username: Annotated[str, StringConstraints(max_length=320, pattern=r"^[^:]*$")] | None = None
    password: Annotated[str, StringConstraints(max_length=1000)] | None = None


class AppriseSettings(RequestModel):
    """Any service that Apprise knows."""

    url: Annotated[str, StringConstraints(min_length=3, max_length=2000, pattern=r"^[a-z0-9+.-]+://")]


MODELS: Mapping[str, type[RequestModel]] = {
    "webhook": WebhookSettings,
    "email": EmailSettings,
    "slack": UrlSettings,
    "teams": UrlSettings,
    "ntfy": NtfySettings,
    "alertmanager": AlertmanagerSettings,
    "apprise": AppriseSettings,
}


def read_settings(
    channel_type: str, wish: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Checked settings; secrets that came as *** are those of `before`. Raises ValidationError with their paths."""
    filled = {name: _unmask(value, (before or {}).get(name)) for name, value in wish.items()}
    masked = [name for name in SECRETS[channel_type] if _has_mask(filled.get(name))]
    if masked:
        raise ValidationError.for_field(f"settings.{masked[0]}", f"is {MASK}: send the secret itself")
    try:
        model = check_model(filled, MODELS[channel_type])
    except ValidationError as error:
        details = [ErrorDetail(f"settings.{one.field}", one.message) for one in error.details]
        first = details[0]
        raise ValidationError(f"{first.field}: {first.message}", details) from error
    return model.model_dump(by_alias=True, exclude_none=True)


def mask_settings(channel_type: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """As answers show them."""
    secrets = SECRETS.get(channel_type, frozenset(settings))
    return {name: _mask(value) if name in secrets else value for name, value in settings.items()}


def _mask(value: Any) -> Any:
    return dict.fromkeys(value, MASK) if isinstance(value, dict) else MASK


def _has_mask(value: Any) -> bool:
    return MASK in value.values() if isinstance(value, dict) else value == MASK


def _unmask(value: Any, before: Any) -> Any:
    if isinstance(value, dict) and isinstance(before, dict):
        return {name: before.get(name, one) if one == MASK else one for name, one in value.items()}
    return before if value == MASK and before is not None else value
