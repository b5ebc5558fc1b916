"""ntfy: title, priority, tags, token."""

import pytest

from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.ntfy import MAX_BYTES, Ntfy, make_body, split_topic
from metricbox.alerts.channels.sending import SendError
from tests.support.alert_messages import HOSTILE, make
from tests.support.http_sink import HttpSink


async def test_it_is_published_as_json_with_a_token(sink: HttpSink, poster: HttpPoster) -> None:
    settings = {"url": f"{sink.url}/disks", "token": "tk_abc"}
    message = make(labels={"host": "wien-µ", "evil": HOSTILE})
    assert await Ntfy(settings, poster).send(message) == "200 ok"
    (posted,) = sink.posted
    assert posted.path == "/"
    assert posted.headers["authorization"] == "Bearer tk_abc"
    body = posted.json
    assert (body["topic"], body["priority"], body["tags"]) == ("disks", 5, ["rotating_light", "critical"])
    assert "wien-µ" in body["title"]
    assert "\n" not in body["title"]
    assert body["click"] == "https://box.example.org/alerts/rules/r1"


@pytest.mark.parametrize(
    ("status", "severity", "priority", "tag"),
    [
        ("firing", "warning", 4, "warning"),
        ("firing", "info", 3, "information_source"),
        ("resolved", "critical", 3, "white_check_mark"),
    ],
)
def test_priority_and_tag_follow_the_severity(status: str, severity: str, priority: int, tag: str) -> None:
    body = make_body(make(status, severity=severity), "t")
    assert (body["priority"], body["tags"][0]) == (priority, tag)


def test_a_long_message_is_cut_by_whole_alerts() -> None:
    body = make_body(make(labels={"l": "日" * 100}, count=100, text="µ" * 400), "t")
    assert len(body["message"].encode()) <= MAX_BYTES
    assert body["message"].splitlines()[-1].startswith("… and 9")


async def test_without_a_token_there_is_no_authorization(sink: HttpSink, poster: HttpPoster) -> None:
    await Ntfy({"url": f"{sink.url}/t"}, poster).send(make())
    assert "authorization" not in sink.posted[0].headers


def test_the_topic_is_the_end_of_the_address() -> None:
    assert split_topic("https://ntfy.sh/disks") == ("https://ntfy.sh/", "disks")
    assert split_topic("https://example.org/push/disks/") == ("https://example.org/push/", "disks")
    with pytest.raises(SendError) as caught:
        split_topic("https://ntfy.sh/")
    assert caught.value.is_final
