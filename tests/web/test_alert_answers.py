"""Records of alerts as answers, each held against its model. How they come about is tested over HTTP, see routes."""

from metricbox.alerts.rehearsal import Spell
from metricbox.alerts.rule_pass import Key, Kind, Watched
from metricbox.alerts.service import EvaluationView, PreviewView, SeriesView
from metricbox.alerts.transitions import SeriesState, State
from metricbox.store.appdb.alert_channels import ChannelRecord
from metricbox.store.appdb.alert_deliveries import AttemptRecord, DeliveryRecord
from metricbox.store.appdb.alert_events import EventRecord
from metricbox.store.appdb.alert_rules import RuleRecord
from metricbox.store.appdb.alert_silences import SilenceRecord
from metricbox.web import alert_answers as answers
from metricbox.web import alert_schemas as schemas

AT_MS = 1_795_600_800_000
AT = "2026-11-25T10:00:00.000Z"
CONTENT = {"query": "cpu", "condition": "gt", "threshold": 90}
RULE = RuleRecord("r", "CPU", CONTENT, True, 2, None, AT_MS, AT_MS)


def watched(*states: State) -> dict[Key, Watched]:
    return {
        Key(Kind.CONDITION, (("row", str(row)),)): Watched(SeriesState(state))
        for row, state in enumerate(states)
    }


def test_what_a_rule_leaves_out_is_told_as_it_counts() -> None:
    answer = answers.rule_answer(RULE, {}, None, None)
    schemas.AlertRule.model_validate(answer)
    assert (answer["duration"], answer["severity"], answer["noData"], answer["labels"]) == (
        "0s",
        "warning",
        "ok",
        {},
    )
    assert answer["notification"] == {"channels": [], "repeatInterval": "4h", "message": None}
    assert (answer["state"], answer["evaluatedAt"], answer["error"]) == ("ok", None, None)


def test_a_rule_is_in_the_worst_state_of_its_series() -> None:
    for states, expected in (
        ([State.OK], ("ok", 0, 0)),
        ([State.OK, State.PENDING], ("pending", 1, 0)),
        ([State.PENDING, State.FIRING, State.FIRING], ("firing", 1, 2)),
    ):
        answer = answers.rule_answer(RULE, watched(*states), "no", AT_MS)
        assert (answer["state"], *answer["counts"].values()) == expected
        assert (answer["evaluatedAt"], answer["error"]) == (AT, "no")
    off = answers.rule_answer(RULE._replace(is_enabled=False), {}, None, AT_MS)
    assert off["evaluatedAt"] is None


def test_evaluation_and_preview() -> None:
    view = EvaluationView(AT_MS, [SeriesView({"a": "b"}, None, State.PENDING, AT_MS, AT_MS)], 1, ["w"])
    answer = answers.evaluation_answer(view)
    schemas.Evaluation.model_validate(answer)
    (one,) = answer["series"]
    assert (one["since"], one["firesAt"], one["value"]) == (AT, AT, None)
    spells = [({"a": "b"}, Spell(0, AT_MS, None, 5.0))]
    preview = answers.preview_answer(PreviewView(spells, 1, 2, 1, "metrics_raw", 10_000, False, ()))
    schemas.Preview.model_validate(preview)
    assert preview["spells"] == [{"labels": {"a": "b"}, "from": AT, "to": None, "peak": 5.0}]


def test_events_silences_and_channels() -> None:
    event = EventRecord(
        "e", "r", "CPU", "warning", {}, "condition", "firing", 1.0, 2.0, True, AT_MS, None, "ada", AT_MS, "c"
    )
    answer = answers.event_answer(event)
    schemas.AlertEvent.model_validate(answer)
    assert (answer["silenced"], answer["acknowledgedAt"], answer["resolvedAt"]) == (True, AT, None)
    silence = SilenceRecord("s", [], AT_MS, None, None, "r", "ada", AT_MS)
    for now_ms, is_active in ((AT_MS - 1, False), (AT_MS, True)):
        shown = answers.silence_answer(silence, now_ms, 3)
        schemas.Silence.model_validate(shown)
        assert (shown["active"], shown["muted"]) == (is_active, 3)
    channel = ChannelRecord(
        "c", "ops", "webhook", {"url": "http://x/", "secret": "s3cret"}, True, AT_MS, AT_MS
    )
    told = answers.channel_answer(channel)
    schemas.Channel.model_validate(told)
    assert "s3cret" not in str(told)


def test_a_delivery_tells_when_it_is_tried_next_while_it_waits() -> None:
    payload = {"rule": {"name": "CPU"}, "title": "Warning: CPU"}
    queued = DeliveryRecord(
        "d", "c", "ops", "r", "firing", "queued", payload, ["e"], 1, "500", AT_MS, AT_MS, None
    )
    answer = answers.delivery_answer(queued, [AttemptRecord(AT_MS, False, "500")])
    schemas.Delivery.model_validate(answer)
    assert (answer["nextAttemptAt"], answer["finishedAt"]) == (AT, None)
    assert answer["attempts"] == [{"at": AT, "delivered": False, "answer": "500"}]
    done = queued._replace(state="delivered", finished_ms=AT_MS)
    assert answers.delivery_answer(done, [])["nextAttemptAt"] is None
    assert answers.delivery_answer(done, [])["finishedAt"] == AT
