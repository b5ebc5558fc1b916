"""Dashboards that come with metricbox: files of our own format in `library/`, which one copies. Read when first needed.

Nothing of the network is needed for them. docs/dashboards.md tells what each one shows.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from metricbox.agent.host import find_host_name
from metricbox.errors import NotFoundError
from metricbox.query.promql.nodes import (
    Aggregate,
    Binary,
    Call,
    MatrixSelector,
    Negation,
    Node,
    Subquery,
    VectorSelector,
)
from metricbox.query.promql.parse import parse
from metricbox.query.promql.values import NAME_LABEL
from metricbox.query.variable_choices import parse_label_values
from metricbox.query.variables import Choice, expand_query
from metricbox.store.appdb.dashboards import NewDashboard
from metricbox.store.contract import Matcher, MatchOp, MetricStore
from metricbox.web.dashboard_files import read_file

FOLDER = Path(__file__).parent / "library"
STARTER = "host"
# In the order of the list.
KEYS = ("host", "hosts", "metricbox", "node-exporter", "telegraf", "prometheus", "web-server", "postgresql")


class LibraryEntry(NamedTuple):
    key: str
    new: NewDashboard
    """Without an owner."""
    metrics: Sequence[str]
    """Names that its panels ask for."""
    choices: Sequence[Sequence[Matcher]]
    """Conditions on names, one of which its variables need each."""

    def has_data(self, store: MetricStore) -> bool:
        """Whether its variables have something to choose, and its panels something to show, in this store."""
        return all(store.find_metric_names(matchers) for matchers in self.choices) and any(
            store.has_metric(name) for name in self.metrics
        )


@functools.cache
def load_library() -> Mapping[str, LibraryEntry]:
    return {key: _load(key) for key in KEYS}


def find_entry(key: str) -> LibraryEntry:
    """Raises NotFoundError."""
    entry = load_library().get(key)
    if entry is None:
        raise NotFoundError("There is no such dashboard in the library.")
    return entry


def copy_entry(entry: LibraryEntry, owner_id: str, name: str | None = None) -> NewDashboard:
    return entry.new._replace(owner_id=owner_id, name=name or entry.new.name)


def make_starter(owner_id: str) -> NewDashboard:
    """The dashboard that greets the first admin. It shows this machine, also when others have the agent, too."""
    entry = find_entry(STARTER)
    variables = [{**variable, "current": find_host_name()} for variable in entry.new.variables]
    return copy_entry(entry, owner_id)._replace(variables=variables)


def _load(key: str) -> LibraryEntry:
    file = msgspec.json.decode((FOLDER / f"{key}.json").read_bytes())
    new, report = read_file(file, "")
    if report:
        raise ValueError(f"library/{key}.json: {report}")
    selectors = [
        selector
        for panel in new.panels
        for text in _texts_of(panel.query)
        for selector in iter_selectors(parse(expand_query(text, _AnyValue())))
    ]
    metrics = {
        matcher.value
        for selector in selectors
        for matcher in _on_name(selector)
        if matcher.op is MatchOp.EQUAL
    }
    choices = [
        _on_name(selector)
        for variable in new.variables
        if variable["type"] == "query"
        for selector in iter_selectors(
            parse(expand_query(parse_label_values(variable["query"]).selector, _AnyValue()))
        )
    ]
    return LibraryEntry(key, new, sorted(metrics), choices)


class _AnyValue:
    """A scope that knows every variable."""

    def find(self, name: str) -> Choice:
        return Choice(("5m" if name.startswith("__") else "x",))


def _texts_of(query: str | Sequence[Mapping[str, Any]] | None) -> list[str]:
    if query is None:
        return []
    return [query] if isinstance(query, str) else [one["query"] for one in query]


def _on_name(selector: VectorSelector) -> list[Matcher]:
    return [
        matcher for matchers in selector.alternatives for matcher in matchers if matcher.label == NAME_LABEL
    ]


def iter_selectors(node: Node) -> Iterator[VectorSelector]:
    """Every selector of an expression."""
    match node:
        case VectorSelector():
            yield node
        case MatrixSelector(selector, _):
            yield selector
        case Subquery(expression) | Negation(expression):
            yield from iter_selectors(expression)
        case Call(_, arguments):
            for argument in arguments:
                yield from iter_selectors(argument)
        case Aggregate(_, expression, _, parameter):
            yield from iter_selectors(expression)
            if parameter is not None:
                yield from iter_selectors(parameter)
        case Binary(_, left, right):
            yield from iter_selectors(left)
            yield from iter_selectors(right)
        case _:
            pass
