"""Vectors matched as Prometheus matches them: at one step, series by series. What ours is held against."""

from typing import Any

from hypothesis import strategies as st

from metricbox.model import Labels
from metricbox.query.promql.nodes import Cardinality, Matching
from tests.support.matrices import Vector

COMPARISONS = ["==", "!=", ">", "<", ">=", "<="]


def match_key(labels: Labels, matching: Matching) -> Labels:
    if matching.is_on:
        return tuple(pair for pair in labels if pair[0] in matching.labels)
    return tuple(pair for pair in labels if pair[0] not in {*matching.labels, "__name__"})


def calculate(operator: str, left: float, right: float) -> tuple[float, bool]:
    if operator in COMPARISONS:
        kept = {
            "==": left == right,
            "!=": left != right,
            ">": left > right,
            "<": left < right,
            ">=": left >= right,
            "<=": left <= right,
        }[operator]
        return left, kept
    if operator == "+":
        return left + right, True
    if operator == "-":
        return left - right, True
    return left * right, True


def result_labels(
    operator: str, many: Labels, one: Labels, matching: Matching, *, returns_bool: bool
) -> Labels:
    """resultMetric of Prometheus 2.42."""
    labels = dict(many)
    if operator in "+-*":
        labels.pop("__name__", None)
    if matching.cardinality is Cardinality.ONE_TO_ONE:
        labels = {name: text for name, text in labels.items() if (name in matching.labels) == matching.is_on}
    labels |= {name: dict(one).get(name, "") for name in matching.included}
    if returns_bool:
        labels.pop("__name__", None)
    return tuple(sorted((name, text) for name, text in labels.items() if text))


def partners_by_key(one: Vector, matching: Matching) -> dict[Labels, tuple[Labels, float]]:
    partners = {match_key(labels, matching): (labels, value) for labels, value in one}
    if len(partners) < len(one):
        raise ValueError
    return partners


def match_step(
    operator: str, left: Vector, right: Vector, matching: Matching, *, returns_bool: bool
) -> Vector:
    """VectorBinop of Prometheus 2.42 with the fills of 3.x; raises ValueError where it raises."""
    fills = matching.fill_left, matching.fill_right
    if (not left and not right) or ((not left or not right) and fills == (None, None)):
        return []
    is_swapped = matching.cardinality is Cardinality.ONE_TO_MANY
    many, one = (right, left) if is_swapped else (left, right)
    partners = partners_by_key(one, matching)
    result: Vector = []
    seen: set[tuple[Labels, Labels | None]] = set()
    matched: set[Labels] = set()

    def emit(
        key: Labels, many_labels: Labels, many_value: float, one_labels: Labels, one_value: float
    ) -> None:
        matched.add(key)
        values = (one_value, many_value) if is_swapped else (many_value, one_value)
        value, kept = calculate(operator, *values)
        if returns_bool:
            value = float(kept)
        elif not kept:
            return
        final = result_labels(operator, many_labels, one_labels, matching, returns_bool=returns_bool)
        mark = (key, None if matching.cardinality is Cardinality.ONE_TO_ONE else final)
        if mark in seen:
            raise ValueError
        seen.add(mark)
        result.append((final, value))

    for labels, value in many:
        key = match_key(labels, matching)
        if key in partners:
            emit(key, labels, value, *partners[key])
        elif matching.fill_right is not None:
            emit(key, labels, value, key, matching.fill_right)
    for key, (labels, value) in partners.items():
        if matching.fill_left is not None and key not in matched:
            emit(key, key, matching.fill_left, labels, value)
    if len({labels for labels, _ in result}) < len(result):
        raise ValueError
    return result


@st.composite
def matchings(draw: Any) -> Matching:
    labels = draw(st.lists(st.sampled_from(["x", "y", "__name__"]), max_size=2, unique=True))
    card = draw(st.sampled_from([Cardinality.ONE_TO_ONE, Cardinality.MANY_TO_ONE, Cardinality.ONE_TO_MANY]))
    included = draw(st.lists(st.sampled_from(["x", "y", "__name__"]), max_size=2, unique=True))
    fills = st.none() | st.sampled_from([0.0, 2.0])
    return Matching(
        labels,
        draw(st.booleans()),
        card,
        () if card is Cardinality.ONE_TO_ONE else included,
        draw(fills),
        draw(fills),
    )
