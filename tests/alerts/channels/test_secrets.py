"""Texts of receivers without what they repeat of a secret address."""

import pytest

from metricbox.alerts.channels.making import TYPES
from metricbox.alerts.channels.secrets import SECRETS, hide
from metricbox.web.channel_settings import MODELS

SLACK = {"url": "https://hooks.example.org/services/T012AB/B345CD/xyzXYZ123"}


def test_every_type_says_which_settings_are_secret() -> None:
    assert SECRETS.keys() == TYPES.keys() == MODELS.keys()
    for kind, names in SECRETS.items():
        known = {field.alias or name for name, field in MODELS[kind].model_fields.items()}
        assert names <= known


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("404 Cannot POST /services/T012AB/B345CD/xyzXYZ123", "404 Cannot POST ***"),
        (f"bad {SLACK['url']}", "bad ***"),
        ("token xyzXYZ123 is revoked", "token *** is revoked"),
        ("404 no_service at hooks.example.org", "404 no_service at hooks.example.org"),
    ],
)
def test_the_rest_of_an_address_is_hidden(text: str, shown: str) -> None:
    assert hide(text, "slack", SLACK) == shown


def test_headers_secrets_and_passwords_are_hidden() -> None:
    settings = {
        "url": "https://example.org/hook?token=abcdefgh&n=1",
        "headers": {"Authorization": "Bearer wxyz-1234"},
        "secret": "signing",
    }
    shown = hide("wxyz-1234, Bearer wxyz-1234, signing, abcdefgh, n=1", "webhook", settings)
    assert shown == "***, ***, ***, ***, n=1"
    assert hide("no pässword here", "email", {"password": "pässword", "host": "here"}) == "no *** here"


def test_of_what_apprise_takes_everything_may_be_a_token() -> None:
    settings = {"url": "tgram://123456789:ABCdef_token/%2Fchat%2Froom/?x=y"}
    shown = hide("bot 123456789 ABCdef_token /chat/room", "apprise", settings)
    assert shown == "bot *** *** ***"


def test_an_unknown_type_hides_all_it_has() -> None:
    assert hide("a abcd b", "gone", {"key": "abcd"}) == "a *** b"


def test_what_is_no_address_breaks_nothing() -> None:
    assert hide("x http://[bad y", "slack", {"url": "http://[bad"}) == "x *** y"
