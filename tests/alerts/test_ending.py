"""A rule that is switched off or deleted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from metricbox.alerts.ending import end_rule
from metricbox.clock import ManualClock
from metricbox.store.appdb.alert_channels import NewChannel, create_channel
from metricbox.store.appdb.alert_events import NewEvent, get_event
from metricbox.store.appdb.alert_rules import NewRule, RuleRecord, create_rule
from metricbox.store.appdb.alert_states import PassRecord, StateRecord, load_states, save_pass
from metricbox.store.appdb.database import AppDatabase, Connection
from tests.support.authors import AUTHOR
from tests.support.stores import NOW_MS


@pytest.fixture
def appdb(tmp_path: Path) -> Iterator[AppDatabase]:
    database = AppDatabase.open(tmp_path / "app.sqlite", ManualClock(NOW_MS))
    yield database
    database.close()


def make_firing_rule(connection: Connection, *told: bool) -> RuleRecord:
    """On a host for each of `told`, of which somebody was told or not; two channels, one switched off."""
    channels = [
        create_channel(connection, NewChannel(name, "webhook", {}, is_on), AUTHOR, 1).id
        for name, is_on in (("ops", True), ("off", False))
    ]
    content = {"query": "cpu", "condition": "gt", "threshold": 90, "notification": {"channels": channels}}
    rule = create_rule(connection, NewRule("CPU", content, True, None), AUTHOR, 1)
    names = [str(number) for number in range(len(told))]
    record = PassRecord(
        rule_id=rule.id,
        saved=[
            StateRecord(
                rule.id, f'[["host","{name}"]]', "firing", 5, None, 6, 95.0, 99.0, name, 7 if has else None
            )
            for name, has in zip(names, told, strict=True)
        ],
        removed=[],
        began=[
            NewEvent(name, rule.id, "CPU", "warning", {"host": name}, "condition", 95.0) for name in names
        ],
        goes_on=[],
        silenced=[],
        ended=[],
        deliveries=[],
    )
    save_pass(connection, record, 10)
    return rule


def queued(connection: Connection) -> list[tuple[object, ...]]:
    rows = connection.execute(
        "select channel_name, status, event_ids, payload ->> 'url' from alert_deliveries order by delivery_no"
    )
    return [tuple(row) for row in rows]


def test_what_fired_is_over_and_those_who_were_told_are_told(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        rule = make_firing_rule(connection, True, False)
        end_rule(connection, rule, 20, url="https://box.example")
        assert queued(connection) == [
            ("ops", "resolved", '["0"]', f"https://box.example/alerts/rules/{rule.id}")
        ]
        assert [get_event(connection, name).status for name in "01"] == ["resolved", "resolved"]
        assert load_states(connection) == []

    appdb.write_blocking(check)


def test_nobody_hears_of_what_nobody_heard_of(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        end_rule(connection, make_firing_rule(connection, False), 20)
        assert queued(connection) == []
        assert get_event(connection, "0").resolved_ms == 20

    appdb.write_blocking(check)


def test_a_rule_that_is_fine_ends_without_a_trace(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        end_rule(connection, make_firing_rule(connection), 20)
        assert queued(connection) == []

    appdb.write_blocking(check)
