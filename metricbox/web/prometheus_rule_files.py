"""Prometheus's files of alerting rules as rules of ours, and what of them could not be taken over. Pure.

YAML is read as plain text, lists and mappings: no tag makes an object, and an alias, by which a small text could name a
very large one, is refused.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import yaml

from metricbox.alerts.prometheus_expression import split_expression
from metricbox.durations import parse_duration_ms
from metricbox.errors import ValidationError
from metricbox.store.appdb.alert_rules import NewRule
from metricbox.web.alert_requests import new_rule
from metricbox.web.alert_schemas import AlertRuleCreate
from metricbox.web.body import check_model

# promtool writes some 300 bytes a rule; PyYAML reads this much in a few seconds, in a thread.
MAX_FILE_BYTES = 1024 * 1024
MAX_FILE_RULES = 1_000
MAX_REPORT = 2_000
# Prometheus's words, and those that are common in label `severity`.
_SEVERITIES = {
    "critical": "critical", "page": "critical", "error": "critical", "high": "critical", "emergency": "critical",
    "warning": "warning", "warn": "warning", "medium": "warning", "ticket": "warning",
    "info": "info", "information": "info", "none": "info", "low": "info", "notice": "info",
}  # fmt: skip
_MESSAGES = ("summary", "description", "message")
_KNOWN = {"alert", "expr", "for", "keep_firing_for", "labels", "annotations"}
_KNOWN_OF_GROUPS = {"name", "rules", "labels", "query_offset", "interval"}
_FIELDS = {"for": "duration", "keep_firing_for": "keepFiringFor", "query_offset": "evaluationDelay"}
_TEMPLATE = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_LABEL = re.compile(r"\$labels\.([A-Za-z_][A-Za-z0-9_]*)")
_VALUE = re.compile(r"\$value(\s*\|\s*(humanize\w*|printf\s+\"[^\"]*\"))?")


class RuleFault(NamedTuple):
    """What was not taken over."""

    rule: str | None
    """Name; None when it is a group or the file itself."""
    field: str
    message: str


class ReadRules(NamedTuple):
    rules: list[NewRule]
    report: list[RuleFault]


Report = Callable[[str, str], None]
"""Takes field and message."""


def read_rule_file(text: str, owner_id: str, check_query: Callable[[str], None]) -> ReadRules:
    """May take seconds. Raises ValidationError when it is no such file, or nothing of it can be taken over."""
    groups = _load(text)
    rules: list[NewRule] = []
    report: list[RuleFault] = []
    for group, rule, place in _iter_rules(groups, report):
        name = str(rule.get("alert") or rule.get("record") or place)[:200]

        def note(field: str, message: str, name: str = name) -> None:
            report.append(RuleFault(name, field, message))

        if "alert" not in rule:
            note("record", "is a recording rule; there are none here, query its expression where you need it")
            continue
        try:
            rules.append(_read_rule(group, rule, note, owner_id, check_query))
        except ValidationError as error:
            for detail in error.details:
                note(detail.field, detail.message)
    if len(rules) > MAX_FILE_RULES:
        raise ValidationError(
            f"The file has {len(rules)} alerting rules; at most {MAX_FILE_RULES} are taken."
        )
    if not rules:
        first = f" The first fault: {report[0].field} {report[0].message}." if report else ""
        raise ValidationError(f"No alerting rule of the file can be taken over.{first}")
    return ReadRules(rules, report[:MAX_REPORT])


class _Loader(yaml.BaseLoader):
    """Texts, lists and mappings alone; the C loader would recurse without a bound."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call] # of PyYAML's stubs
            raise ValidationError(
                f"Aliases (*) are not taken (line {mark.line + 1}); write out what they stand for."
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - PyYAML's own shape
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = (
            sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
        )
        if twice:
            raise ValidationError(f"{twice[0][:50]} is there twice (line {node.start_mark.line + 1}).")
        return super().construct_mapping(node, deep)


def _load(text: str) -> list[Any]:
    try:
        file = yaml.load(text, _Loader)  # noqa: S506 - a BaseLoader, which makes no objects
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise ValidationError(f"The file is not YAML{line}: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise ValidationError("The file is not YAML.") from error
    except RecursionError:
        raise ValidationError("The file nests too deeply.") from None
    groups = file.get("groups") if isinstance(file, dict) else None
    if not isinstance(groups, list):
        raise ValidationError("The file must have `groups`, a list, as Prometheus's files of rules do.")
    return groups


def _iter_rules(
    groups: list[Any], report: list[RuleFault]
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], str]]:
    """Group, rule, and where it stands."""
    for number, group in enumerate(groups):
        place = f"groups[{number}]"
        rules = group.get("rules") if isinstance(group, dict) else None
        if not isinstance(rules, list):
            report.append(RuleFault(None, place, "has no list of rules"))
            continue
        if group.get("interval"):
            report.append(
                RuleFault(None, f"{place}.interval", "is not kept; all rules have that of the server")
            )
        unknown = sorted(group.keys() - _KNOWN_OF_GROUPS)
        report += [RuleFault(None, f"{place}.{field}", "is not known here") for field in unknown]
        for index, rule in enumerate(rules):
            if isinstance(rule, dict):
                yield group, rule, f"{place}.rules[{index}]"
            else:
                report.append(RuleFault(None, f"{place}.rules[{index}]", "is no rule"))


def _read_rule(
    group: Mapping[str, Any],
    rule: Mapping[str, Any],
    note: Report,
    owner_id: str,
    check_query: Callable[[str], None],
) -> NewRule:
    for field in sorted(rule.keys() - _KNOWN):
        note(field, "is not known here")
    split = split_expression(_text(rule.get("expr")))
    if not split.is_comparison:
        note(
            "expr",
            "does not end in a comparison with a number: the rule asks whether the expression returns anything, "
            "and its value is 1",
        )
    labels, severity = _read_labels({**_mapping(group.get("labels")), **_mapping(rule.get("labels"))}, note)
    wish: dict[str, Any] = {
        "name": _text(rule.get("alert")),
        "query": split.query,
        "condition": split.condition.value,
        "threshold": split.threshold,
        "severity": severity,
        "labels": labels or None,
    }
    for source, fields in (("for", rule), ("keep_firing_for", rule), ("query_offset", group)):
        wish[_FIELDS[source]] = _read_duration(source, fields.get(source), note)
    message = _read_message(_mapping(rule.get("annotations")), note)
    if message:
        wish["notification"] = {"message": message}
    return new_rule(check_model(wish, AlertRuleCreate), owner_id, check_query)


def _read_labels(labels: Mapping[str, Any], note: Report) -> tuple[dict[str, str], str]:
    """Those that are kept, and the severity that they tell."""
    kept: dict[str, str] = {}
    severity = "warning"
    for name, value in labels.items():
        if not isinstance(value, str) or "{{" in value:
            note(f"labels.{name}", "is a template; labels are the same for all series here")
        elif name == "severity":
            if value.lower() not in _SEVERITIES:
                note("labels.severity", f"{value[:50]!r} is not known here, warning was taken")
            severity = _SEVERITIES.get(value.lower(), severity)
        elif name == "alertname":
            note("labels.alertname", "is always the name of the rule")
        else:
            kept[name] = value
    return kept, severity


def _read_duration(field: str, value: Any, note: Report) -> str | None:
    if value in (None, "", "0"):
        return None
    try:
        parse_duration_ms(_text(value))
    except ValueError as error:
        note(field, f"{error}; none was taken")
        return None
    return _text(value)


def _read_message(annotations: Mapping[str, Any], note: Report) -> str:
    lines = []
    for name in sorted(annotations.keys() - set(_MESSAGES)):
        note(f"annotations.{name}", "is not kept; put it into the message")
    for name in _MESSAGES:
        if name not in annotations:
            continue
        line = _read_template(_text(annotations[name]).strip())
        if line is None:
            note(f"annotations.{name}", "has more than $labels.NAME and $value in its templates; left out")
        elif line and line not in lines:
            lines.append(line)
    return "\n".join(lines)


def _read_template(text: str) -> str | None:
    """None for what our templates cannot say."""
    is_known = True

    def replace(match: re.Match[str]) -> str:
        nonlocal is_known
        if label := _LABEL.fullmatch(match[1]):
            return f"{{{{labels.{label[1]}}}}}"
        if _VALUE.fullmatch(match[1]):
            return "{{value}}"
        is_known = False
        return ""

    read = _TEMPLATE.sub(replace, text)
    return read if is_known else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
