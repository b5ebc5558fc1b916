"""What a variable may be."""

from typing import Any

import pytest

from metricbox.errors import ValidationError
from metricbox.query.variable_choices import LabelValues
from metricbox.web.body import check_model
from metricbox.web.variable_schemas import Variable, VariableQuery, VariableShown, question_of

QUERY = {"name": "v", "type": "query", "query": "label_values(up, host)"}
LIST: dict[str, Any] = {"name": "v", "type": "list", "values": ["a", "b"]}
GOOD: list[dict[str, Any]] = [
    QUERY,
    {**QUERY, "query": "label_values(host)", "regex": "/web-(.*)/", "sort": "numericDesc", "hide": "label"},
    {**QUERY, "query": {"label": "host"}, "multi": True, "includeAll": True, "allValue": ".*"},
    {**QUERY, "query": {"label": "$label", "metric": "my-metric"}},
    {**LIST, "current": ["a", "b"], "multi": True, "label": "Choose"},
    {"name": "_v2", "type": "text"},
    {"name": "v", "type": "interval", "values": ["30s", "auto"], "current": "auto"},
    {"name": "v", "type": "constant", "values": ["k"]},
]


@pytest.mark.parametrize("value", GOOD)
def test_good_ones(value: dict[str, Any]) -> None:
    made = check_model(value, Variable)
    assert made.model_dump(by_alias=True, exclude_none=True) == value
    VariableShown.model_validate(value)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "a-b"}, "name"),
        ({"name": "__x"}, "name"),
        ({"name": "1"}, "name"),
        ({"name": "ä"}, "name"),
        ({"type": "datasource"}, "type"),
        ({"query": None}, ""),
        ({"query": "label_values()"}, "query"),
        ({"query": "label_values(sum(up), host)"}, "query"),
        ({"query": "query_result(up)"}, "query"),
        ({"query": ["up"]}, "query"),
        ({"query": {"metric": "up"}}, "query.label"),
        ({"query": {"label": "a b"}}, "query"),
        (
            {"query": {"label": "a", "matchers": [{"name": "x", "op": "~", "value": ""}]}},
            "query.matchers[0].op",
        ),
        ({"query": {"label": "a", "matchers": [{"name": "x", "op": "=~", "value": "("}]}}, "query"),
        ({"values": ["a"]}, ""),
        ({"regex": "("}, "regex"),
        ({"regex": "(?!x)"}, "regex"),
        ({"allValue": "("}, "allValue"),
        ({"current": ["a", "b"]}, ""),
        ({"sort": "up"}, "sort"),
        ({"hide": 2}, "hide"),
        ({"refresh": 1}, "refresh"),
        ({**LIST, "query": None, "values": []}, ""),
        ({**LIST, "query": None, "values": ["x" * 1025]}, "values[0]"),
        ({**LIST, "query": None, "values": ["ä" * 513]}, "values[0]"),
        ({**LIST, "query": None, "values": [1]}, "values[0]"),
        ({"type": "interval", "query": None, "values": ["often"]}, ""),
        ({"type": "interval", "query": None, "values": ["0s"]}, ""),
        ({"type": "constant", "query": None, "values": ["a", "b"]}, ""),
        ({"type": "text", "query": None, "multi": True}, ""),
    ],
)
def test_bad_ones_name_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        check_model({**QUERY, **changes}, Variable)
    assert caught.value.details[0].field == (field or "body")


def test_an_object_means_the_same_as_a_text() -> None:
    matchers = [{"name": "dc", "op": "=", "value": 'a"\\$dc'}]
    query = check_model({"label": "host", "metric": "up", "matchers": matchers}, VariableQuery)
    assert question_of(query) == LabelValues('{"up", "dc"="a\\"\\\\$dc"}', "host")
    assert question_of("label_values(up, host)") == LabelValues("up", "host")
    assert question_of(check_model({"label": "host"}, VariableQuery)) == LabelValues("", "host")
