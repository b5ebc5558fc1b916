"""Reads the parsed form of a statement and refuses whatever is not on a list: the first of the walls around `run_sql`.

DuckDB parses (`json_serialize_sql`); here every node of the result is met with the table of what it may be and hold.
A node, a field or a name that is not in a table is refused, so that what a later DuckDB adds is refused too. Pure.

Besides what may be said, it bounds how much: nodes, tables, grouping sets, and how much longer a text may become.
"""

from collections.abc import Mapping
from typing import Final

from metricbox.errors import LimitExceededError, ValidationError
from metricbox.store.duckdb_backend import sql_functions as known
from metricbox.store.duckdb_backend.sql_expressions import (
    COMMON,
    MAX_TEXT_GROWTH,
    Check,
    Checked,
    ExpressionChecker,
    Node,
    Scope,
    describe_place,
)

MAX_STATEMENT_CHARS: Final = 20_000
MAX_TABLES: Final = 32
MAX_GROUPING_SETS: Final = 64

_JOINS: Final = frozenset({"INNER", "LEFT", "RIGHT", "FULL", "OUTER", "SEMI", "ANTI"})
_JOIN_KINDS: Final = frozenset({"REGULAR", "CROSS", "NATURAL", "ASOF"})
_SET_OPERATIONS: Final = frozenset({"UNION", "UNION_BY_NAME", "EXCEPT", "INTERSECT"})


def check_statement(tree: Node, views: frozenset[str], text: str = "") -> Checked:
    """`tree` is what json_serialize_sql answers, `text` tells where. Raises ValidationError, LimitExceededError."""
    if tree.get("error") is not False:
        raise _parse_error(tree, text)
    statements = tree["statements"]
    if len(statements) != 1:
        raise ValidationError.for_field("sql", "must be one SELECT statement")
    checker = _Checker(views, text)
    try:
        checker.statement(statements[0], Scope())
    except RecursionError:
        raise LimitExceededError("the statement is nested too deep; make it shorter") from None
    except (KeyError, TypeError, AttributeError) as error:
        # Another form than the one that was known when this was written.
        raise ValidationError.for_field("sql", "has a part that is not allowed") from error
    return checker.checked


def _parse_error(tree: Node, text: str) -> ValidationError:
    message = str(tree.get("error_message", "")).partition("\n")[0]
    if tree.get("error_type") == "not implemented" and "SELECT" in message:
        message = "only SELECT statements are allowed"
    position = str(tree.get("position", ""))
    if position.isdigit():
        message += f" at {describe_place(text, int(position))}"
    return ValidationError.for_field("sql", message)


class _Checker(ExpressionChecker):
    """Queries and tables."""

    def __init__(self, views: frozenset[str], text: str) -> None:
        super().__init__(text)
        self._views = views
        self._tables = 0
        self._checks: Mapping[str, Check] = {
            "EMPTY": self._empty,
            "BASE_TABLE": self._base_table,
            "JOIN": self._join,
            "SUBQUERY": self._subquery_table,
            "EXPRESSION_LIST": self._values,
            "TABLE_FUNCTION": self._table_function,
        }

    # ---- queries

    def statement(self, node: Node, scope: Scope) -> int:
        self.require(node, frozenset({"node", "named_param_map"}), "this statement")
        for entry in node["named_param_map"]:
            if set(entry) != {"key", "value"}:
                self.refuse("this parameter is not allowed")
        return self._query(node["node"], scope)

    def _query(self, node: Node, outer: Scope) -> int:
        kind = node.get("type")
        if kind not in {"SELECT_NODE", "SET_OPERATION_NODE"}:
            words = {"RECURSIVE_CTE_NODE": "a recursive WITH"}.get(str(kind), "a part that changes something")
            self.refuse(f"{words} is not allowed")
        scope = Scope(dict(outer.ctes), dict(outer.aliases))
        self._ctes(node["cte_map"], scope)
        growth = self._select(node, scope) if kind == "SELECT_NODE" else self._set_operation(node, scope)
        for modifier in node["modifiers"]:
            growth = max(growth, self._modifier(modifier, scope))
        if growth > MAX_TEXT_GROWTH:
            raise LimitExceededError(
                "the statement joins texts to more than is allowed; join fewer of them, in fewer steps"
            )
        return growth

    def _ctes(self, node: Node, scope: Scope) -> None:
        self.require(node, frozenset({"map"}), "this WITH")
        for entry in node["map"]:
            self.require(entry, frozenset({"key", "value"}), "this WITH")
            name, value = str(entry["key"]).lower(), entry["value"]
            self.require(
                value,
                frozenset({"aliases", "query_node", "materialized", "key_targets", "payload_aggregates"}),
                "this WITH",
            )
            # Written out at each use, a chain of them doubles with every link.
            if value["materialized"] not in {"CTE_MATERIALIZE_DEFAULT", "CTE_MATERIALIZE_ALWAYS"}:
                self.refuse("NOT MATERIALIZED is not allowed")
            if value["key_targets"] or value["payload_aggregates"]:
                self.refuse("this WITH is not allowed")
            # Names such as x.parquet would be files where the name is out of scope.
            if not name.isidentifier():
                self.refuse("a name of WITH must consist of letters, digits and _")
            scope.ctes[name] = self._query(value["query_node"], scope)

    def _select(self, node: Node, scope: Scope) -> int:
        self.require(
            node,
            frozenset(
                {"type", "modifiers", "cte_map", "select_list", "from_table", "where_clause", "group_expressions",
                 "group_sets", "aggregate_handling", "having", "sample", "qualify"}
            ),
            "this SELECT",
        )  # fmt: skip
        if node["sample"] is not None:
            self.refuse("a sample is not allowed")
        if len(node["group_sets"]) > MAX_GROUPING_SETS:
            raise LimitExceededError(f"the statement has more than {MAX_GROUPING_SETS} grouping sets")
        source = self._table(node["from_table"], scope)
        growth = 1
        for expression in node["select_list"]:
            size = self.expression(expression, scope)
            growth = max(growth, size)
            if expression.get("alias"):
                # A later column may be made of this one.
                alias = str(expression["alias"]).lower()
                scope.aliases[alias] = max(size, scope.aliases.get(alias, 1))
        others = [node["where_clause"], node["having"], node["qualify"], *node["group_expressions"]]
        growth = max([growth, *(self.expression(one, scope) for one in others if one is not None)])
        return growth * source

    def _set_operation(self, node: Node, scope: Scope) -> int:
        self.require(
            node,
            frozenset(
                {"type", "modifiers", "cte_map", "setop_type", "left", "right", "setop_all", "children"}
            ),
            "this set operation",
        )
        if node["setop_type"] not in _SET_OPERATIONS:
            self.refuse("this set operation is not allowed")
        parts = [one for one in (node["left"], node["right"], *node["children"]) if one is not None]
        return max(self._query(one, scope) for one in parts)

    def _modifier(self, node: Node, scope: Scope) -> int:
        kind = node.get("type")
        if kind == "ORDER_MODIFIER":
            return self.orders(node, scope)
        if kind == "LIMIT_MODIFIER":
            self.require(node, frozenset({"type", "limit", "offset", "limit_type"}), "this LIMIT")
            return self.longest([node["limit"], node["offset"]], scope)
        if kind == "DISTINCT_MODIFIER":
            self.require(node, frozenset({"type", "distinct_on_targets"}), "this DISTINCT")
            return self.longest(node["distinct_on_targets"], scope)
        return self.refuse("a part of the statement is not allowed")

    # ---- tables

    def _table(self, node: Node, scope: Scope) -> int:
        self._tables += 1
        if self._tables > MAX_TABLES:
            raise LimitExceededError(f"the statement reads more than {MAX_TABLES} tables; make it shorter")
        check = self._checks.get(str(node.get("type")))
        if check is None:
            words = {"SHOW_REF": "DESCRIBE, SHOW or SUMMARIZE", "PIVOT": "PIVOT"}
            self.refuse(f"{words.get(str(node.get('type')), 'this table')} is not allowed", node)
        if node["sample"] is not None:
            self.refuse("a sample is not allowed", node)
        return check(node, scope)

    def _empty(self, node: Node, _scope: Scope) -> int:
        self.require(node, COMMON | {"sample"}, "this table")
        return 1

    def _base_table(self, node: Node, scope: Scope) -> int:
        self.require(
            node,
            COMMON
            | {
                "sample",
                "schema_name",
                "table_name",
                "column_name_alias",
                "catalog_name",
                "at_clause",
                "qualified_name",
            },
            "this table",
        )
        name = str(node["table_name"])
        self.require_plain(node, name)
        if node["at_clause"] is not None:
            self.refuse("AT is not allowed", node)
        lowered = name.lower()
        if lowered in scope.ctes:
            return scope.ctes[lowered]
        if lowered not in self._views:
            self.refuse(f"there is no table {name!r}; there are {', '.join(sorted(self._views))}", node)
        self.checked.views.add(lowered)
        return 1

    def _join(self, node: Node, scope: Scope) -> int:
        self.require(
            node,
            COMMON
            | {"sample", "left", "right", "condition", "join_type", "ref_type", "using_columns", "delim_flipped",
               "duplicate_eliminated_columns", "is_implicit", "ranking_expression", "nearest_count",
               "nearest_order_type", "nearest_approx"},
            "this JOIN",
        )  # fmt: skip
        if node["join_type"] not in _JOINS or node["ref_type"] not in _JOIN_KINDS:
            self.refuse("this kind of JOIN is not allowed", node)
        if node["ranking_expression"] is not None or node["duplicate_eliminated_columns"]:
            self.refuse("this kind of JOIN is not allowed", node)
        growth = max(self._table(node["left"], scope), self._table(node["right"], scope))
        return max(growth, self.longest([node["condition"]], scope))

    def _subquery_table(self, node: Node, scope: Scope) -> int:
        self.require(node, COMMON | {"sample", "subquery", "column_name_alias"}, "this subquery")
        return self.statement(node["subquery"], scope)

    def _values(self, node: Node, scope: Scope) -> int:
        self.require(node, COMMON | {"sample", "expected_names", "expected_types", "values"}, "this VALUES")
        if node["expected_types"]:
            self.refuse("this VALUES is not allowed", node)
        return max((self.longest(row, scope) for row in node["values"]), default=1)

    def _table_function(self, node: Node, scope: Scope) -> int:
        self.require(
            node,
            COMMON | {"sample", "function", "column_name_alias", "with_ordinality"},
            "this table function",
        )
        function = node["function"]
        name = str(function.get("function_name", "")).lower()
        if function.get("class") != "FUNCTION" or name not in known.TABLE_FUNCTIONS:
            allowed = ", ".join(sorted(known.TABLE_FUNCTIONS))
            self.refuse(f"the table function {name} is not allowed; there are {allowed}", function)
        return self.call(function, scope, known.TABLE_FUNCTIONS)
