"""Teams: adaptive cards by a web hook of its Workflows."""

import json

from metricbox.alerts.channels.http import HttpPoster, encode_json
from metricbox.alerts.channels.teams import MAX_BYTES, Teams, make_body
from tests.support.alert_messages import HOSTILE, make
from tests.support.http_sink import Answer, HttpSink


async def test_a_card_has_title_alerts_and_a_link(sink: HttpSink, poster: HttpPoster) -> None:
    sink.answer = lambda _: Answer(202, b"")
    assert await Teams({"url": f"{sink.url}/workflows/x?sig=y"}, poster).send(make()) == "202"
    body = sink.posted[0].json
    (attachment,) = body["attachments"]
    assert (body["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    title, alert = card["body"]
    assert title["inlines"][0]["text"] == "Critical: CPU high host=a"
    assert title["inlines"][0]["color"] == "attention"
    assert [run["text"].strip() for run in alert["inlines"]] == [
        "host=a", "93.5, limit > 90", "since 2026-11-25T09:59:00.000Z",
    ]  # fmt: skip
    assert card["actions"][0]["url"] == "https://box.example.org/alerts/rules/r1"


def test_labels_are_runs_which_teams_does_not_read_as_markdown() -> None:
    body = make_body(make(labels={"evil": HOSTILE}))
    assert '"TextBlock"' not in json.dumps(body)
    assert {row["type"] for row in body["attachments"][0]["content"]["body"]} == {"RichTextBlock"}


def test_a_card_is_never_larger_than_teams_takes() -> None:
    body = make_body(
        make(labels={f"l{number}": "日" * 200 for number in range(30)}, count=150, text="é" * 4_000)
    )
    assert len(encode_json(body)) <= MAX_BYTES
    last = body["attachments"][0]["content"]["body"][-1]["inlines"][0]["text"]
    assert last.startswith("… and 1")


def test_without_a_public_url_there_is_no_button() -> None:
    assert "actions" not in make_body(make(url=""))["attachments"][0]["content"]
