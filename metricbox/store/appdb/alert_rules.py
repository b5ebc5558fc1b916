"""Alert rules in SQLite. Functions run inside a transaction; who may do what is decided by the caller.

The content of a rule is what the contract calls it (query, condition, threshold, duration, …), as JSON; alerts/rules.py
gives it meaning. A rule's state and events are in alert_states.py and alert_events.py.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import apsw

from metricbox.errors import ConflictError, ErrorDetail, LimitExceededError, NotFoundError
from metricbox.store.appdb.audit import Action, Author, Fields, Subject, SubjectType, note
from metricbox.store.appdb.paging import like_pattern, order_by
from metricbox.store.appdb.records import Page, PageRequest, make_id

# 1,000 rules take about a third of the budget of a tick.
MAX_RULES = 5_000
_COLUMNS = "id, name, content, is_enabled, version, owner_id, created_ms, updated_ms"
_SORTS = {"name": "name collate nocase", "createdAt": "created_ms", "updatedAt": "updated_ms"}


class RuleRecord(NamedTuple):
    id: str
    name: str
    content: Mapping[str, Any]
    is_enabled: bool
    version: int
    owner_id: str | None
    """None once the account is gone."""
    created_ms: int
    updated_ms: int


class NewRule(NamedTuple):
    name: str
    content: Mapping[str, Any]
    is_enabled: bool
    owner_id: str | None


class RuleChanges(NamedTuple):
    """What to change; None leaves a field as it is. `content` holds the fields of the content that change."""

    name: str | None = None
    content: Mapping[str, Any] | None = None
    is_enabled: bool | None = None


def create_rule(connection: apsw.Connection, new: NewRule, by: Author, now_ms: int) -> RuleRecord:
    """Raises LimitExceededError when there are too many."""
    if connection.execute("select count(*) from alert_rules").get >= MAX_RULES:
        msg = f"There are {MAX_RULES} alert rules, the most there may be. Let one rule watch many series instead."
        raise LimitExceededError(msg)
    rule_id = make_id()
    connection.execute(
        f"insert into alert_rules ({_COLUMNS}) values (?, ?, ?, ?, 1, ?, ?, ?)",
        (rule_id, new.name, json.dumps(new.content), int(new.is_enabled), new.owner_id, now_ms, now_ms),
    )
    made = get_rule(connection, rule_id)
    note(connection, by, now_ms, Action.CREATE, _subject(made), after=_fields(made))
    return made


def find_rule(connection: apsw.Connection, rule_id: str) -> RuleRecord | None:
    row = connection.execute(f"select {_COLUMNS} from alert_rules where id = ?", (rule_id,)).fetchone()
    return None if row is None else _rule(row)


def get_rule(connection: apsw.Connection, rule_id: str) -> RuleRecord:
    """Raises NotFoundError."""
    rule = find_rule(connection, rule_id)
    if rule is None:
        raise NotFoundError("There is no such alert rule.")
    return rule


def list_rules(connection: apsw.Connection, request: PageRequest) -> Page[RuleRecord]:
    """Newest first unless sorted otherwise; searched by name and query."""
    where = "name like ?1 escape '\\' or content ->> 'query' like ?1 escape '\\'"
    pattern = like_pattern(request.search)
    total = connection.execute(f"select count(*) from alert_rules where {where}", (pattern,)).get
    rows = connection.execute(
        f"select {_COLUMNS} from alert_rules where {where} "
        f"order by {order_by(request.sort, _SORTS, 'created_ms desc, rowid desc')} limit ?2 offset ?3",
        (pattern, request.page_size, request.offset),
    )
    return Page(int(total), [_rule(row) for row in rows])


def list_enabled_rules(connection: apsw.Connection) -> list[RuleRecord]:
    """All that are to be evaluated, the oldest first."""
    rows = connection.execute(
        f"select {_COLUMNS} from alert_rules where is_enabled order by created_ms, rowid"
    )
    return [_rule(row) for row in rows]


def count_enabled_rules(connection: apsw.Connection) -> int:
    return int(connection.execute("select count(*) from alert_rules where is_enabled").get)


def list_rules_of_queries(connection: apsw.Connection) -> dict[str, str]:
    """Query -> id of the oldest rule with it."""
    rows = connection.execute(
        "select content ->> 'query', id from alert_rules order by created_ms desc, rowid desc"
    )
    return {str(query): str(rule_id) for query, rule_id in rows}


def update_rule(
    connection: apsw.Connection,
    rule_id: str,
    changes: RuleChanges,
    by: Author,
    now_ms: int,
    *,
    version: int | None = None,
) -> RuleRecord:
    """Raises NotFoundError, and ConflictError when `version` is given and is not the current one (trap B125)."""
    before = get_rule(connection, rule_id)
    if version is not None and version != before.version:
        detail = ErrorDetail("version", f"the current version is {before.version}")
        raise ConflictError(
            "The rule was changed in the meantime. Load it again, then repeat the change.", [detail]
        )
    content = dict(before.content) | dict(changes.content or {})
    connection.execute(
        "update alert_rules set name = ?, content = ?, is_enabled = ?, version = version + 1, updated_ms = ? "
        "where id = ?",
        (
            before.name if changes.name is None else changes.name,
            json.dumps({name: value for name, value in content.items() if value is not None}),
            int(before.is_enabled if changes.is_enabled is None else changes.is_enabled),
            now_ms,
            rule_id,
        ),
    )
    after = get_rule(connection, rule_id)
    note(connection, by, now_ms, Action.CHANGE, _subject(after), before=_fields(before), after=_fields(after))
    return after


def delete_rule(connection: apsw.Connection, rule_id: str, by: Author, now_ms: int) -> RuleRecord:
    """With its state; its events stay. Raises NotFoundError."""
    before = get_rule(connection, rule_id)
    connection.execute("delete from alert_rules where id = ?", (rule_id,))
    note(connection, by, now_ms, Action.DELETE, _subject(before), before=_fields(before))
    return before


def _subject(rule: RuleRecord) -> Subject:
    return Subject(SubjectType.ALERT_RULE, rule.id, rule.name)


def _fields(rule: RuleRecord) -> Fields:
    return {"name": rule.name, "enabled": rule.is_enabled, **rule.content}


def _rule(row: tuple[Any, ...]) -> RuleRecord:
    rule_id, name, content, is_enabled, version, owner_id, created_ms, updated_ms = row
    return RuleRecord(
        rule_id, name, json.loads(content), bool(is_enabled), version, owner_id, created_ms, updated_ms
    )
