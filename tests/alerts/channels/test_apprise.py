"""Apprise, with its own plain JSON service for a receiver: what is sent, and that its address is told to nobody."""

import io
import logging
from collections.abc import Iterator

import pytest

from metricbox.alerts.channels.apprise import Apprise
from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.sending import SendError
from tests.support.alert_messages import HOSTILE, make
from tests.support.http_sink import Answer, HttpSink, run_sink


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What reaches the handler of the whole process; caplog would look past that."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def url_of(sink: HttpSink, rest: str = "/secret-path") -> str:
    return f"json://user:secret-password@127.0.0.1:{sink.port}{rest}"


async def test_a_message_goes_by_its_service(sink: HttpSink, poster: HttpPoster) -> None:
    channel = Apprise({"url": url_of(sink)}, poster)
    assert await channel.send(make(labels={"host": "wien-µ", "evil": HOSTILE})) == "taken by JSON"
    assert await channel.send(make("resolved")) == "taken by JSON"
    first, second = sink.posted
    assert (first.path, first.json["type"], second.json["type"]) == ("/secret-path", "failure", "success")
    assert first.json["title"].startswith("Critical: CPU high")
    assert "host=wien-µ" in first.json["message"]
    assert "https://box.example.org/alerts/rules/r1" in first.json["message"]


async def test_a_failure_is_for_now_and_tells_no_address(
    sink: HttpSink, poster: HttpPoster, log: io.StringIO
) -> None:
    sink.answer = lambda _: Answer(500, b"no")
    with pytest.raises(SendError) as caught:
        await Apprise({"url": url_of(sink)}, poster).send(make())
    assert not caught.value.is_final
    assert str(caught.value).startswith("Apprise could not deliver it: Failed to send JSON")
    sink.close()
    with pytest.raises(SendError) as caught:
        await Apprise({"url": url_of(sink)}, poster).send(make())
    assert not caught.value.is_final
    assert "secret" not in log.getvalue() + str(caught.value)


async def test_an_address_that_it_does_not_know_is_final_and_not_logged(
    poster: HttpPoster, log: io.StringIO
) -> None:
    with pytest.raises(SendError) as caught:
        await Apprise({"url": "nosuchthing://secret-token"}, poster).send(make())
    assert (str(caught.value), caught.value.is_final) == ("Apprise does not know such an address", True)
    assert "secret" not in log.getvalue()


@pytest.mark.parametrize("rest", ["/x", "/x?redirect=yes"])
async def test_redirects_are_not_followed(sink: HttpSink, poster: HttpPoster, rest: str) -> None:
    with run_sink() as other:
        sink.answer = lambda _: Answer(307, b"", {"Location": f"{other.url}/stolen"})
        with pytest.raises(SendError):
            await Apprise({"url": url_of(sink, rest)}, poster).send(make())
        assert other.posted == []
    assert len(sink.posted) == 1


async def test_it_is_not_used_while_hosts_are_named(sink: HttpSink) -> None:
    poster = HttpPoster(["127.0.0.1"])
    with pytest.raises(SendError) as caught:
        await Apprise({"url": url_of(sink)}, poster).send(make())
    await poster.close()
    assert caught.value.is_final
    assert "notify_hosts" in str(caught.value)
    assert sink.posted == []
