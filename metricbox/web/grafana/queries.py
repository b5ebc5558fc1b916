"""Targets of a Grafana panel as queries of a panel, each checked by the parser that will run it. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from metricbox.errors import ValidationError
from metricbox.query.promql.parse import parse
from metricbox.query.variable_choices import ALL, AUTO
from metricbox.query.variables import Choice, expand_query, make_builtins
from metricbox.web.grafana.reading import Place, compile_javascript, record, records, shown, text
from metricbox.web.variable_schemas import Variable

MAX_QUERIES = 26
# Bounds the work for a document that was made to cost some.
MAX_TARGETS = 200
MAX_FAULTY = 300
MAX_NEGATED = 50
_CHARS_A_FAULT = 1_000
MAX_QUERY_CHARS = 20_000
MAX_LEGEND_CHARS = 500

# What an unknown value may have to be: a text, a duration, a number.
_SAMPLES = ("x", "5m", "1")
_HOUR_MS, _STEP_MS = 3_600_000, 15_000
_AUTO_INTERVAL = re.compile(r"\$__auto_interval(?:_\w+)?|\$\{__auto_interval(?:_\w+)?\}")
_TEXT_FORMAT = re.compile(r"(\$\{\w+|\[\[\w+):text(\}|\]\])")
_NAME_IN_LEGEND = re.compile(r"\{\{\s*__name__\s*\}\}")
_AUTO_LEGEND = "__auto"
_PROMQL_KINDS = frozenset({"", "mixed", "dashboard"})


class Sources:
    """What kinds of data sources the names in a document stand for."""

    def __init__(self, inputs: Iterable[Mapping[str, Any]], variables: Iterable[Mapping[str, Any]]) -> None:
        self._kinds = {
            text(one.get("name")): text(one.get("pluginId"))
            for one in inputs
            if one.get("type") == "datasource"
        }
        self._kinds |= {
            text(one.get("name")): text(one.get("query"))
            for one in variables
            if one.get("type") == "datasource"
        }

    def kind(self, datasource: Any) -> str:
        """The id of its plugin, or one of mixed, dashboard, grafana, __expr__; empty when nothing tells."""
        if isinstance(datasource, dict):
            written = text(datasource.get("type"))
            if written in {"", "datasource"} or written.startswith("$"):
                return self.kind(text(datasource.get("uid")))
            return written
        name = text(datasource).strip()
        if name.startswith("-- "):
            return name.strip("- ").lower()
        if name in {"__expr__", "grafana"}:
            return name
        return self._kinds.get(name.strip("${}[]").partition(":")[0], "")

    def is_promql(self, datasource: Any) -> bool:
        kind = self.kind(datasource)
        return kind in _PROMQL_KINDS or "prometheus" in kind or "victoriametrics-metrics" in kind


class Checker:
    """Whether a query can be run, with what the dashboard's variables may stand for."""

    def __init__(self, variables: Iterable[Variable]) -> None:
        self._scopes = [_Scope({one.name: _sample(one, sample) for one in variables}) for sample in _SAMPLES]
        self._known: dict[str, str | None] = {}
        self._faulty = 0

    def fault(self, query: str) -> str | None:
        """What is wrong with it; None when it is sound."""
        if query not in self._known:
            if self._faulty >= MAX_FAULTY:
                return "too many queries before this one cannot be run either"
            fault = self._known[query] = self._check(query)
            if fault is not None:
                self._faulty += 1 + len(query) // _CHARS_A_FAULT
        return self._known[query]

    def _check(self, query: str) -> str | None:
        found = None
        tried: set[str] = set()
        for scope in self._scopes:
            try:
                expanded = expand_query(query, scope)
                if expanded in tried:
                    break
                tried.add(expanded)
                parse(expanded)
            except ValidationError as error:
                found = found or (error.details[0].message if error.details else error.message)
            else:
                return None
        return found


class _Scope:
    def __init__(self, choices: Mapping[str, Choice]) -> None:
        self._choices = {**choices, **make_builtins(0, _HOUR_MS, _STEP_MS)}

    def find(self, name: str) -> Choice | None:
        return self._choices.get(name)


def _sample(variable: Variable, otherwise: str) -> Choice:
    current = variable.current if isinstance(variable.current, str) else ""
    candidates = (*(variable.values or ()), current)
    value = next((one for one in candidates if one not in {"", ALL, AUTO}), otherwise)
    return Choice((value,))


class Negated(NamedTuple):
    """A wish that the series of a legend be drawn below zero."""

    field: str
    fits: Callable[[str], bool]


def read_queries(
    panel: Mapping[str, Any],
    sources: Sources,
    checker: Checker,
    negated: Iterable[Negated],
    place: Place,
) -> list[dict[str, Any]]:
    """Queries that can be run, as the contract has them; the others are told."""
    targets = panel.get("targets")
    if targets is not None and not isinstance(targets, list):
        place.tell("targets", "must be a list")
    wishes = list(negated)
    used: set[str] = set()
    queries: list[dict[str, Any]] = []
    for index, target in enumerate(targets if isinstance(targets, list) else []):
        inside = place.at(f"targets[{index}]")
        if len(queries) == MAX_QUERIES or index == MAX_TARGETS:
            inside.tell("", f"a panel has at most {MAX_QUERIES} queries; from this one on they are left out")
            break
        if not isinstance(target, dict):
            inside.tell("", "must be an object")
            continue
        query = _read_target(target, panel.get("datasource"), sources, inside)
        if query is None:
            continue
        fitting = {wish.field for wish in wishes if wish.fits(query["legend"] or "")}
        if fitting:
            used |= fitting
            query["query"] = f"-({query['query']})"
        fault = checker.fault(query["query"])
        if fault is None:
            queries.append(query)
        else:
            inside.tell("expr", f"cannot be run: {fault}")
    for wish in wishes:
        if wish.field not in used:
            place.tell(
                wish.field, "negative-Y goes to series whose legend says so by a label; it is left out"
            )
    return queries


def _read_target(
    target: Mapping[str, Any], of_panel: Any, sources: Sources, place: Place
) -> dict[str, Any] | None:
    written = target.get("expr")
    if not isinstance(written, str):
        if written is not None:
            place.tell("expr", "must be a text")
        elif not _is_empty(target):
            place.tell("", f"is no PromQL{_say_kind(target, of_panel, sources)}")
        return None
    if not written.strip():
        return None
    if not sources.is_promql(target.get("datasource") or of_panel):
        place.tell("", f"is no PromQL{_say_kind(target, of_panel, sources)}")
        return None
    query = written.strip()
    if len(query) <= MAX_QUERY_CHARS:
        query = _AUTO_INTERVAL.sub("$__interval", _TEXT_FORMAT.sub(r"\1:raw\2", query))
    # A negated one has three more.
    if len(query) > MAX_QUERY_CHARS - 3:
        place.tell("expr", f"must have at most {MAX_QUERY_CHARS} characters")
        return None
    shown_or_not = {"isHidden": True} if target.get("hide") is True else {}
    return {"query": query, "legend": _read_legend(target, place), **shown_or_not}


def _is_empty(target: Mapping[str, Any]) -> bool:
    return not set(target) - {
        "refId",
        "datasource",
        "hide",
        "intervalFactor",
        "format",
        "legendFormat",
        "step",
    }


def _say_kind(target: Mapping[str, Any], of_panel: Any, sources: Sources) -> str:
    kind = sources.kind(target.get("datasource") or of_panel)
    words = {"": "", "mixed": "", "__expr__": "; expressions of Grafana over other queries do not exist here"}
    return words.get(kind, f", but a query for {shown(kind)}")


def _read_legend(target: Mapping[str, Any], place: Place) -> str | None:
    legend = text(target.get("legendFormat")).strip()
    if legend in {"", _AUTO_LEGEND}:
        return None
    if len(legend) > MAX_LEGEND_CHARS:
        place.tell("legendFormat", f"must have at most {MAX_LEGEND_CHARS} characters; it is cut")
    return _NAME_IN_LEGEND.sub("{{name}}", legend)[:MAX_LEGEND_CHARS]


def _make_negated(field: str, pattern: str, *, is_regex: bool) -> Negated:
    if not is_regex:
        return Negated(field, pattern.__eq__)
    try:
        compiled = compile_javascript(pattern)
    except ValueError:
        return Negated(field, lambda _: False)
    return Negated(field, lambda legend: compiled.search(legend) is not None)


def find_negated(panel: Mapping[str, Any]) -> list[Negated]:
    """Of the field overrides of newer panels and the series overrides of the old graph."""
    found = []
    for index, override in enumerate(records(record(panel.get("fieldConfig")).get("overrides"))):
        matcher = record(override.get("matcher"))
        is_negative = any(
            one.get("id") == "custom.transform" and one.get("value") == "negative-Y"
            for one in records(override.get("properties"))
        )
        kind, pattern = text(matcher.get("id")), matcher.get("options")
        if is_negative and isinstance(pattern, str) and kind in {"byName", "byRegexp"}:
            field = f"fieldConfig.overrides[{index}]"
            found.append(_make_negated(field, pattern, is_regex=kind == "byRegexp"))
    for index, override in enumerate(records(panel.get("seriesOverrides"))):
        alias = text(override.get("alias"))
        if override.get("transform") == "negative-Y" and alias:
            found.append(_make_negated(f"seriesOverrides[{index}]", alias, is_regex=alias.startswith("/")))
    return found[:MAX_NEGATED]
