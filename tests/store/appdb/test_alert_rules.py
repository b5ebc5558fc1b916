"""Alert rules in SQLite."""

from typing import Any

import pytest

from metricbox.errors import ConflictError, LimitExceededError, NotFoundError
from metricbox.store.appdb import alert_rules
from metricbox.store.appdb.alert_rules import NewRule, RuleChanges, create_rule, get_rule, update_rule
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.records import PageRequest, UserRecord
from tests.support.authors import AUTHOR

RULE = NewRule("CPU", {"query": "cpu", "condition": "gt", "threshold": 90, "duration": "5m"}, True, None)


def test_a_rule_is_read_as_it_was_written(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        made = create_rule(connection, RULE._replace(owner_id=admin.id), AUTHOR, 5)
        assert tuple(made) == (made.id, "CPU", RULE.content, True, 1, admin.id, 5, 5)
        assert get_rule(connection, made.id) == made
        with pytest.raises(NotFoundError):
            get_rule(connection, "none")
        assert alert_rules.find_rule(connection, "none") is None

    appdb.write_blocking(check)


def test_changes_are_of_the_named_fields_and_of_the_version_that_was_seen(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        made = create_rule(connection, RULE, AUTHOR, 5)
        changes = RuleChanges(content={"threshold": 95, "duration": None})
        after = update_rule(connection, made.id, changes, AUTHOR, 6, version=1)
        assert after.content == {"query": "cpu", "condition": "gt", "threshold": 95}
        assert (after.version, after.updated_ms, after.created_ms, after.name) == (2, 6, 5, "CPU")
        with pytest.raises(ConflictError):
            update_rule(connection, made.id, RuleChanges(name="late"), AUTHOR, 7, version=1)
        renamed = update_rule(connection, made.id, RuleChanges(name="n", is_enabled=False), AUTHOR, 7)
        assert (renamed.name, renamed.is_enabled, renamed.version) == ("n", False, 3)
        assert renamed.content == after.content

    appdb.write_blocking(check)


def test_lists_counts_and_search(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        made = [
            create_rule(
                connection, RULE._replace(name=name, content={"query": query}, is_enabled=on), AUTHOR, at
            )
            for at, (name, query, on) in enumerate(
                (("b", "cpu", True), ("A", "mem_100%", False), ("c", "cpu", True))
            )
        ]

        def names(**request: Any) -> list[str]:
            page = alert_rules.list_rules(connection, PageRequest(**request))
            assert page.total == len(page.rows)
            return [rule.name for rule in page.rows]

        assert names() == ["c", "A", "b"]
        assert names(sort="name") == ["A", "b", "c"]
        assert names(sort="-createdAt") == ["c", "A", "b"]
        assert (names(search="CPU"), names(search="00%"), names(search="b")) == (["c", "b"], ["A"], ["b"])
        second = alert_rules.list_rules(connection, PageRequest(page=2, page_size=2))
        assert (second.total, [rule.name for rule in second.rows]) == (3, ["b"])
        assert [rule.name for rule in alert_rules.list_enabled_rules(connection)] == ["b", "c"]
        assert alert_rules.count_enabled_rules(connection) == 2
        found = alert_rules.list_rules_of_queries(connection)
        assert found == {"cpu": made[0].id, "mem_100%": made[1].id}

    appdb.write_blocking(check)


def test_there_is_an_end_to_their_number(appdb: AppDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_rules, "MAX_RULES", 2)

    def check(connection: Connection) -> None:
        for _ in range(2):
            create_rule(connection, RULE, AUTHOR, 1)
        with pytest.raises(LimitExceededError):
            create_rule(connection, RULE, AUTHOR, 1)

    appdb.write_blocking(check)


def test_each_change_is_noted_and_rules_outlive_their_owner(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        made = create_rule(connection, RULE._replace(owner_id=admin.id), AUTHOR, 1)
        connection.execute("delete from users where id = ?", (admin.id,))
        assert get_rule(connection, made.id).owner_id is None
        alert_rules.delete_rule(connection, made.id, AUTHOR, 2)
        with pytest.raises(NotFoundError):
            alert_rules.delete_rule(connection, made.id, AUTHOR, 3)
        actions = connection.execute(
            "select action from audit_entries where subject_id = ? order by entry_no", (made.id,)
        )
        assert [action for (action,) in actions] == ["create", "delete"]

    appdb.write_blocking(check)
