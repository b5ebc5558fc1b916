"""Relabel rules as Prometheus has them: from a set of labels to another, or to nothing.

    source_labels --join by separator--> value --regex, anchored--> replacement --> target_label

Rules of one list run in order, each on what the one before left. A metric's name is the label `__name__`. Rules are
read once, by pydantic, with sentences for what is wrong; their patterns are compiled then. Pure.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Self

import re2
from pydantic import BaseModel, ConfigDict, PrivateAttr, field_validator, model_validator

Match = Any
"""Of re2, which has no annotations."""
Labels = dict[str, str]

# As the store takes them: dots and dashes come with other protocols than Prometheus's.
_LABEL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*", re.ASCII)
_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})", re.ASCII)
_MATCH_ALL = "(.*)"
# Patterns are tried on each series that is new: larger ones are mistakes.
_MAX_PATTERN_CHARS = 10_000
_QUIET = re2.Options()
_QUIET.log_errors = False


class Action(StrEnum):
    REPLACE = "replace"
    """Where the pattern matches, the target becomes the replacement filled in; an empty one removes it."""
    KEEP = "keep"
    """What does not match goes."""
    DROP = "drop"
    """What matches goes."""
    KEEP_EQUAL = "keepequal"
    """What stays is that whose joined source is the target's value."""
    DROP_EQUAL = "dropequal"
    LABEL_MAP = "labelmap"
    """Labels whose name matches are copied under the name that the replacement gives."""
    LABEL_DROP = "labeldrop"
    LABEL_KEEP = "labelkeep"
    HASH_MOD = "hashmod"
    """The target becomes a number below `modulus` that depends on the source alone."""
    LOWERCASE = "lowercase"
    UPPERCASE = "uppercase"


# Action -> the fields beside `action` that mean something with it.
_FIELDS: Mapping[Action, frozenset[str]] = {
    Action.REPLACE: frozenset({"source_labels", "separator", "regex", "target_label", "replacement"}),
    Action.KEEP: frozenset({"source_labels", "separator", "regex"}),
    Action.DROP: frozenset({"source_labels", "separator", "regex"}),
    Action.KEEP_EQUAL: frozenset({"source_labels", "separator", "target_label"}),
    Action.DROP_EQUAL: frozenset({"source_labels", "separator", "target_label"}),
    Action.LABEL_MAP: frozenset({"regex", "replacement"}),
    Action.LABEL_DROP: frozenset({"regex"}),
    Action.LABEL_KEEP: frozenset({"regex"}),
    Action.HASH_MOD: frozenset({"source_labels", "separator", "target_label", "modulus"}),
    Action.LOWERCASE: frozenset({"source_labels", "separator", "target_label"}),
    Action.UPPERCASE: frozenset({"source_labels", "separator", "target_label"}),
}
_NEEDING_SOURCES = frozenset({Action.KEEP, Action.DROP, Action.HASH_MOD, Action.LOWERCASE, Action.UPPERCASE})


class RelabelRule(BaseModel):
    """One rule. Raises pydantic's ValidationError, whose messages are ends of sentences for a person."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_labels: tuple[str, ...] = ()
    separator: str = ";"
    regex: str = _MATCH_ALL
    modulus: int = 0
    target_label: str = ""
    replacement: str = "$1"
    action: Action = Action.REPLACE

    _change: Callable[[Labels], Labels | None] = PrivateAttr()

    @field_validator("action", mode="before")
    @classmethod
    def _fold_action(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("regex")
    @classmethod
    def _check_regex(cls, value: str) -> str:
        _compile(value)
        return value

    @field_validator("source_labels")
    @classmethod
    def _check_sources(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not is_label_name(name):
                raise ValueError(f"{name[:60]!r} is not a label name")
        return value

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        action = self.action
        useless = sorted(self.model_fields_set - _FIELDS[action] - {"action"})
        if useless:
            raise ValueError(f"the action {action.value} has no use for {useless[0]}; take it out")
        if "target_label" in _FIELDS[action]:
            _check_target(action, self.target_label)
        if action in _NEEDING_SOURCES and not self.source_labels:
            raise ValueError(f"the action {action.value} needs source_labels, the labels that it looks at")
        if action is Action.HASH_MOD and self.modulus < 1:
            raise ValueError("the action hashmod needs a modulus of 1 or more")
        if action is Action.LABEL_MAP and not is_label_name(_REFERENCE.sub("x", self.replacement)):
            raise ValueError(f"the replacement {self.replacement[:60]!r} makes no label name")
        self._change = _MAKERS[action](self)
        return self

    def apply(self, labels: Mapping[str, str]) -> Labels | None:
        """The labels after this rule; None when they are dropped. `labels` stays as it is."""
        return self._change(dict(labels))

    def join_sources(self, labels: Mapping[str, str]) -> str:
        return self.separator.join([labels.get(name, "") for name in self.source_labels])


def apply_rules(rules: Sequence[RelabelRule], labels: Mapping[str, str]) -> Labels | None:
    """The labels after all rules, in order, without empty values; None when a rule drops them.

    `labels` stays as it is.
    """
    changed: Labels | None = dict(labels)
    for rule in rules:
        if changed is None:
            return None
        changed = rule.apply(changed)
    return None if changed is None else {name: value for name, value in changed.items() if value}


def is_label_name(text: str) -> bool:
    return _LABEL_NAME.fullmatch(text) is not None


def _compile(pattern: str) -> Any:
    """Matches whole texts alone, as all patterns of Prometheus do. Raises ValueError."""
    if len(pattern) > _MAX_PATTERN_CHARS:
        raise ValueError(
            f"a pattern has at most {_MAX_PATTERN_CHARS} characters, this one has {len(pattern)}"
        )
    try:
        # By itself first: brackets that close what this file opens are no pattern.
        re2.compile(pattern, _QUIET)
        return re2.compile(f"^(?s:{pattern})$", _QUIET)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0] if error.args else ""
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"{pattern[:60]!r} is not a regular expression (RE2): {text}") from error


def _check_target(action: Action, target: str) -> None:
    if not target:
        raise ValueError(
            f"the action {action.value} needs a target_label, the label that it sets or compares"
        )
    # A target may be built from groups, and what becomes of it is checked on each set of labels.
    shown = _REFERENCE.sub("x", target) if action is Action.REPLACE else target
    if not is_label_name(shown):
        raise ValueError(f"the target_label {target[:60]!r} is not a label name")


def _expand(template: str, match: Match) -> str:
    """`$1`, `${1}`, `$name` and `$$` filled in as Go does it: an unknown group is empty, any other `$` is itself."""
    if "$" not in template:
        return template

    def fill(found: re.Match[str]) -> str:
        if found[1]:
            return "$"
        name = found[2] or found[3]
        try:
            # Nine digits are a number in Go; a longer one is a name that no group has.
            return (match.group(int(name) if name.isdigit() and len(name) < 10 else name)) or ""
        except (IndexError, KeyError, re2.error):
            return ""

    return _REFERENCE.sub(fill, template)


# ---- one maker for each action: a rule -> what it does to labels that it may change

Change = Callable[[Labels], Labels | None]


def _make_replace(rule: RelabelRule) -> Change:
    pattern = _compile(rule.regex)
    if (
        not rule.source_labels
        and rule.regex == _MATCH_ALL
        and "$" not in rule.replacement + rule.target_label
    ):
        # A constant, which is what this form is used for.
        return lambda labels: _set(labels, rule.target_label, rule.replacement)

    def change(labels: Labels) -> Labels:
        match = pattern.fullmatch(rule.join_sources(labels))
        if match is None:
            return labels
        target = _expand(rule.target_label, match)
        return _set(labels, target, _expand(rule.replacement, match)) if is_label_name(target) else labels

    return change


def _set(labels: Labels, name: str, value: str) -> Labels:
    if value:
        labels[name] = value
    else:
        labels.pop(name, None)
    return labels


def _make_choice(rule: RelabelRule, *, stays: bool) -> Change:
    """`stays`: whether what matches does."""
    pattern = _compile(rule.regex)

    def change(labels: Labels) -> Labels | None:
        is_match = pattern.fullmatch(rule.join_sources(labels)) is not None
        return labels if is_match is stays else None

    return change


def _make_comparison(rule: RelabelRule, *, stays: bool) -> Change:
    def change(labels: Labels) -> Labels | None:
        is_equal = rule.join_sources(labels) == labels.get(rule.target_label, "")
        return labels if is_equal is stays else None

    return change


def _make_label_map(rule: RelabelRule) -> Change:
    pattern = _compile(rule.regex)

    def change(labels: Labels) -> Labels:
        for name, value in list(labels.items()):
            match = pattern.fullmatch(name)
            if match is not None:
                target = _expand(rule.replacement, match)
                if is_label_name(target):
                    labels[target] = value
        return labels

    return change


def _make_label_choice(rule: RelabelRule, *, stays: bool) -> Change:
    pattern = _compile(rule.regex)

    def change(labels: Labels) -> Labels:
        return {
            name: value for name, value in labels.items() if (pattern.fullmatch(name) is not None) is stays
        }

    return change


def _make_hash_mod(rule: RelabelRule) -> Change:
    def change(labels: Labels) -> Labels:
        # The last eight bytes, as Prometheus takes them, so that servers agree on who scrapes what.
        digest = hashlib.md5(rule.join_sources(labels).encode(), usedforsecurity=False).digest()
        return _set(labels, rule.target_label, str(int.from_bytes(digest[8:], "big") % rule.modulus))

    return change


def _make_case(rule: RelabelRule, fold: Callable[[str], str]) -> Change:
    return lambda labels: _set(labels, rule.target_label, fold(rule.join_sources(labels)))


_MAKERS: Mapping[Action, Callable[[RelabelRule], Change]] = {
    Action.REPLACE: _make_replace,
    Action.KEEP: lambda rule: _make_choice(rule, stays=True),
    Action.DROP: lambda rule: _make_choice(rule, stays=False),
    Action.KEEP_EQUAL: lambda rule: _make_comparison(rule, stays=True),
    Action.DROP_EQUAL: lambda rule: _make_comparison(rule, stays=False),
    Action.LABEL_MAP: _make_label_map,
    Action.LABEL_DROP: lambda rule: _make_label_choice(rule, stays=False),
    Action.LABEL_KEEP: lambda rule: _make_label_choice(rule, stays=True),
    Action.HASH_MOD: _make_hash_mod,
    Action.LOWERCASE: lambda rule: _make_case(rule, str.lower),
    Action.UPPERCASE: lambda rule: _make_case(rule, str.upper),
}
