"""Slack's incoming web hooks."""

from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.slack import MAX_SHOWN, Slack, escape, make_body
from tests.support.alert_messages import HOSTILE, make
from tests.support.http_sink import HttpSink


async def test_a_message_has_title_and_an_attachment_an_alert(sink: HttpSink, poster: HttpPoster) -> None:
    assert await Slack({"url": f"{sink.url}/services/T/B/x"}, poster).send(make(count=2)) == "200 ok"
    (posted,) = sink.posted
    assert posted.path == "/services/T/B/x"
    assert posted.json["text"] == "Critical: CPU high (2 alerts)"
    first, second = posted.json["attachments"]
    assert first["text"] == "host=a\n93.5, limit &gt; 90"
    assert first["title_link"] == "https://box.example.org/alerts/rules/r1"
    assert first["footer"] == "since 2026-11-25T09:59:00.000Z"
    assert second["text"].startswith("host=h1")
    assert make_body(make("resolved"))["attachments"][0]["color"] != first["color"]


def test_labels_are_no_markup_and_call_nobody() -> None:
    body = make_body(make(labels={"evil": HOSTILE}, name="<!here> @channel"))
    shown = body["text"] + body["attachments"][0]["text"] + body["attachments"][0]["fallback"]
    assert "<" not in shown
    assert "@all" not in shown
    assert "@channel" not in shown
    assert "\u202e" not in shown
    assert body["attachments"][0]["mrkdwn_in"] == []
    assert (
        escape("a & <b> @everyone ops@allied.example")
        == "a &amp; &lt;b&gt; @\u200beveryone ops@allied.example"
    )


def test_many_alerts_are_counted() -> None:
    attachments = make_body(make(count=150))["attachments"]
    assert len(attachments) == MAX_SHOWN + 1
    assert attachments[-1]["text"] == f"… and {150 - MAX_SHOWN} more"


def test_without_a_public_url_there_is_no_link() -> None:
    assert "title_link" not in make_body(make(url=""))["attachments"][0]
