"""From records to channels, which tell no secrets whatever happens."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from metricbox.alerts.channels import making
from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.making import make_sender
from metricbox.alerts.channels.sending import SendError
from metricbox.store.appdb.alert_channels import ChannelRecord
from tests.support.alert_messages import make
from tests.support.http_sink import Answer, HttpSink


def record(kind: str, **settings: Any) -> ChannelRecord:
    return ChannelRecord("c1", "ops", kind, settings, True, 0, 0)


@pytest.mark.parametrize("kind", ["slack", "teams", "ntfy", "webhook", "alertmanager"])
@pytest.mark.parametrize("status", [200, 404])
async def test_answers_repeat_no_secret_address(
    sink: HttpSink, poster: HttpPoster, kind: str, status: int
) -> None:
    sink.answer = lambda posted: Answer(
        status, f"Cannot POST {posted.path}, /secret-topic secret-topic".encode()
    )
    sender = make_sender(record(kind, url=f"{sink.url}/secret-topic"), poster)
    if status == 200:
        said = await sender.send(make())
    else:
        with pytest.raises(SendError) as caught:
            await sender.send(make())
        said = str(caught.value)
        assert caught.value.is_final
    assert said.startswith(f"{status} Cannot POST")
    assert "secret" not in said


async def test_the_wish_of_the_receiver_is_kept(sink: HttpSink, poster: HttpPoster) -> None:
    sink.answer = lambda _: Answer(429, b"", {"Retry-After": "60"})
    with pytest.raises(SendError) as caught:
        await make_sender(record("slack", url=sink.url), poster).send(make())
    assert (caught.value.retry_after_s, caught.value.is_final) == (60.0, False)


async def test_a_failure_that_nobody_thought_of_tells_no_secret(
    poster: HttpPoster, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def __init__(self, settings: Mapping[str, Any], _: HttpPoster) -> None:
            self.url = settings["url"]

        async def send(self, _: Mapping[str, Any]) -> str:
            raise RuntimeError(f"cannot use {self.url}")

    monkeypatch.setattr(making, "TYPES", {"broken": Broken})
    caplog.set_level(logging.DEBUG)
    with pytest.raises(SendError) as caught:
        await make_sender(record("broken", url="https://example.org/secret"), poster).send(make())
    assert (str(caught.value), caught.value.is_final) == ("failed: RuntimeError", False)
    assert "secret" not in caplog.text
    assert "in send" in caplog.text


async def test_what_cannot_be_made_says_why(poster: HttpPoster) -> None:
    with pytest.raises(ValueError, match="no channels of type pager"):
        make_sender(record("pager"), poster)
    with pytest.raises(ValueError, match="setting url is missing"):
        make_sender(record("slack"), poster)
