"""Templating becomes variables."""

from typing import Any

import pytest

from metricbox.web.grafana.importer import import_grafana
from tests.support.grafana import fields_of, import_file


def import_one(**variable: Any) -> tuple[dict[str, Any] | None, list[str]]:
    document = {"title": "D", "panels": [], "templating": {"list": [{"name": "v", **variable}]}}
    imported = import_grafana(document)
    found = [one.model_dump(by_alias=True, exclude_none=True) for one in imported.dashboard.variables or ()]
    faults = [fault.field for fault in imported.report if fault.field != "panels"]
    return (found[0] if found else None), faults


def test_every_type_of_variable() -> None:
    imported = import_file("v30-variables")
    variables = [
        one.model_dump(by_alias=True, exclude_none=True) for one in imported.dashboard.variables or ()
    ]
    assert variables == [
        {"name": "prefix", "type": "constant", "values": ["shop"], "hide": "variable"},
        {
            "name": "color",
            "type": "list",
            "values": ["red", "blue", "green,ish"],
            "current": ["blue", "red"],
            "multi": True,
            "includeAll": True,
        },
        {"name": "n", "type": "list", "values": ["5", "10"], "current": "10"},
        {"name": "typed", "type": "text", "current": "abc"},
        {"name": "window", "type": "interval", "values": ["auto", "1m", "10m", "1h"], "current": "auto"},
        {"name": "node", "type": "query", "query": 'label_values(node_uname_info{job="node"}, nodename)'},
        {
            "name": "ip",
            "type": "query",
            "query": 'label_values(probe_success{job="x"}, instance)',
            "regex": "([0-9.]+)",
        },
        {"name": "metric", "type": "query", "query": 'label_values({__name__=~".*(?:shop_.*).*"}, __name__)'},
        {"name": "count", "type": "text"},
        {"name": "saved", "type": "list", "values": ["job", "host"], "current": ["job"], "multi": True},
        {"name": "lookahead", "type": "query", "query": "label_values(up, job)"},
        {"name": "needs", "type": "text"},
        {"name": "left", "type": "text"},
        {"name": "right", "type": "query", "query": 'label_values(up{x="$left"}, job)'},
        {"name": "feature", "type": "list", "values": ["on", "off"], "current": "off"},
    ]
    numbers = (1, 4, 5, 6, 8, 9, 10, 11, 12, 14, 16, 17)
    told = [field.rpartition(".")[0] for field in fields_of(imported)]
    assert sorted(set(told)) == sorted(f"templating.list[{number}]" for number in numbers)


def test_label_values_of_all_versions() -> None:
    for query in (
        "label_values(up, job)",
        {"query": "label_values(up, job)", "refId": "A"},
        {"qryType": 1, "query": "label_values(up, job)"},
    ):
        assert import_one(type="query", query=query) == (
            {"name": "v", "type": "query", "query": "label_values(up, job)"},
            [],
        )
    assert import_one(type="query", definition="label_values(job)")[0] is not None


@pytest.mark.parametrize(("sort", "wanted"), [(0, "none"), (2, "desc"), (3, "numericAsc"), (7, "numericAsc")])
def test_sort(sort: int, wanted: str) -> None:
    found, _ = import_one(type="query", query="label_values(job)", sort=sort)
    assert found is not None
    assert found["sort"] == wanted


def test_what_of_a_variable_is_bad_is_left_out_and_the_rest_kept() -> None:
    found, told = import_one(
        type="query",
        query="label_values(job)",
        allValue="(",
        regex="(?<=x)",
        includeAll=True,
        sort=99,
        hide=3,
    )
    assert found == {"name": "v", "type": "query", "query": "label_values(job)", "includeAll": True}
    assert sorted(told) == ["templating.list[0].allValue", "templating.list[0].regex"]


def test_all_and_several_are_kept_where_they_may_be_chosen() -> None:
    found, _ = import_one(type="custom", query="a,b", includeAll=True, current={"value": ["$__all"]})
    assert found is not None
    assert found["current"] == "$__all"
    found, _ = import_one(type="custom", query="a,b", current={"value": ["a", "b"]})
    assert found is not None
    assert found["current"] == "a"


def test_flags_of_a_regex_are_kept() -> None:
    found, _ = import_one(type="query", query="label_values(job)", regex="/^eu/i")
    assert found is not None
    assert found["regex"] == "(?i)^eu"


def test_json_of_a_custom_variable() -> None:
    query = '[{"text": "One", "value": "1"}, {"value": "2"}, 3]'
    assert import_one(type="custom", valuesFormat="json", query=query) == (
        {"name": "v", "type": "list", "values": ["1", "2"]},
        ["templating.list[0].query"],
    )
    assert import_one(type="custom", valuesFormat="json", query="[" * 5000)[0] == {
        "name": "v",
        "type": "text",
    }


@pytest.mark.parametrize("kind", ["datasource", "adhoc", "groupby"])
def test_types_without_a_likeness_are_left_out(kind: str) -> None:
    found, told = import_one(type=kind, query="prometheus")
    assert found is None
    # There is one source of data, so that nothing is lost with a choice of it.
    assert bool(told) == (kind != "datasource")


def test_long_questions_cost_no_time() -> None:
    for query, regex in (("a" * 1_000_000, ""), ("up", "a" * 1_000_000), ("up{" * 1000, 'x="(a)')):
        assert import_one(type="query", query=query, regex=regex)[0] == {"name": "v", "type": "text"}
    assert import_one(type="interval", query="9" * 100_000)[0] == {"name": "v", "type": "text"}


def test_more_than_100_are_told() -> None:
    listed = [{"name": f"v{index}", "type": "textbox"} for index in range(120)]
    imported = import_grafana({"title": "D", "panels": [], "templating": {"list": listed}})
    assert len(imported.dashboard.variables or ()) == 100
    assert "templating.list[100]" in fields_of(imported)
