"""Values of a label among the series that a selector selects. Reads the catalogue of the store; may block."""

from collections.abc import Sequence

from metricbox.errors import ValidationError
from metricbox.query.promql.nodes import VectorSelector
from metricbox.query.promql.parse import parse
from metricbox.query.promql.values import NAME_LABEL
from metricbox.query.store_source import find_series
from metricbox.store.contract import MatchOp, MetricStore


def parse_selector(text: str) -> VectorSelector:
    """`up`, `{job="web"}` or `up{job="web"}`. Raises ValidationError for anything more."""
    node = parse(text)
    if not isinstance(node, VectorSelector) or node.offset_ms or node.at is not None:
        raise ValidationError.for_field("query", f'{text[:100]!r} is no selector, such as up{{job="web"}}')
    return node


def list_label_values(store: MetricStore, selector: str, label: str) -> Sequence[str]:
    """In order, without the empty one; `selector` may be empty for all series. Raises ValidationError."""
    alternatives = parse_selector(selector).alternatives if selector.strip() else ((),)
    if label == NAME_LABEL:
        if not selector.strip():
            return store.find_metric_names(())
        return sorted({one.name for one in find_series(store, alternatives)[0]})
    if len(alternatives) == 1 and len(alternatives[0]) == 1:
        (only,) = alternatives[0]
        if only.label == NAME_LABEL and only.op is MatchOp.EQUAL:
            # Counted in the catalogue, which need not make every series.
            return [value for value in store.count_label_values(only.value, label, "") if value]
    found = {one.labels.get(label, "") for one in find_series(store, alternatives)[0]}
    return sorted(found - {""})
