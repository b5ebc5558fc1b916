"""Targets become queries that can be run."""

import pytest

from metricbox.web.grafana.queries import MAX_FAULTY, MAX_QUERIES, Checker, Sources
from metricbox.web.schemas import PanelQuery
from metricbox.web.variable_schemas import Variable
from tests.support.grafana import fields_of, import_file, import_panel, panels_of, queries_of


def queries(*targets: object, **panel: object) -> list[tuple[str, str | None]]:
    return queries_of(import_panel(targets=list(targets), **panel)[0])


def test_macros_and_variables_stay_in_the_text() -> None:
    panel = panels_of(import_file("v42-timeseries"))["Requests of $region"]
    assert queries_of(panel) == [
        ('sum by (code) (rate(shop_requests_total{region=~"$region"}[$__rate_interval]))', "{{code}}"),
        ('sum(increase(shop_errors_total{host=~"${host:regex}"}[$__range]))', None),
        ("shop_secret", None),
    ]
    assert queries({"expr": " rate(x[$__auto_interval_w]) + rate(x[${__auto_interval}]) "}) == [
        ("rate(x[$__interval]) + rate(x[$__interval])", None)
    ]


def test_legends_are_templates_of_ours() -> None:
    assert queries(
        {"expr": "a", "legendFormat": "{{ __name__ }} {{host}} $x"}, {"expr": "b", "legendFormat": "__auto"}
    ) == [("a", "{{name}} {{host}} $x"), ("b", None)]


def test_hidden_targets_stay_hidden_and_empty_ones_are_left_out() -> None:
    panel, told = import_panel(
        targets=[{"expr": "a", "hide": True}, {"expr": " "}, {"refId": "B"}, {"expr": "b"}]
    )
    assert queries_of(panel) == [("a", None), ("b", None)]
    assert isinstance(panel.query, list)
    assert [query.is_hidden for query in panel.query if isinstance(query, PanelQuery)] == [True, None]
    assert told == []


def test_what_is_no_promql_is_told_by_its_kind() -> None:
    imported = import_file("v39-sources")
    panels = panels_of(imported)
    assert {title: queries_of(panel)[0][0] for title, panel in panels.items()} == {
        "From the library": "shared_metric",
        "Mixed": "up",
        "Data of another": "up",
        "Broken queries": "good",
    }
    assert fields_of(imported, "Logs by input")[0] == "spec.panels[1].targets[0]"
    assert fields_of(imported, "Broken queries") == [
        f"spec.panels[7].targets[{field}" for field in ("0].expr", "2].expr", "3]", "4].expr")
    ]
    messages = [fault.message for fault in imported.report]
    assert "is no PromQL, but a query for loki" in messages
    assert "is no PromQL, but a query for mysql" in messages
    assert any("unclosed '('" in message for message in messages)


def test_negative_y_is_a_minus_where_the_legend_says_which() -> None:
    imported = import_file("v42-timeseries")
    assert queries_of(panels_of(imported)["In and out"])[1] == (
        "-(rate(net_sent_bytes_total[5m]))",
        "Sent {{device}}",
    )
    override = {
        "matcher": {"id": "byRegexp", "options": "/eth1/"},
        "properties": [{"id": "custom.transform", "value": "negative-Y"}],
    }
    _, told = import_panel(fieldConfig={"overrides": [override]})
    assert [field for field, _ in told] == ["panels[0].fieldConfig.overrides[0]"]


def test_more_queries_than_a_panel_may_have_are_told() -> None:
    panel, told = import_panel(targets=[{"expr": f"m{index}"} for index in range(40)])
    assert len(queries_of(panel)) == MAX_QUERIES
    assert [field for field, _ in told] == [f"panels[0].targets[{MAX_QUERIES}]"]
    _, told = import_panel(targets=[{"expr": "a"}, {"expr": "b" * 20_001}])
    assert told == [("panels[0].targets[1].expr", "must have at most 20000 characters")]


@pytest.mark.parametrize(
    ("datasource", "kind"),
    [
        (None, ""),
        ({"type": "prometheus", "uid": "x"}, "prometheus"),
        ({"uid": "${DS}"}, "loki"),
        ("$ds", "prometheus"),
        ("[[ds]]", "prometheus"),
        ("-- Mixed --", "mixed"),
        ({"type": "datasource", "uid": "grafana"}, "grafana"),
        ({"type": "$kind", "uid": 7}, ""),
        (["x"], ""),
        ("My Prometheus", ""),
    ],
)
def test_the_kind_of_a_source_comes_from_inputs_and_variables(datasource: object, kind: str) -> None:
    sources = Sources(
        [{"name": "DS", "type": "datasource", "pluginId": "loki"}],
        [{"name": "ds", "type": "datasource", "query": "prometheus"}],
    )
    assert sources.kind(datasource) == kind
    assert sources.is_promql(datasource) == (kind in {"", "prometheus", "mixed"})


def test_a_query_is_checked_with_values_that_fit_where_they_stand() -> None:
    checker = Checker([Variable(name="v", type="text"), Variable(name="n", type="list", values=["5"])])
    assert checker.fault('rate(x{a="$v"}[$v') is not None
    for query in (
        'up{a="$v"}',
        "rate(x[$v])",
        "x > $v",
        "topk($n, x)",
        "rate(x[$__rate_interval]) * $__range_s",
    ):
        assert checker.fault(query) is None, query


def test_the_work_for_queries_that_cannot_be_run_is_bounded() -> None:
    checker = Checker([])
    for index in range(MAX_FAULTY):
        assert "parse error" in (checker.fault(f"sum({index}") or "")
    assert "too many" in (checker.fault("up") or "")
