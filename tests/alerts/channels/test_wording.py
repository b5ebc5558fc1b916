"""Messages in words."""

from metricbox.alerts.channels.wording import make_lines, make_text, make_title, silence_calls, word_of
from tests.support.alert_messages import HOSTILE, make


def test_a_line_has_labels_text_and_times() -> None:
    message = make(labels={"host": "a", "disk": "sda"}, text="{{labels.host}} is full\nAsk Ada")
    (line,) = make_lines(message, 10)
    assert line == ("disk=sda, host=a", "a is full\nAsk Ada", "since 2026-11-25T09:59:00.000Z")
    (line,) = make_lines(make("resolved"), 10)
    assert line.times == "from 2026-11-25T09:59:00.000Z to 2026-11-25T10:00:00.000Z"


def test_no_line_is_forged_and_no_text_turned() -> None:
    message = make(labels={"evil": HOSTILE}, name=f"n\n{HOSTILE}", count=2)
    shown = make_title(message) + make_lines(message, 1)[0].labels
    assert not any(char in shown for char in "\r\n\u202e")
    assert len(make_title(make(name="x" * 1_000))) == 200


def test_a_text_says_what_it_leaves_out() -> None:
    rows = make_text(make(count=150), 20).splitlines()
    assert len(rows) == 21
    assert rows[0] == "host=a: 93.5, limit > 90 (since 2026-11-25T09:59:00.000Z)"
    assert rows[-1] == "… and 130 more"
    cut = make_text(make(labels={"l": "日" * 100}, count=20), 20, 1_000)
    assert len(cut.encode()) <= 1_000
    assert cut.splitlines()[-1] == "… and 18 more"
    assert len(make_text(make(text="日" * 900), 20, 100).encode()) <= 100


def test_nobody_is_called() -> None:
    assert silence_calls("@ALL @here @channels @channel, a@allied.example") == (
        "@\u200bALL @\u200bhere @channels @\u200bchannel, a@allied.example"
    )


def test_severities_have_words() -> None:
    assert [word_of(make(severity=one)) for one in ("critical", "warning", "info")] == [
        "critical", "warning", "info",
    ]  # fmt: skip
    assert word_of(make("resolved")) == "resolved"
    assert word_of({"status": "firing", "rule": {"severity": "page"}}) == "info"
