"""Web hooks: body, signature and headers as a receiver sees them."""

import hashlib
import hmac
from typing import Any

import pytest

from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.sending import SendError
from metricbox.alerts.channels.webhook import Webhook
from tests.support.alert_messages import HOSTILE, make
from tests.support.http_sink import Answer, HttpSink

# API.md, "Webhook message (version 1)".
FIELDS = {"version", "status", "rule", "alerts", "url", "sentAt"}
ALERT_FIELDS = {"labels", "value", "threshold", "startedAt", "resolvedAt", "eventId"}


async def test_the_body_is_the_message_signed_as_it_is_sent(sink: HttpSink, poster: HttpPoster) -> None:
    settings = {"url": f"{sink.url}/hook", "secret": "sécret", "headers": {"X-Team": "ops"}}
    message = make(labels={"host": "wien-µ", "evil": HOSTILE})
    assert await Webhook(settings, poster).send(message) == "200 ok"
    (posted,) = sink.posted
    assert posted.json == message
    assert set(posted.json) >= FIELDS
    assert set(posted.json["alerts"][0]) >= ALERT_FIELDS
    assert posted.json["alerts"][0]["labels"]["evil"] == HOSTILE
    expected = "sha256=" + hmac.new("sécret".encode(), posted.body, hashlib.sha256).hexdigest()
    assert posted.headers["x-metricbox-signature"] == expected
    assert posted.headers["x-team"] == "ops"
    assert posted.headers["content-type"] == "application/json"
    assert "wien-µ".encode() in posted.body


async def test_without_a_secret_there_is_no_signature(sink: HttpSink, poster: HttpPoster) -> None:
    await Webhook({"url": sink.url}, poster).send(make("resolved"))
    assert "x-metricbox-signature" not in sink.posted[0].headers
    assert (sink.posted[0].json["version"], sink.posted[0].json["status"]) == (1, "resolved")


async def test_own_headers_replace_the_usual_ones(sink: HttpSink, poster: HttpPoster) -> None:
    headers = {"content-type": "application/x-alert", "Authorization": "Bearer µ"}
    await Webhook({"url": sink.url, "headers": headers}, poster).send(make())
    assert sink.posted[0].headers["content-type"] == "application/x-alert"
    assert sink.posted[0].headers["authorization"] == "Bearer µ"


async def test_an_infinite_value_is_null_and_the_body_is_json(sink: HttpSink, poster: HttpPoster) -> None:
    await Webhook({"url": sink.url}, poster).send(make(value=float("inf")))
    assert b"Infinity" not in sink.posted[0].body
    assert sink.posted[0].json["alerts"][0]["value"] is None


@pytest.mark.parametrize("settings", [{"headers": {"X-A": "a\r\nX-B: b"}}, {"headers": {"X A": "a"}}])
async def test_a_header_that_cannot_be_sent_is_final(
    sink: HttpSink, poster: HttpPoster, settings: dict[str, Any]
) -> None:
    with pytest.raises(SendError) as caught:
        await Webhook({"url": sink.url, **settings}, poster).send(make())
    assert caught.value.is_final
    assert sink.posted == []


async def test_a_refusal_is_told(sink: HttpSink, poster: HttpPoster) -> None:
    sink.answer = lambda _: Answer(503, b"busy", {"Retry-After": "7"})
    with pytest.raises(SendError) as caught:
        await Webhook({"url": sink.url}, poster).send(make())
    assert (str(caught.value), caught.value.is_final, caught.value.retry_after_s) == ("503 busy", False, 7.0)
