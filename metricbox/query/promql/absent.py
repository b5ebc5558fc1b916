"""What `absent` and `absent_over_time` give: a sample where a selector finds nothing. Pure."""

from collections.abc import Sequence

import numpy as np

from metricbox.model import BoolArray, Labels, make_labels
from metricbox.query.promql.values import NAME_LABEL, Matrix
from metricbox.store.contract import Matcher, MatchOp


def labels_of_absent(matchers: Sequence[Matcher]) -> Labels:
    """The labels that a missing series would surely have: those of `=`, without the name.

    A label named again after its `=` is left out, even with the same value, as in Prometheus.
    """
    found: dict[str, str] = {}
    seen: set[str] = set()
    for label, op, value in matchers:
        if label == NAME_LABEL:
            continue
        if op is MatchOp.EQUAL and label not in seen:
            found[label] = value
            seen.add(label)
        else:
            found.pop(label, None)
    return make_labels(found.items())


def absent(present_any: BoolArray, labels: Labels) -> Matrix:
    """One row of ones at the steps [T] at which nothing is present."""
    missing = ~present_any[None, :]
    return Matrix([labels], np.ones(missing.shape), missing)
