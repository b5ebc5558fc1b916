"""Relabel rules of a token: from the series that a sender names to the one that is stored, or to none.

Runs where series are registered, so that it costs nothing for those that are known: what rules make of a key is in the
caches of the doors, which hold keys under one set of rules each.
"""

import threading
from collections.abc import Sequence
from typing import Any

import msgspec
from cachetools import LRUCache
from pydantic import TypeAdapter, ValidationError

from metricbox.model import SeriesKey, find_labels_fault, find_name_fault, make_labels
from metricbox.relabel import RelabelRule, apply_rules

NAME_LABEL = "__name__"
MAX_RULES = 50

_RULES = TypeAdapter(tuple[RelabelRule, ...])
_compiled: LRUCache[str, tuple[RelabelRule, ...]] = LRUCache(100)
_lock = threading.Lock()


def check_rules(rules: Sequence[Any]) -> str:
    """The text in which rules are kept with a token; empty for none.

    Raises ValueError with the end of a sentence that names the rule by its place, from 1.
    """
    if len(rules) > MAX_RULES:
        raise ValueError(f"a token has at most {MAX_RULES} rules, these are {len(rules)}")
    try:
        read = _RULES.validate_python(list(rules))
    except ValidationError as error:
        first = error.errors()[0]
        place, *fields = first["loc"]
        message = str(first["msg"]).removeprefix("Value error, ")
        where = f"rule {int(place) + 1}" + "".join(f", {field}" for field in fields[:1])
        raise ValueError(f"{where}: {message}") from error
    return (
        msgspec.json.encode([rule.model_dump(exclude_unset=True, mode="json") for rule in read]).decode()
        if read
        else ""
    )


def rules_of(text: str) -> tuple[RelabelRule, ...]:
    """The rules of a text of `check_rules`, compiled once."""
    with _lock:
        rules = _compiled.get(text)
        if rules is None:
            rules = _compiled[text] = _RULES.validate_python(msgspec.json.decode(text)) if text else ()
        return rules


def relabel(rules: Sequence[RelabelRule], key: SeriesKey) -> SeriesKey | None:
    """The series that is stored; None when a rule drops it. Raises ValueError when rules make none that can be."""
    labels = apply_rules(rules, {NAME_LABEL: key.name, **dict(key.labels)})
    if labels is None:
        return None
    made = SeriesKey(labels.pop(NAME_LABEL, ""), make_labels(labels.items()))
    fault = find_name_fault(made.name) or find_labels_fault(made.labels)
    if fault:
        raise ValueError(
            f"the relabel rules of this token make of {key.name} a series that cannot be stored: {fault}"
        )
    return made
