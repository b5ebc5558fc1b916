"""Which times and which metrics a statement can need, read from its WHERE conditions: what of the data is handed to it.

DuckDB applies the conditions themselves; this only keeps rows away that none of them could let through. Hence it may
always answer with too much, and does so for every form that it does not know. Pure but for `evaluate`.

    SELECT ... FROM metrics_raw WHERE name = 'up' AND time >= now() - INTERVAL 1 DAY      up, [now - 1 d, end of time)

Known are conditions joined by AND on a table that stands alone or in inner joins. A view that is read at several places
gets what all of them need together.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from metricbox.store.duckdb_backend.sql_expressions import Node

Evaluate = Callable[[Node, str], Any]
"""Value of an expression without columns as this type of DuckDB; None when it has none."""

MIN_MS: Final = -(2**62)
MAX_MS: Final = 2**62

_LOWER: Final = frozenset({"COMPARE_GREATERTHAN", "COMPARE_GREATERTHANOREQUALTO"})
_UPPER: Final = frozenset({"COMPARE_LESSTHAN", "COMPARE_LESSTHANOREQUALTO"})
_MIRRORED: Final = {
    "COMPARE_GREATERTHAN": "COMPARE_LESSTHAN",
    "COMPARE_GREATERTHANOREQUALTO": "COMPARE_LESSTHANOREQUALTO",
    "COMPARE_LESSTHAN": "COMPARE_GREATERTHAN",
    "COMPARE_LESSTHANOREQUALTO": "COMPARE_GREATERTHANOREQUALTO",
    "COMPARE_EQUAL": "COMPARE_EQUAL",
}


class Bounds(NamedTuple):
    """Rows outside cannot matter. [start_ms, end_ms), and these metrics, or all of them."""

    start_ms: int = MIN_MS
    end_ms: int = MAX_MS
    names: frozenset[str] | None = None

    def join(self, other: "Bounds") -> "Bounds":
        """Enough for both."""
        both = None if self.names is None or other.names is None else self.names | other.names
        return Bounds(min(self.start_ms, other.start_ms), max(self.end_ms, other.end_ms), both)

    def narrow(self, other: "Bounds") -> "Bounds":
        names = self.names if other.names is None else other.names
        if self.names is not None and other.names is not None:
            names = self.names & other.names
        return Bounds(max(self.start_ms, other.start_ms), min(self.end_ms, other.end_ms), names)


def find_bounds(tree: Node, views: frozenset[str], evaluate: Evaluate) -> dict[str, Bounds]:
    """View -> what of it is needed. `tree` was checked by `sql_syntax`."""
    bounded: dict[int, Bounds] = {}
    for node in _iter_nodes(tree):
        if node.get("type") == "SELECT_NODE" and node["where_clause"] is not None:
            conditions = list(_iter_conditions(node["where_clause"]))
            tables = list(_iter_inner_tables(node["from_table"]))
            for table in tables:
                bounded[id(table)] = _bounds_of_table(table, conditions, evaluate, is_alone=len(tables) == 1)
    found: dict[str, Bounds] = {}
    for node in _iter_nodes(tree):
        name = str(node.get("table_name", "")).lower()
        if node.get("type") == "BASE_TABLE" and name in views:
            bounds = bounded.get(id(node), Bounds())
            found[name] = found[name].join(bounds) if name in found else bounds
    return found


def _iter_nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, Mapping):
        yield value
        for child in value.values():
            yield from _iter_nodes(child)
    elif isinstance(value, list):
        for child in value:
            yield from _iter_nodes(child)


def _iter_conditions(node: Node) -> Iterator[Node]:
    if node["type"] == "CONJUNCTION_AND":
        for child in node["children"]:
            yield from _iter_conditions(child)
    else:
        yield node


def _iter_inner_tables(node: Node) -> Iterator[Node]:
    if node["type"] == "BASE_TABLE":
        yield node
    elif node["type"] == "JOIN" and node["join_type"] == "INNER" and node["ref_type"] in {"REGULAR", "CROSS"}:
        yield from _iter_inner_tables(node["left"])
        yield from _iter_inner_tables(node["right"])
    else:
        # Its columns could be the ones that a condition names without a table.
        yield node


def _bounds_of_table(table: Node, conditions: list[Node], evaluate: Evaluate, *, is_alone: bool) -> Bounds:
    bounds = Bounds()
    if table["type"] != "BASE_TABLE" or table["column_name_alias"]:
        return bounds
    alias = str(table["alias"] or table["table_name"]).lower()

    def is_column(node: Node, name: str) -> bool:
        if node.get("class") != "COLUMN_REF":
            return False
        path = [str(part).lower() for part in node["column_names"]]
        return path == [alias, name] or (is_alone and path == [name])

    for condition in conditions:
        for one in _bounds_of_condition(condition, is_column, evaluate):
            bounds = bounds.narrow(one)
    return bounds


def _bounds_of_condition(
    node: Node, is_column: Callable[[Node, str], bool], evaluate: Evaluate
) -> Iterator[Bounds]:
    kind = node["type"]
    if node["class"] == "COMPARISON" and kind in _MIRRORED:
        for column, value, compared in (
            (node["left"], node["right"], kind),
            (node["right"], node["left"], _MIRRORED[kind]),
        ):
            if is_column(column, "time"):
                yield _bounds_of_time(compared, value, evaluate)
            elif is_column(column, "name") and kind == "COMPARE_EQUAL":
                yield _bounds_of_names([value], evaluate)
    elif kind == "COMPARE_BETWEEN" and is_column(node["input"], "time"):
        yield _bounds_of_time("COMPARE_GREATERTHANOREQUALTO", node["lower"], evaluate)
        yield _bounds_of_time("COMPARE_LESSTHANOREQUALTO", node["upper"], evaluate)
    elif kind == "COMPARE_IN" and is_column(node["children"][0], "name"):
        yield _bounds_of_names(node["children"][1:], evaluate)


def _bounds_of_time(kind: str, value: Node, evaluate: Evaluate) -> Bounds:
    if not _is_constant(value):
        return Bounds()
    at_us = evaluate({**_EPOCH, "arguments": [{"name": "", "expression": _as_timestamp(value)}]}, "BIGINT")
    if at_us is None:
        return Bounds()
    # Outward to whole milliseconds, whether or not the bound itself belongs to the range.
    at_ms = int(at_us) // 1000
    start_ms = MIN_MS if kind in _UPPER else at_ms
    return Bounds(start_ms, MAX_MS if kind in _LOWER else at_ms + 1)


def _bounds_of_names(values: list[Node], evaluate: Evaluate) -> Bounds:
    names = set()
    for value in values:
        # A number would be compared as a number.
        is_text = value["class"] == "CONSTANT" and value["literal"]["kind"] == "STRING"
        name = evaluate(value, "VARCHAR") if is_text or value["class"] == "PARAMETER" else None
        if not isinstance(name, str):
            return Bounds()
        names.add(name)
    return Bounds(names=frozenset(names))


_PLACE: Final = {"alias": "", "query_location": 0, "query_location_length": 0}
_EPOCH: Final[Node] = {
    "class": "FUNCTION", "type": "FUNCTION", **_PLACE, "function_name": "epoch_us", "schema": "", "catalog": "",
    "filter": None, "order_bys": {"type": "ORDER_MODIFIER", "orders": []}, "distinct": False, "is_operator": False,
    "export_state": False, "qualified_name": {"path": ["epoch_us"]}, "is_legacy_function_call": False,
}  # fmt: skip
_TIMESTAMP: Final[Node] = {
    "class": "TYPE", "type": "TYPE", **_PLACE, "catalog": "", "schema": "", "type_name": "TIMESTAMP", "children": [],
    "qualified_name": {"path": ["TIMESTAMP"]},
}  # fmt: skip


def _as_timestamp(value: Node) -> Node:
    return {
        "class": "CAST", "type": "OPERATOR_CAST", **_PLACE, "child": value, "try_cast": False, "type_expr": _TIMESTAMP,
    }  # fmt: skip


def _is_constant(value: Node) -> bool:
    """Without a column, and without anything that runs over rows."""
    return all(
        node.get("class") not in {"COLUMN_REF", "SUBQUERY", "WINDOW", "STAR", "POSITIONAL_REFERENCE"}
        for node in _iter_nodes(value)
    )
