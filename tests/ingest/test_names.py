"""Names that PromQL can write."""

from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.ingest.names import make_plain_labels, to_plain_label_name, to_plain_metric_name
from metricbox.model import LABEL_NAME, METRIC_NAME


def test_what_is_replaced() -> None:
    assert to_plain_metric_name("app.hits-5/s:x") == "app_hits_5_s:x"
    assert to_plain_metric_name("5xx") == "_5xx"
    assert to_plain_label_name("le:5") == "le_5"
    assert to_plain_label_name("1st") == "_1st"
    assert to_plain_metric_name("žluť") == "_lu_"


def test_labels_are_canonical_and_of_two_equal_names_the_later_stays() -> None:
    assert make_plain_labels({"b": "1", "a-b": "2", "a.b": "3", "c": ""}) == (("a_b", "3"), ("b", "1"))


@settings(deadline=None)
@given(st.text(min_size=1))
def test_any_text_becomes_a_name(text: str) -> None:
    assert METRIC_NAME.fullmatch(to_plain_metric_name(text))
    assert LABEL_NAME.fullmatch(to_plain_label_name(text))
