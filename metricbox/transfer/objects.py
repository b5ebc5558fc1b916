"""Dashboards and rules as JSON, from a server and into one."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from metricbox.errors import CommandError
from metricbox.transfer.connection import Connection
from metricbox.web.alert_schemas import AlertRuleCreate

_PAGE = 200


def export_dashboards(connection: Connection) -> list[Any]:
    """Every dashboard that the token may see, as its own export."""
    return [
        json.loads(connection.get_content(f"/api/v1/dashboards/{row['id']}/export"))
        for row in list_all(connection, "/api/v1/dashboards")
    ]


def export_rules(connection: Connection) -> list[Any]:
    """Every alert rule, without what a server makes itself."""
    return [
        {name: value for name, value in row.items() if name in RULE_FIELDS and value is not None}
        for row in list_all(connection, "/api/v1/alerts/rules")
    ]


# Channels are the server's own: another one has others.
RULE_FIELDS = frozenset(AlertRuleCreate.model_json_schema()["properties"]) - {"notification"}


def list_all(connection: Connection, path: str) -> Iterator[Any]:
    page = 1
    while True:
        rows = connection.get(path, {"page": page, "pageSize": _PAGE})
        yield from rows
        if len(rows) < _PAGE:
            return
        page += 1


def import_objects(connection: Connection, path: str, objects: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Name and the server's sentence (empty when it was taken) of each object."""
    for one in objects:
        reply = connection.post(path, json.dumps(one).encode(), content_type="application/json")
        yield name_of(one), reply.message


def name_of(one: Any) -> str:
    """As people know it: an export of metricbox has it below data and dashboard, one of Grafana as a title."""
    while isinstance(one, dict):
        if name := one.get("name") or one.get("title"):
            return str(name)
        one = one.get("data") or one.get("dashboard")
    return "without a name"


def read_objects(text: str) -> list[Any]:
    """A list of objects, or one. Raises CommandError."""
    try:
        read = json.loads(text)
    except ValueError as error:
        raise CommandError(f"the file is not JSON: {error}") from error
    objects = read if isinstance(read, list) else [read]
    if not all(isinstance(one, dict) for one in objects):
        raise CommandError("the file holds no objects")
    return objects
