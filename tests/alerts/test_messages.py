"""Messages: what is told, and how it reads."""

import dataclasses
import json
from collections.abc import Mapping

import pytest

from metricbox.alerts.messages import (
    GROUP_INTERVAL_MS,
    MAX_ALERTS,
    decide,
    labels_of,
    make_message,
    make_test_message,
    make_text,
)
from metricbox.alerts.rule_pass import FAILURE, NOTHING, Key, Kind, Watched
from metricbox.alerts.rules import NoData, Rule
from metricbox.alerts.transitions import SeriesState, State
from tests.alerts.test_rule_pass import rule

REPEAT_MS = 3_600_000
RULE = dataclasses.replace(rule(), name="CPU high", repeat_ms=REPEAT_MS, labels={"team": "ops"})
NOW_MS = 1_795_600_800_000


def key(host: str) -> Key:
    return Key(Kind.CONDITION, (("__name__", "cpu"), ("host", host)))


def firing(since_ms: int = 0, sent_ms: int | None = None, value: float | None = 95.0) -> Watched:
    return Watched(SeriesState(State.FIRING, since_ms), since_ms, value, 99.0, "event", sent_ms)


def told(
    watched: Mapping[Key, Watched],
    ended: Mapping[Key, Watched] | None = None,
    *,
    now_ms: int = 0,
    silenced: str = "",
    last_message_ms: int | None = None,
) -> tuple[list[str], list[str], list[str]]:
    decision = decide(
        RULE, watched, ended or {}, lambda labels: labels.get("host") == silenced, now_ms, last_message_ms
    )

    def hosts(keys: Mapping[Key, Watched] | list[Key]) -> list[str]:
        return [dict(one.labels)["host"] for one in keys]

    return hosts(decision.firing), hosts(decision.resolved), hosts(decision.silenced)


def test_what_fires_is_told_once_and_again_after_the_repeat_interval() -> None:
    pending = Watched(SeriesState(State.PENDING, 0))
    assert told({key("a"): firing(), key("b"): pending, key("c"): Watched()}) == (["a"], [], [])
    sent = {key("a"): firing(sent_ms=0)}
    assert told(sent, now_ms=REPEAT_MS - 1) == ([], [], [])
    assert told(sent, now_ms=REPEAT_MS) == (["a"], [], [])


def test_nothing_is_resolved_of_which_nobody_was_told() -> None:
    """B107."""
    ended = {key("a"): firing(), key("b"): firing(sent_ms=0)}
    assert told({}, ended) == ([], ["b"], [])


def test_after_a_message_others_of_the_rule_are_gathered() -> None:
    watched = {key("a"): firing()}
    assert told(watched, now_ms=GROUP_INTERVAL_MS - 1, last_message_ms=0) == ([], [], [])
    assert told(watched, now_ms=GROUP_INTERVAL_MS, last_message_ms=0) == (["a"], [], [])
    # A clock that was set back does not gather for ever.
    assert told(watched, now_ms=0, last_message_ms=5) == (["a"], [], [])
    # What is over is told at once.
    assert told({}, {key("b"): firing(sent_ms=0)}, now_ms=1, last_message_ms=0) == ([], ["b"], [])


def test_silenced_ones_are_named_and_not_told() -> None:
    assert told({key("a"): firing(), key("b"): firing()}, silenced="a") == (["b"], [], ["a"])
    assert told({key("a"): firing()}, silenced="a", now_ms=1, last_message_ms=0) == ([], [], ["a"])


def test_the_body_is_version_1_of_the_contract() -> None:
    started = firing(NOW_MS - 60_000)
    message = make_message(RULE, "firing", {key("a"): started}, NOW_MS, url="https://box.example")
    labels = {"host": "a", "team": "ops", "alertname": "CPU high", "severity": "warning"}
    assert message == {
        "version": 1,
        "status": "firing",
        "rule": {"id": "r", "name": "CPU high", "severity": "warning"},
        "alerts": [
            {
                "labels": labels, "value": 95.0, "peak": 99.0, "threshold": 90, "unit": "",
                "condition": "gt", "kind": "condition", "startedAt": "2026-11-25T09:59:00.000Z", "resolvedAt": None,
                "eventId": "event", "text": "95, limit > 90",
            }
        ],
        "alertsTotal": 1,
        "title": "Warning: CPU high host=a",
        "url": "https://box.example/alerts/rules/r",
        "sentAt": "2026-11-25T10:00:00.000Z",
    }  # fmt: skip
    over = make_message(RULE, "resolved", {key("a"): started}, NOW_MS)
    assert over["title"] == "Resolved: CPU high host=a"
    assert over["alerts"][0]["resolvedAt"] == "2026-11-25T10:00:00.000Z"
    assert over["url"] == "/alerts/rules/r"


def test_many_alerts_are_counted() -> None:
    many = {key(str(number)): firing() for number in range(MAX_ALERTS + 5)}
    message = make_message(RULE, "firing", many, NOW_MS)
    assert (len(message["alerts"]), message["alertsTotal"]) == (MAX_ALERTS, MAX_ALERTS + 5)
    assert message["title"] == f"Warning: CPU high ({MAX_ALERTS + 5} alerts)"


def test_labels_of_the_rule_win_and_the_name_of_the_metric_is_none() -> None:
    own = Key(Kind.CONDITION, (("__name__", "cpu"), ("severity", "x"), ("team", "of the series")))
    assert labels_of(RULE, own) == {"team": "ops", "alertname": "CPU high", "severity": "warning"}


@pytest.mark.parametrize(
    ("one_key", "status", "expected"),
    [
        (key("a"), "firing", "95, limit > 90"),
        (NOTHING, "firing", "The query returns nothing."),
        (NOTHING, "resolved", "The query returns data again."),
        (FAILURE, "firing", "The query of this rule fails: no such thing"),
        (FAILURE, "resolved", "The query of this rule works again."),
    ],
)
def test_the_usual_words(one_key: Key, status: str, expected: str) -> None:
    assert make_text(RULE, status, one_key, firing(), "no such thing") == expected


def test_a_template_is_filled_and_silence_has_no_value() -> None:
    templated: Rule = dataclasses.replace(
        RULE, message="{{labels.host}}: {{value}} of {{threshold}}, {{status}}"
    )
    assert make_text(templated, "firing", key("a"), firing()) == "a: 95 of 90, firing"
    gone = make_text(templated, "resolved", key("a"), firing(value=None))
    assert gone.startswith("a: no data of 90, resolved: it is over because")


def test_hostile_label_values_stay_text() -> None:
    hostile = "{{value}}\r\nBcc: x\u202e\x00"
    message = make_message(RULE, "firing", {key(hostile): firing()}, NOW_MS)
    for text in (message["title"], message["alerts"][0]["text"]):
        assert not {"\r", "\n", "\u202e", "\x00"} & set(text)
    assert "{{value}}" in message["title"]
    json.dumps(message, allow_nan=False)


def test_a_test_message_has_the_shape_of_all_others() -> None:
    real = make_message(RULE, "firing", {key("a"): firing()}, NOW_MS)
    test = make_test_message("ops\n", NOW_MS)
    assert test.keys() == real.keys()
    assert test["alerts"][0].keys() == real["alerts"][0].keys()
    assert "\n" not in test["alerts"][0]["text"]


def test_values_have_the_unit_of_the_rule() -> None:
    ratio = dataclasses.replace(RULE, threshold=0.9, unit="ratio")
    one = Watched(SeriesState(State.FIRING, 0), value=0.9512, peak=0.96)
    assert make_text(ratio, "firing", key("a"), one) == "95.12 %, limit > 90 %"
    told_so = dataclasses.replace(ratio, message="{{labels.host}} is at {{value}} of {{threshold}}")
    assert make_text(told_so, "firing", key("a"), one) == "a is at 95.12 % of 90 %"
    (alert,) = make_message(ratio, "firing", {key("a"): one}, NOW_MS)["alerts"]
    assert (alert["value"], alert["threshold"], alert["unit"]) == (0.9512, 0.9, "ratio")


def test_that_nothing_is_heard_any_more_is_no_good_news() -> None:
    """B121."""
    gone = firing()._replace(value=None)
    words = "it is over because nothing is heard of it any more"
    assert make_text(RULE, "resolved", key("a"), gone) == f"no data, limit > 90: {words}"
    assert words not in make_text(RULE, "resolved", key("a"), firing())
    own_words = dataclasses.replace(RULE, message="{{labels.host}} is at {{value}}")
    assert make_text(own_words, "resolved", key("a"), gone) == f"a is at no data: {words}"
    # Where silence is the alert, it is over for another reason: the rule was switched off.
    about_silence = dataclasses.replace(RULE, no_data=NoData.ALERT)
    assert words not in make_text(about_silence, "resolved", key("a"), gone)
