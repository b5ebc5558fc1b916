"""Checks the expressions of a parsed statement against lists, and tells how much longer a text they can make.

The base of `sql_syntax`, which has the queries around them. Pure.

A text under construction counts against no limit of DuckDB's, and a step that makes it cannot be interrupted. So every
expression is given a growth: how many times longer than a literal its text can be. 256 times 1,000 characters for each
of the 2,048 rows that DuckDB makes at a time are 512 MB.

    'a', column, $1     1              a || b, [a, b]          that of all together
    lower(a)            that of a      replace(a, 'x', 'yz')   that of a, times 1 + characters of the replacement
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from metricbox.errors import LimitExceededError, ValidationError
from metricbox.store.duckdb_backend import sql_functions as known

Node = Mapping[str, Any]

MAX_NODES: Final = 5_000
# No literal and no parameter is longer.
MAX_TEXT_CHARS: Final = 1_000
MAX_TEXT_GROWTH: Final = 256
MAX_REPLACEMENT_CHARS: Final = 32
MAX_FORMAT_CHARS: Final = 64

COMMON: Final = frozenset({"class", "type", "alias", "query_location", "query_location_length"})
"""Fields of every table and expression."""
_NO_LOCATION: Final = 2**64 - 1


@dataclass(slots=True)
class Checked:
    """A statement that may run."""

    views: set[str] = field(default_factory=set)
    """Which of the views it reads."""
    parameters: set[str] = field(default_factory=set)
    """Names, or numbers, of the parameters that it has."""


@dataclass(slots=True)
class Scope:
    """Names that mean something at one place of a statement, with how much longer their texts may be."""

    ctes: dict[str, int] = field(default_factory=dict)
    aliases: dict[str, int] = field(default_factory=dict)


Check = Callable[[Node, Scope], int]


def describe_place(text: str, offset: int) -> str:
    """`offset` counts bytes of UTF-8, as DuckDB does."""
    before = text.encode()[:offset].decode(errors="ignore")
    return f"line {before.count(chr(10)) + 1}, column {len(before) - (before.rfind(chr(10)) + 1) + 1}"


class ExpressionChecker(ABC):
    """Each method checks one kind of node and, where it can be a text, answers its growth."""

    def __init__(self, text: str) -> None:
        self.checked = Checked()
        self._text = text
        self._nodes = 0
        self._kinds: Mapping[str, Check] = {
            "CONSTANT": self._constant,
            "PARAMETER": self._parameter,
            "COLUMN_REF": self._column,
            "STAR": self._star,
            "BETWEEN": self._between,
            "CASE": self._case,
            "CAST": self._cast,
            "COMPARISON": self._comparison,
            "CONJUNCTION": self._conjunction,
            "OPERATOR": self._operator,
            "POSITIONAL_REFERENCE": self._position,
            "SUBQUERY": self._subquery,
            "FUNCTION": self._function,
            "WINDOW": self._window,
            "LAMBDA": self._arrow,
        }

    @abstractmethod
    def statement(self, node: Node, scope: Scope) -> int:
        """Checks a whole SELECT, such as that of a subquery."""

    # ---- refusing

    def refuse(self, what: str, node: Node | None = None) -> NoReturn:
        location = node.get("query_location") if node else None
        place = ""
        if isinstance(location, int) and location < _NO_LOCATION and self._text:
            place = f" ({describe_place(self._text, location)})"
        raise ValidationError.for_field("sql", f"{what}{place}")

    def require(self, node: Node, fields: frozenset[str], what: str) -> None:
        """Every field of a node is one that is looked at."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise LimitExceededError(f"the statement has more than {MAX_NODES} parts; make it shorter")
        unknown = set(node) - fields
        if unknown:
            self.refuse(f"{what} is not allowed here", node)

    def require_plain(self, node: Node, name: str, path: str = "qualified_name") -> None:
        """A name without a schema or a catalog before it."""
        if node.get("schema") or node.get("schema_name") or node.get("catalog") or node.get("catalog_name"):
            self.refuse(f"{name} must be named without a schema", node)
        if [str(part) for part in node[path]["path"]] != [name] or set(node[path]) != {"path"}:
            self.refuse(f"{name} must be named without a schema", node)

    # ---- expressions

    def longest(self, nodes: Sequence[Node | None], scope: Scope) -> int:
        """The longest of them."""
        return max((self.expression(one, scope) for one in nodes if one is not None), default=1)

    def expression(self, node: Node, scope: Scope) -> int:
        check = self._kinds.get(str(node.get("class")))
        if check is None:
            words = {"COLLATE": "COLLATE", "DEFAULT": "DEFAULT"}
            self.refuse(f"{words.get(str(node.get('class')), 'this expression')} is not allowed", node)
        size = check(node, scope)
        if size > MAX_TEXT_GROWTH:
            raise LimitExceededError("the statement joins too many texts; join fewer of them")
        return size

    def orders(self, node: Node, scope: Scope) -> int:
        self.require(node, frozenset({"type", "orders"}), "this ORDER BY")
        if node["type"] != "ORDER_MODIFIER":
            self.refuse("this ORDER BY is not allowed")
        return max((self.order(one, scope) for one in node["orders"]), default=1)

    def order(self, node: Node, scope: Scope) -> int:
        self.require(node, frozenset({"type", "null_order", "expression"}), "this ORDER BY")
        if node["type"] not in {"ORDER_DEFAULT", "ASCENDING", "DESCENDING"}:
            self.refuse("this ORDER BY is not allowed")
        return self.expression(node["expression"], scope)

    def _constant(self, node: Node, _scope: Scope) -> int:
        self.require(node, COMMON | {"literal"}, "this value")
        literal = node["literal"]
        if set(literal) != {"kind", "text"} or literal["kind"] not in {
            "NULL_LITERAL", "BOOLEAN", "INTEGER", "NUMERIC", "STRING",
        }:  # fmt: skip
            self.refuse("this kind of value is not allowed", node)
        if len(literal["text"]) > MAX_TEXT_CHARS:
            raise LimitExceededError(f"a value in the statement has more than {MAX_TEXT_CHARS} characters")
        return 1

    def _parameter(self, node: Node, _scope: Scope) -> int:
        self.require(node, COMMON | {"identifier"}, "this parameter")
        self.checked.parameters.add(str(node["identifier"]))
        return 1

    def _column(self, node: Node, scope: Scope) -> int:
        self.require(node, COMMON | {"column_names"}, "this column")
        names = [str(name) for name in node["column_names"]]
        if len(names) == 1 and names[0].lower() in known.HIDDEN_FUNCTIONS:
            self.refuse(f"{names[0]} is not allowed", node)
        return scope.aliases.get(names[-1].lower(), 1)

    def _star(self, node: Node, scope: Scope) -> int:
        self.require(
            node,
            COMMON
            | {"relation_name", "exclude_list", "replace_list", "columns", "expr", "qualified_exclude_list",
               "rename_list"},
            "this *",
        )  # fmt: skip
        # Without an expression it is all columns, as in ORDER BY ALL; with one it can be a lambda.
        if node["expr"] is not None:
            self.refuse("COLUMNS is not allowed", node)
        size = 1
        for entry in node["replace_list"]:
            if set(entry) != {"key", "value"}:
                self.refuse("this * is not allowed", node)
            size = max(size, self.expression(entry["value"], scope))
        return size

    def _between(self, node: Node, scope: Scope) -> int:
        self.require(node, COMMON | {"input", "lower", "upper"}, "this BETWEEN")
        self.longest([node["input"], node["lower"], node["upper"]], scope)
        return 1

    def _case(self, node: Node, scope: Scope) -> int:
        self.require(node, COMMON | {"case_checks", "else_expr"}, "this CASE")
        size = self.longest([node["else_expr"]], scope)
        for one in node["case_checks"]:
            self.require(one, frozenset({"when_expr", "then_expr"}), "this CASE")
            self.expression(one["when_expr"], scope)
            size = max(size, self.expression(one["then_expr"], scope))
        return size

    def _cast(self, node: Node, scope: Scope) -> int:
        self.require(node, COMMON | {"child", "try_cast", "type_expr"}, "this cast")
        self._type(node["type_expr"])
        # A list written as text has its marks escaped.
        factor = 2 if str(node["type_expr"]["type_name"]).lower() in known.TEXT_TYPES else 1
        return self.expression(node["child"], scope) * factor

    def _type(self, node: Node) -> None:
        self.require(
            node, COMMON | {"catalog", "schema", "type_name", "children", "qualified_name"}, "this type"
        )
        if node.get("class") != "TYPE":
            self.refuse("this type is not allowed", node)
        name = str(node["type_name"])
        self.require_plain(node, name)
        if name.lower() not in known.TYPES:
            self.refuse(f"the type {name} is not allowed", node)
        for child in node["children"]:
            if child.get("class") == "TYPE":
                self._type(child)
            elif child.get("class") == "CONSTANT":
                self._constant(child, Scope())
            else:
                self.refuse(f"the type {name} is not allowed like this", node)

    def _comparison(self, node: Node, scope: Scope) -> int:
        self.require(node, COMMON | {"left", "right"}, "this comparison")
        self.longest([node["left"], node["right"]], scope)
        return 1

    def _conjunction(self, node: Node, scope: Scope) -> int:
        self.require(node, COMMON | {"children"}, "this condition")
        self.longest(node["children"], scope)
        return 1

    def _operator(self, node: Node, scope: Scope) -> int:
        self.require(node, COMMON | {"children"}, "this operator")
        if node["type"] not in known.OPERATORS:
            self.refuse("this operator is not allowed", node)
        sizes = [self.expression(one, scope) for one in node["children"]]
        return sum(sizes) if node["type"] == "ARRAY_CONSTRUCTOR" else max(sizes, default=1)

    def _arrow(self, node: Node, scope: Scope) -> int:
        """`tags->'host'` is a lambda to the parser. To functions that take one it is; none of those is allowed."""
        self.require(node, COMMON | {"lhs", "expr", "syntax_type"}, "this lambda")
        if node["syntax_type"] != "SINGLE_ARROW":
            self.refuse("a lambda is not allowed", node)
        return self.longest([node["lhs"], node["expr"]], scope)

    def _position(self, node: Node, _scope: Scope) -> int:
        self.require(node, COMMON | {"index"}, "this position")
        return 1

    def _subquery(self, node: Node, scope: Scope) -> int:
        self.require(
            node,
            COMMON | {"subquery_type", "subquery", "child", "comparison_type"},
            "this subquery",
        )
        self.longest([node["child"]], scope)
        return self.statement(node["subquery"], scope)

    def _function(self, node: Node, scope: Scope) -> int:
        return self.call(node, scope, known.FUNCTIONS)

    def call(self, node: Node, scope: Scope, allowed: frozenset[str]) -> int:
        self.require(
            node,
            COMMON
            | {"function_name", "schema", "catalog", "filter", "order_bys", "distinct", "is_operator", "export_state",
               "arguments", "qualified_name", "is_legacy_function_call"},
            "this function",
        )  # fmt: skip
        name = self._function_name(node, allowed)
        if node["export_state"]:
            self.refuse("EXPORT_STATE is not allowed", node)
        self.longest([node["filter"]], scope)
        self.orders(node["order_bys"], scope)
        return self._grow(node, name, self._arguments(node, scope))

    def _window(self, node: Node, scope: Scope) -> int:
        self.require(
            node,
            COMMON
            | {"function_name", "schema", "catalog", "partitions", "orders", "start", "end", "start_expr", "end_expr",
               "offset_expr", "default_expr", "ignore_nulls", "filter_expr", "exclude_clause", "distinct", "arg_orders",
               "has_ignore_nulls", "arguments", "qualified_name", "is_legacy_function_call"},
            "this window function",
        )  # fmt: skip
        name = self._function_name(node, known.FUNCTIONS)
        self.longest(node["partitions"], scope)
        for one in (*node["orders"], *node["arg_orders"]):
            self.order(one, scope)
        bounds = [
            node[key] for key in ("start_expr", "end_expr", "offset_expr", "default_expr", "filter_expr")
        ]
        return max(self.longest(bounds, scope), self._grow(node, name, self._arguments(node, scope)))

    def _function_name(self, node: Node, allowed: frozenset[str]) -> str:
        name = str(node["function_name"])
        if name.lower() not in allowed:
            self.refuse(f"the function {name} is not allowed", node)
        self.require_plain(node, name)
        return name.lower()

    def _arguments(self, node: Node, scope: Scope) -> list[int]:
        sizes = []
        for argument in node["arguments"]:
            self.require(argument, frozenset({"name", "expression"}), "this argument")
            sizes.append(self.expression(argument["expression"], scope))
        return sizes

    def _grow(self, node: Node, name: str, sizes: Sequence[int]) -> int:
        """How much longer the longest text can be that a function makes."""
        size = sum(sizes) if name in known.JOINING else max(sizes, default=1)
        if name in known.SPLITTING:
            return size * known.SPLIT_GROWTH
        if name in known.REPLACING and len(sizes) > known.REPLACING[name]:
            text = self._literal(node, known.REPLACING[name])
            if text is None or len(text) > MAX_REPLACEMENT_CHARS:
                self.refuse(
                    f"{name} takes a written-out text of at most {MAX_REPLACEMENT_CHARS} characters", node
                )
            return size * (1 + len(text))
        if name in known.PADDING and len(sizes) > known.PADDING[name]:
            text = self._literal(node, known.PADDING[name])
            if text is None or not text.isdigit() or int(text) > MAX_TEXT_CHARS:
                self.refuse(f"{name} takes a written-out length of at most {MAX_TEXT_CHARS}", node)
        if name in known.FORMATTING and len(sizes) > known.FORMATTING[name]:
            # Either argument may be the format.
            texts = [
                text for position in range(len(sizes)) if (text := self._literal(node, position)) is not None
            ]
            if not texts or any(len(text) > MAX_FORMAT_CHARS for text in texts):
                self.refuse(
                    f"{name} takes a written-out format of at most {MAX_FORMAT_CHARS} characters", node
                )
            return size * known.FORMAT_GROWTH
        return size

    @staticmethod
    def _literal(node: Node, position: int) -> str | None:
        expression = node["arguments"][position]["expression"]
        return str(expression["literal"]["text"]) if expression.get("class") == "CONSTANT" else None
