"""What the alert loop knows, and the transaction of a pass."""

import pytest

from metricbox.store.appdb.alert_channels import NewChannel, create_channel
from metricbox.store.appdb.alert_deliveries import NewDelivery
from metricbox.store.appdb.alert_events import NewEvent, get_event
from metricbox.store.appdb.alert_rules import NewRule, RuleChanges, create_rule, delete_rule, update_rule
from metricbox.store.appdb.alert_states import (
    EventEnd,
    PassRecord,
    StateRecord,
    forget_rule,
    labels_text,
    load_states,
    save_pass,
)
from metricbox.store.appdb.database import AppDatabase, Connection
from tests.support.authors import AUTHOR

NOTHING = PassRecord("", [], [], [], [], [], [], [])


def make_rule(connection: Connection) -> str:
    return create_rule(connection, NewRule("CPU", {"query": "cpu"}, True, None), AUTHOR, 1).id


def state(rule_id: str, key: str, name: str = "firing", event_id: str | None = None) -> StateRecord:
    return StateRecord(rule_id, key, name, 5, None, 6, 95.0, 99.0, event_id, None)


def began(event_id: str) -> NewEvent:
    return NewEvent(event_id, "r", "CPU", "warning", {}, "condition", 95.0)


def test_a_pass_takes_effect_as_a_whole(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        rule_id = make_rule(connection)
        channel = create_channel(connection, NewChannel("ops", "webhook", {}, True), AUTHOR, 1)
        states = [state(rule_id, "a", event_id="e1"), state(rule_id, "b", "pending")]
        delivery = NewDelivery(channel.id, "ops", rule_id, "firing", {"alerts": []}, ["e1"])
        first = NOTHING._replace(rule_id=rule_id, saved=states, began=[began("e1")], deliveries=[delivery])
        assert save_pass(connection, first, 10)
        assert load_states(connection) == load_states(connection, rule_id) == states
        assert load_states(connection, "other") == []
        second = NOTHING._replace(
            rule_id=rule_id,
            saved=[state(rule_id, "b", event_id="e2")],
            removed=["a"],
            began=[began("e2")],
            goes_on=[EventEnd("e2", 96.0, 97.0)],
            silenced=["e2"],
            ended=[EventEnd("e1", 10.0, 99.0)],
        )
        assert save_pass(connection, second, 20)
        assert load_states(connection) == [state(rule_id, "b", event_id="e2")]
        over, going = get_event(connection, "e1"), get_event(connection, "e2")
        assert (over.status, over.resolved_ms, over.value) == ("resolved", 20, 10)
        assert (going.status, going.value, going.peak, going.is_silenced) == ("firing", 96, 97, True)
        assert connection.execute("select count(*) from alert_deliveries").get == 1

    appdb.write_blocking(check)


def test_a_pass_of_a_rule_that_went_or_was_switched_off_does_nothing(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        for has_gone in (False, True):
            rule_id = make_rule(connection)
            if has_gone:
                delete_rule(connection, rule_id, AUTHOR, 2)
            else:
                update_rule(connection, rule_id, RuleChanges(is_enabled=False), AUTHOR, 2)
            record = NOTHING._replace(rule_id=rule_id, saved=[state(rule_id, "a")], began=[began("e")])
            assert not save_pass(connection, record, 10)
            assert load_states(connection) == []
        assert connection.execute("select count(*) from alert_events").get == 0

    appdb.write_blocking(check)


def test_a_pass_that_fails_half_way_leaves_nothing(appdb: AppDatabase) -> None:
    rule_id = appdb.write_blocking(make_rule)
    nobody = NewDelivery("channel", "ops", rule_id, "firing", {"odd": object()}, [])
    record = NOTHING._replace(
        rule_id=rule_id, saved=[state(rule_id, "a")], began=[began("e")], deliveries=[nobody]
    )
    with pytest.raises(TypeError):
        appdb.write_blocking(lambda connection: save_pass(connection, record, 10))
    assert appdb.read_blocking(load_states) == []
    count = appdb.read_blocking(
        lambda connection: connection.execute("select count(*) from alert_events").get
    )
    assert count == 0


def test_a_rule_is_forgotten_with_what_it_fires(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        rule_id, other = make_rule(connection), make_rule(connection)
        for one, event_id in ((rule_id, "e1"), (other, "e2")):
            record = NOTHING._replace(
                rule_id=one, saved=[state(one, "a", event_id=event_id)], began=[began(event_id)]
            )
            save_pass(connection, record, 10)
        forget_rule(connection, rule_id, 20)
        assert [one.rule_id for one in load_states(connection)] == [other]
        assert (get_event(connection, "e1").status, get_event(connection, "e2").status) == (
            "resolved",
            "firing",
        )
        assert get_event(connection, "e1").peak == 99

    appdb.write_blocking(check)


def test_labels_are_written_in_one_way() -> None:
    assert labels_text((("host", 'a"é'), ("job", "x"))) == '[["host","a\\"é"],["job","x"]]'
