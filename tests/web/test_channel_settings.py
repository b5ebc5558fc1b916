"""Settings of channels: what each type takes, and how secrets stay what they are."""

from typing import Any

import pytest

from metricbox.errors import ValidationError
from metricbox.web.channel_settings import mask_settings, read_settings

HOOK = {"url": "https://example.org/hook"}
EMAIL = {"to": ["ada@example.org"], "from": "box@example.org", "host": "mail.example.org"}


def field_of(kind: str, settings: dict[str, Any], before: dict[str, Any] | None = None) -> str:
    with pytest.raises(ValidationError) as caught:
        read_settings(kind, settings, before)
    return caught.value.details[0].field


def test_what_is_left_out_has_its_usual_value() -> None:
    assert read_settings("email", EMAIL) == EMAIL | {"port": 587, "security": "starttls"}
    assert read_settings("webhook", HOOK | {"secret": None, "headers": None}) == HOOK


@pytest.mark.parametrize(
    ("kind", "settings", "field"),
    [
        ("webhook", {}, "settings.url"),
        ("webhook", {"url": "ftp://example.org"}, "settings.url"),
        ("webhook", {"url": "https://"}, "settings.url"),
        ("webhook", {"url": "https://[bad"}, "settings.url"),
        ("webhook", {"url": "https://a:99999/"}, "settings.url"),
        ("webhook", {"url": "https://a b/"}, "settings.url"),
        ("webhook", {"url": "https://a/\r\nX: y"}, "settings.url"),
        ("webhook", {"url": "https://good.example\\@evil.example/"}, "settings.url"),
        ("webhook", {"url": "https://user:pass@example.org/"}, "settings.url"),
        ("webhook", HOOK | {"headers": {"X Y": "z"}}, "settings.headers.X Y"),
        ("webhook", HOOK | {"headers": {"X": "a\r\nY: b"}}, "settings.headers.X"),
        ("webhook", HOOK | {"headers": {"host": "other"}}, "settings.headers"),
        ("webhook", HOOK | {"headers": {"Content-Length": "1"}}, "settings.headers"),
        ("webhook", HOOK | {"headers": {"x-metricbox-signature": "sha256=0"}}, "settings.headers"),
        ("webhook", HOOK | {"headers": {"X-A": "1", "x-a": "2"}}, "settings.headers"),
        ("webhook", HOOK | {"headers": {f"X-{n}": "" for n in range(21)}}, "settings.headers"),
        ("webhook", HOOK | {"other": 1}, "settings.other"),
        ("email", EMAIL | {"to": []}, "settings.to"),
        ("email", EMAIL | {"to": ["a@example.org\r\nBcc: b@example.org"]}, "settings.to[0]"),
        ("email", EMAIL | {"to": ["a@example.org,b@example.org"]}, "settings.to[0]"),
        ("email", EMAIL | {"from": "Box <box@example.org>"}, "settings.from"),
        ("email", EMAIL | {"host": "mail example"}, "settings.host"),
        ("email", EMAIL | {"port": 70_000}, "settings.port"),
        ("email", EMAIL | {"port": "25"}, "settings.port"),
        ("email", EMAIL | {"security": "ssl"}, "settings.security"),
        ("slack", {}, "settings.url"),
        ("teams", {"url": "teams"}, "settings.url"),
        ("ntfy", {"url": "https://ntfy.example.org/"}, "settings.url"),
        ("alertmanager", HOOK | {"username": "a:b"}, "settings.username"),
        ("apprise", {"url": "no address"}, "settings.url"),
    ],
)
def test_bad_settings_are_named(kind: str, settings: dict[str, Any], field: str) -> None:
    assert field_of(kind, settings) == field


@pytest.mark.parametrize(
    ("kind", "settings", "shown"),
    [
        ("webhook", HOOK | {"secret": "s", "headers": {"X": "y"}}, HOOK | {"secret": "***", "headers": {"X": "***"}}),
        ("email", EMAIL | {"password": "p"}, EMAIL | {"password": "***"}),
        ("slack", HOOK, {"url": "***"}),
        ("teams", HOOK, {"url": "***"}),
        ("ntfy", HOOK | {"token": "t"}, HOOK | {"token": "***"}),
        ("alertmanager", HOOK | {"username": "u", "password": "p"}, HOOK | {"username": "u", "password": "***"}),
        ("apprise", {"url": "json://a"}, {"url": "***"}),
        ("of a later release", {"key": "k"}, {"key": "***"}),
    ],
)  # fmt: skip
def test_secrets_are_masked(kind: str, settings: dict[str, Any], shown: dict[str, Any]) -> None:
    assert mask_settings(kind, settings) == shown


def test_what_comes_back_masked_stays() -> None:
    before = HOOK | {"secret": "s", "headers": {"X": "y", "Gone": "g"}}
    wish = {"url": "https://example.org/new", "secret": "***", "headers": {"X": "***", "New": "n"}}
    assert read_settings("webhook", wish, before) == {
        "url": "https://example.org/new", "secret": "s", "headers": {"X": "y", "New": "n"},
    }  # fmt: skip
    assert read_settings("webhook", HOOK, before) == HOOK
    assert field_of("webhook", HOOK | {"secret": "***"}) == "settings.secret"
    assert field_of("webhook", HOOK | {"headers": {"Other": "***"}}, before) == "settings.headers"
