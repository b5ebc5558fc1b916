"""Events of alerts in SQLite."""

import pytest

from metricbox.errors import NotFoundError
from metricbox.store.appdb import alert_events
from metricbox.store.appdb.alert_events import (
    EVENT_RETENTION_MS,
    EventFilter,
    NewEvent,
    acknowledge_event,
    drop_old_events,
    get_event,
    insert_events,
    list_events,
    list_open_events,
    resolve_events,
    update_events,
)
from metricbox.store.appdb.alert_rules import NewRule, RuleChanges, create_rule, delete_rule, update_rule
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.records import PageRequest
from tests.support.authors import AUTHOR


def event(name: str, rule: str = "r") -> NewEvent:
    return NewEvent(name, rule, "CPU", "warning", {"host": "wéb"}, "condition", 95.0)


def ids(connection: Connection, **wanted: object) -> list[str]:
    page = list_events(connection, PageRequest(), EventFilter(**wanted))  # type: ignore[arg-type]
    return [one.id for one in page.rows]


def test_the_life_of_an_event(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        insert_events(connection, [event("a")], 5)
        made = get_event(connection, "a")
        assert made[:10] == (
            "a",
            "r",
            "CPU",
            "warning",
            {"host": "wéb"},
            "condition",
            "firing",
            95,
            95,
            False,
        )
        assert made[10:] == (5, None, None, None, "", "")
        update_events(connection, [("a", 97.0, 99.0)], ["a"])
        changed = get_event(connection, "a")
        assert (changed.value, changed.peak, changed.is_silenced) == (97, 99, True)
        resolve_events(connection, [("a", None, 99.0)], 8)
        ended = get_event(connection, "a")
        assert (ended.status, ended.resolved_ms, ended.value, ended.peak) == ("resolved", 8, None, 99)
        # What is over stays as it was.
        update_events(connection, [("a", 1.0, 1.0)], [])
        resolve_events(connection, [("a", 1.0, 1.0)], 9)
        assert get_event(connection, "a") == ended
        with pytest.raises(NotFoundError):
            get_event(connection, "none")

    appdb.write_blocking(check)


def test_filters(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        for at, name in enumerate("abc"):
            insert_events(connection, [event(name, "odd" if name == "b" else "r")], at * 100)
        resolve_events(connection, [("a", 1.0, 1.0)], 50)
        assert ids(connection) == ["c", "b", "a"]
        assert ids(connection, rule_id="odd") == ["b"]
        assert ids(connection, status="resolved") == ["a"]
        assert ids(connection, severity="critical") == []
        assert ids(connection, from_ms=51) == ["c", "b"]
        assert ids(connection, from_ms=50) == ["c", "b", "a"]
        assert ids(connection, to_ms=100) == ["a"]
        assert ids(connection, to_ms=101) == ["b", "a"]
        assert [one.id for one in list_open_events(connection)] == ["c", "b"]

    appdb.write_blocking(check)


def test_a_second_acknowledgement_replaces_the_first(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        insert_events(connection, [event("a")], 5)
        for name, at in (("ada@example.org", 6), ("bob@example.org", 7)):
            seen = acknowledge_event(connection, "a", f"by {name}", AUTHOR._replace(name=name), at)
            assert (seen.acknowledged_by, seen.acknowledged_ms, seen.comment) == (name, at, f"by {name}")
        with pytest.raises(NotFoundError):
            acknowledge_event(connection, "none", "", AUTHOR, 8)
        assert connection.execute("select count(*) from audit_entries where subject_id = 'a'").get == 2

    appdb.write_blocking(check)


def test_what_is_over_goes_after_its_time_or_when_there_are_too_many(
    appdb: AppDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(connection: Connection) -> None:
        for name in "abcd":
            insert_events(connection, [event(name)], 1)
        resolve_events(connection, [("a", 1.0, 1.0)], 10)
        resolve_events(connection, [("b", 1.0, 1.0)], 11)
        assert drop_old_events(connection, 11 + EVENT_RETENTION_MS) == 1
        assert ids(connection) == ["d", "c", "b"]
        monkeypatch.setattr(alert_events, "MAX_EVENTS", 1)
        assert drop_old_events(connection, 12) == 1
        assert ids(connection) == ["d", "c"], "what fires stays"

    appdb.write_blocking(check)


def test_an_event_keeps_the_unit_that_its_rule_had(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        content = {"query": "cpu", "unit": "percent"}
        rule = create_rule(connection, NewRule("CPU", content, True, None), AUTHOR, 5)
        insert_events(connection, [event("a", rule.id), event("b", "gone")], 5)
        update_rule(connection, rule.id, RuleChanges(content={"unit": "ratio"}), AUTHOR, 6)
        insert_events(connection, [event("c", rule.id)], 7)
        delete_rule(connection, rule.id, AUTHOR, 8)
        units = [get_event(connection, one).unit for one in ("a", "b", "c")]
        assert units == ["percent", "", "ratio"]

    appdb.write_blocking(check)
