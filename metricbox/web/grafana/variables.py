"""Grafana's templating as variables of a dashboard. Pure.

    query (label_values, metrics)  query     interval  interval, auto is the step of the query
    custom, switch                 list      textbox   text
    constant                       constant  datasource, adhoc and the like  none

A query of any other kind becomes the list of values that were saved with it, or a text, so that the queries of the
panels can still be used.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from metricbox.durations import parse_duration_ms
from metricbox.errors import ValidationError
from metricbox.query.variable_choices import ALL, AUTO
from metricbox.query.variables import find_references
from metricbox.web.body import check_model
from metricbox.web.grafana.reading import (
    Place,
    compile_javascript,
    record,
    records,
    shown,
    text,
    without_slashes,
)
from metricbox.web.variable_schemas import MAX_VALUE_BYTES, MAX_VALUES, MAX_VARIABLES, Variable, question_of
from metricbox.web.variables import make_variables

_AUTO_VALUE = "$__auto_interval"
_SORTS = {
    0: "none", 1: "asc", 2: "desc", 3: "numericAsc", 4: "numericDesc", 5: "asc", 6: "desc", 7: "numericAsc",
    8: "numericDesc",
}  # fmt: skip
_HIDES = {1: "label", 2: "variable"}
_LABEL_VALUES = re.compile(r"\s*label_values\(.*\)\s*", re.DOTALL)
_METRICS = re.compile(r"\s*metrics\((.*)\)\s*", re.DOTALL)
_QUERY_RESULT = re.compile(r"\s*query_result\((.*)\)\s*", re.DOTALL)
_SELECTOR = re.compile(r'[A-Za-z_:][A-Za-z0-9_:]*\s*\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}')
_BARE = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
# How a label is cut out of a series written as text.
_LABEL_IN_REGEX = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)=\\?"\((?:\?P?<\w+>)?([^()]*)\)')
# No query of the contract is longer, and patterns over much text are slow.
_MAX_QUESTION_CHARS = 4_000
_MAX_REGEX_CHARS = 1_000
_ANY_CAPTURE = {".*", ".+", ".*?", ".+?", '[^"]*', '[^"]+', '[^"]*?', '[^"]+?'}
_FALLIBLE = ("current", "allValue", "regex", "sort", "label", "hide")
_WITHOUT_LIKENESS = {
    "adhoc": "filters that are typed freely",
    "groupby": "grouping that is chosen",
    "snapshot": "snapshots",
}


def read_variables(values: Sequence[Any], constants: Mapping[str, str], place: Place) -> list[Variable]:
    """Variables that go together. `constants`: what the exported file says its `${VAR_NAME}` are."""
    found: dict[str, tuple[Variable, dict[str, Any], Place]] = {}
    for index, value in enumerate(values):
        raw = record(value)
        inside = place.at(f"list[{index}]")
        if not raw:
            inside.tell("", "must be an object")
            continue
        fields = _read(raw, constants, inside)
        if fields is None:
            continue
        variable = _check(fields, raw, inside)
        if variable is None:
            continue
        if variable.name in found:
            inside.tell(
                "name", f"${variable.name} is the name of another variable, too; this one is left out"
            )
        elif len(found) == MAX_VARIABLES:
            inside.tell(
                "", f"a dashboard has at most {MAX_VARIABLES} variables; this one and others are left out"
            )
            break
        else:
            found[variable.name] = (variable, raw, inside)
    return _settle(found)


def _settle(found: dict[str, tuple[Variable, dict[str, Any], Place]]) -> list[Variable]:
    """Those that need what is not there, or go round in a circle, keep the values that were saved."""
    for name, (variable, raw, place) in list(found.items()):
        missing = [needed for needed in _needs(variable) if needed not in found]
        if missing or _reaches_itself(name, found):
            reason = (
                f"needs ${shown(missing[0])}, which is none here" if missing else "goes round in a circle"
            )
            saved = _check(_saved(raw, reason, place), raw, place)
            if saved is None:
                del found[name]
            else:
                found[name] = (saved, raw, place)
    variables = [variable for variable, _, _ in found.values()]
    try:
        make_variables(variables)
    except ValidationError as error:
        # A variable that was taken out was needed.
        return [variable for variable in variables if not _needs(variable)] if error.details else []
    return variables


def _needs(variable: Variable) -> list[str]:
    if variable.query is None:
        return []
    return [one.name for part in question_of(variable.query) for one in find_references(part)]


def _reaches_itself(name: str, found: Mapping[str, tuple[Variable, dict[str, Any], Place]]) -> bool:
    seen: set[str] = set()
    wave = _needs(found[name][0])
    while wave:
        if name in wave:
            return True
        seen |= set(wave)
        wave = [
            needed for one in wave if one in found for needed in _needs(found[one][0]) if needed not in seen
        ]
    return False


def _check(fields: dict[str, Any], raw: Mapping[str, Any], place: Place) -> Variable | None:
    """The variable, without what of it is bad and can be spared."""
    for _ in range(len(_FALLIBLE) + 1):
        try:
            return check_model({name: value for name, value in fields.items() if value is not None}, Variable)
        except ValidationError as error:
            spared = [one for one in error.details if re.split(r"[.\[]", one.field)[0] in _FALLIBLE]
            if len(spared) < len(error.details):
                return _without_query(fields, raw, error, place)
            for one in spared:
                place.tell(one.field, one.message)
                fields.pop(re.split(r"[.\[]", one.field)[0], None)
    return None


def _without_query(
    fields: dict[str, Any], raw: Mapping[str, Any], error: ValidationError, place: Place
) -> Variable | None:
    first = error.details[0]
    if fields.get("type") != "text" and first.field != "name":
        return _check(_saved(raw, first.message, place), raw, place)
    place.tell(first.field.removeprefix("body"), f"{first.message}; the variable is left out")
    return None


# ---- by type


def _read(raw: Mapping[str, Any], constants: Mapping[str, str], place: Place) -> dict[str, Any] | None:
    """The fields of a variable; None for those without a likeness."""
    kind = text(raw.get("type"))
    if kind == "datasource":
        # All data are metricbox's own: there is nothing to choose.
        return None
    if kind in _WITHOUT_LIKENESS:
        place.tell("type", f"{_WITHOUT_LIKENESS[kind]} do not exist here")
        return None
    if kind == "query":
        return _read_query(raw, constants, place)
    if kind == "custom":
        return _common(raw, "list") | _choice(raw) | {"values": _limit(_custom_values(raw, place), place)}
    if kind == "switch":
        values = [text(raw.get("enabledValue")) or "true", text(raw.get("disabledValue")) or "false"]
        return _common(raw, "list") | {"values": values}
    if kind == "constant":
        value = text(raw.get("query")) or text(record(raw.get("current")).get("value"))
        filled = _fill(value, constants)
        return _common(raw, "constant") | {"values": [filled], "current": None}
    if kind == "textbox":
        return _read_text(raw, constants)
    if kind == "interval":
        return _read_interval(raw, place)
    return _saved(raw, f"its type {shown(kind)} does not exist here", place)


def _common(raw: Mapping[str, Any], kind: str) -> dict[str, Any]:
    label = text(raw.get("label")).strip()
    hide = raw.get("hide")
    return {
        "name": text(raw.get("name")),
        "label": label[:200] or None,
        "type": kind,
        "hide": _HIDES.get(hide) if isinstance(hide, int) else None,
        "current": _current(raw),
    }


def _current(raw: Mapping[str, Any]) -> str | list[str] | None:
    value = record(raw.get("current")).get("value")
    if isinstance(value, str):
        return value or None
    if not isinstance(value, list):
        return None
    chosen = [one for one in value if isinstance(one, str) and one]
    if ALL in chosen:
        return ALL
    return chosen[:MAX_VALUES] if raw.get("multi") is True else next(iter(chosen), None)


def _choice(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "multi": True if raw.get("multi") is True else None,
        "includeAll": True if raw.get("includeAll") is True else None,
        "allValue": text(raw.get("allValue")).strip() or None,
    }


def _fill(value: str, constants: Mapping[str, str]) -> str:
    for name, constant in constants.items():
        value = value.replace(f"${{{name}}}", constant)
    return value


def _limit(values: Sequence[str], place: Place) -> list[str]:
    good = [one for one in values if len(one.encode(errors="replace")) <= MAX_VALUE_BYTES][:MAX_VALUES]
    if len(good) < len(values):
        place.tell("query", f"at most {MAX_VALUES} values of {MAX_VALUE_BYTES} bytes are taken over")
    return good


def _custom_values(raw: Mapping[str, Any], place: Place) -> list[str]:
    """Of `a, b`, of `Name : a, Other : b`, or of JSON."""
    written = text(raw.get("query"))
    pairs: list[tuple[str, str]] = []
    if raw.get("valuesFormat") == "json":
        try:
            decoded = msgspec.json.decode(written.encode(errors="replace"))
        except (msgspec.DecodeError, RecursionError):
            decoded = []
        pairs = [(text(one.get("text")), text(one.get("value"))) for one in records(decoded)]
    else:
        for part in re.split(r"(?<!\\),", written):
            plain = part.replace("\\,", ",")
            name, colon, value = plain.partition(" : ")
            pairs.append((name.strip(), (value if colon else plain).strip()))
    pairs = [pair for pair in pairs if pair[1]]
    if any(name and name != value for name, value in pairs):
        place.tell("query", "names of values do not exist here; the values themselves are shown")
    return list(dict.fromkeys(value for _, value in pairs)) or _saved_values(raw)


def _read_text(raw: Mapping[str, Any], constants: Mapping[str, str]) -> dict[str, Any]:
    fields = _common(raw, "text")
    # Of a text the start value counts, unless somebody has typed another.
    current = fields["current"] or text(raw.get("query")) or None
    return fields | {"current": _fill(current, constants) if isinstance(current, str) else None}


def _read_interval(raw: Mapping[str, Any], place: Place) -> dict[str, Any]:
    values = [AUTO] if raw.get("auto") is True else []
    for written in re.findall(r"[^\s,\"']+", text(raw.get("query")))[:MAX_VALUES]:
        part = AUTO if written == "$__auto" else written
        try:
            is_good = parse_duration_ms(part) > 0
        except ValueError:
            is_good = part == AUTO
        if is_good:
            values.append(part)
        else:
            place.tell("query", f"{shown(part)} is no duration here; it is left out")
    if not values:
        return _saved(raw, "has no durations", place)
    fields = _common(raw, "interval")
    current = fields["current"]
    if isinstance(current, str) and (current.startswith(_AUTO_VALUE) or current == "$__auto"):
        fields["current"] = AUTO
    kept = _limit(list(dict.fromkeys(values)), place)
    return fields | {"values": kept, "current": fields["current"] if fields["current"] in kept else None}


# ---- queries


def _read_query(raw: Mapping[str, Any], constants: Mapping[str, str], place: Place) -> dict[str, Any]:
    query = raw.get("query")
    written = text(query) or text(record(query).get("query")) or text(raw.get("definition"))
    question = _fill(written, constants).strip()
    regex = text(raw.get("regex")).strip()
    sort = raw.get("sort")
    fields = _common(raw, "query") | _choice(raw)
    fields |= {"sort": _SORTS.get(sort) if isinstance(sort, int) else None}
    if len(question) > _MAX_QUESTION_CHARS or len(regex) > _MAX_REGEX_CHARS:
        return _saved(raw, "is too long", place)
    if _LABEL_VALUES.fullmatch(question):
        return fields | {"query": question, "regex": _read_regex(regex, place)}
    metrics = _METRICS.fullmatch(question)
    if metrics:
        inner = metrics[1].strip().replace("\\", "\\\\").replace('"', '\\"')
        selector = f'{{__name__=~".*(?:{inner}).*"}}, ' if inner else ""
        return fields | {"query": f"label_values({selector}__name__)", "regex": _read_regex(regex, place)}
    cut = _cut_label(question, regex)
    if cut is None:
        result = _QUERY_RESULT.fullmatch(question)
        told = "query_result" if result else "a query that is not label_values"
        return _saved(raw, f"{told} cannot be asked here", place)
    selector, label, capture = cut
    place.tell("query", f"the values of {label} of all series of {shown(selector)} are taken in its place")
    return fields | {"query": f"label_values({selector}, {label})", "regex": capture}


def _read_regex(regex: str, place: Place) -> str | None:
    if not regex:
        return None
    try:
        groups = compile_javascript(regex).groupindex
    except ValueError:
        place.tell("regex", "is no regular expression of RE2; it is left out")
        return None
    if groups.get("value", 1) != 1:
        place.tell("regex", "its first group is the value here")
    return without_slashes(regex)


def _cut_label(question: str, regex: str) -> tuple[str, str, str | None] | None:
    """Selector, label and what of the value is kept, for a query whose regex cuts a label out of whole series."""
    match = _LABEL_IN_REGEX.search(regex)
    result = _QUERY_RESULT.fullmatch(question)
    inner = result[1] if result else question
    selectors = _SELECTOR.findall(inner)
    if match is None or len(selectors) > 1:
        return None
    if not selectors:
        if not _BARE.fullmatch(inner.strip()):
            return None
        selectors = [inner.strip()]
    label, capture = match.groups()
    return selectors[0], label, None if capture in _ANY_CAPTURE else f"({capture})"


# ---- what was saved


def _saved(raw: Mapping[str, Any], reason: str, place: Place) -> dict[str, Any]:
    """The values that were last seen as a list; without any a text."""
    values = _saved_values(raw)[:MAX_VALUES]
    fields = _common(raw, "list" if values else "text")
    place.tell(
        "query", f"{reason}; {'the saved values are kept as a list' if values else 'it becomes a text'}"
    )
    if not values:
        current = fields["current"]
        return fields | {"current": current if isinstance(current, str) and current != ALL else None}
    return fields | _choice(raw) | {"values": values}


def _saved_values(raw: Mapping[str, Any]) -> list[str]:
    seen = [text(one.get("value")) for one in records(raw.get("options"))]
    current = record(raw.get("current")).get("value")
    seen += [text(one) for one in current] if isinstance(current, list) else [text(current)]
    return [
        one
        for one in dict.fromkeys(seen)
        if one and not one.startswith("$__") and len(one.encode(errors="replace")) <= MAX_VALUE_BYTES
    ]
