"""Names of other systems, which allow nearly any character, as names that PromQL can write. Pure.

`.`, `-` and whatever else is no letter, digit or `_` (in metrics also `:`) become `_`; a first digit gets `_` in front.
"""

import re

from metricbox.model import Labels, make_labels

_METRIC_REPLACED = re.compile(r"[^A-Za-z0-9_:]")
_LABEL_REPLACED = re.compile(r"[^A-Za-z0-9_]")


def to_plain_metric_name(text: str) -> str:
    """`app.hits-5` -> `app_hits_5`. Empty stays empty, which no metric's name is."""
    name = _METRIC_REPLACED.sub("_", text)
    return f"_{name}" if name[:1].isdigit() else name


def to_plain_label_name(text: str) -> str:
    name = _LABEL_REPLACED.sub("_", text)
    return f"_{name}" if name[:1].isdigit() else name


def make_plain_labels(pairs: dict[str, str]) -> Labels:
    """Labels under plain names; of two that become the same name the later one stays. Empty ones vanish."""
    return make_labels({to_plain_label_name(name): value for name, value in pairs.items() if value}.items())
