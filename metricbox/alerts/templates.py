"""The message of an alert, from the template of its rule. Pure.

`{{labels.host}} is at {{value}}` with labels, value, threshold, rule, severity and status. It is filled in as text: no
expression is evaluated, and what a label holds is never read as a template (trap: hostile label values).
"""

import re
from collections.abc import Mapping

from metricbox.alerts.conditions import SIGNS, Condition
from metricbox.alerts.units import show_value

MAX_TEMPLATE_CHARS = 4_000
MAX_MESSAGE_CHARS = 8_000
_FIELD = re.compile(r"\{\{\s*(labels\.[A-Za-z_][A-Za-z0-9_.\-]*|value|threshold|rule|severity|status)\s*\}\}")
_ANY_FIELD = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
# Ends of lines and other controls would forge lines of a mail or a log.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def find_template_fault(template: str) -> str | None:
    """Why it is no template, as the end of a sentence that begins with its field; None when it is one."""
    if len(template) > MAX_TEMPLATE_CHARS:
        return f"must have at most {MAX_TEMPLATE_CHARS} characters"
    for match in _ANY_FIELD.finditer(template):
        if not _FIELD.fullmatch(match[0]):
            name = match[1].strip()[:50]
            return f"names {name}, which does not exist: labels.NAME, value, threshold, rule, severity, status do"
    return None


def fill(template: str, values: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """The template with its fields in place; a label that the series does not have is empty."""

    def replace(match: re.Match[str]) -> str:
        name = match[1]
        value = (
            labels.get(name.removeprefix("labels."), "")
            if name.startswith("labels.")
            else values.get(name, "")
        )
        return clean(value)

    return _FIELD.sub(replace, template)[:MAX_MESSAGE_CHARS]


def clean(text: str) -> str:
    """On one line, without characters that turn or hide text."""
    return _CONTROLS.sub(" ", text).replace("\n", " ").replace("\t", " ")


def describe(condition: Condition, threshold: float, value: float | None, unit: str = "") -> str:
    """The usual words, such as `93.4 %, limit > 90 %`."""
    shown = clean(show_value(value, unit)), clean(show_value(threshold, unit))
    return f"{shown[0]}, limit {SIGNS[condition]} {shown[1]}"
