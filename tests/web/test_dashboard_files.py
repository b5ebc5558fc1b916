"""Dashboards as files: what comes back, and what is told of what does not."""

from typing import Any

import pytest

from metricbox.errors import ValidationError
from metricbox.store.appdb.panels import NewPanel, Position
from metricbox.store.appdb.records import DashboardRecord, PanelRecord
from metricbox.web.dashboard_files import make_file, read_file
from metricbox.web.schemas import DashboardFile

PANEL = {"title": "CPU", "type": "line", "query": "cpu", "options": {}}


def file_of(**content: Any) -> dict[str, Any]:
    return {
        "format": "metricbox.dashboard",
        "formatVersion": 1,
        "dashboard": {"name": "Web", "panels": [PANEL], **content},
    }


def report_of(value: dict[str, Any]) -> list[tuple[str | None, str, str]]:
    return [tuple(fault) for fault in read_file(value, "me").report]


def _record() -> DashboardRecord:
    panel = PanelRecord(
        id="p",
        dashboard_id="d",
        title="CPU",
        type="area",
        query=[{"query": "cpu", "groupBy": ["host"]}],
        options={"unit": "ratio", "thresholds": [{"value": 0.8}]},
        x=3,
        y=2,
        w=6,
        h=4,
    )
    return DashboardRecord(
        id="d",
        name="Web",
        description="8 hosts",
        owner_id="owner",
        is_public=True,
        variables=[{"name": "host", "type": "text"}],
        refresh_interval="10s",
        time_from="now-6h",
        time_to="now",
        version=7,
        created_ms=0,
        updated_ms=0,
        panels=[panel],
    )


def test_what_was_exported_comes_back_but_for_owner_visibility_and_ids() -> None:
    file = make_file(_record())
    DashboardFile.model_validate(file)
    assert not {"owner", "p", "d"} & set(str(file).split("'"))
    for value in (file, {"data": file}, {"data": file, "meta": {}}):
        dashboard, report = read_file(value, "me")
        assert report == []
        assert dashboard == (
            "Web",
            "me",
            "8 hosts",
            False,
            [{"name": "host", "type": "text"}],
            "10s",
            "now-6h",
            "now",
            [
                NewPanel(
                    "CPU",
                    "area",
                    [{"query": "cpu", "groupBy": ["host"]}],
                    {"unit": "ratio", "thresholds": [{"value": 0.8}]},
                    Position(3, 2, 6, 4),
                )
            ],
        )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"format": "other"}, "format"),
        ({"format": None}, "format"),
        ({"formatVersion": "1"}, "formatVersion"),
        ({"formatVersion": True}, "formatVersion"),
        ({"formatVersion": 0}, "formatVersion"),
        ({"dashboard": []}, "dashboard"),
        ({"dashboard": {"panels": []}}, "dashboard.name"),
        ({"dashboard": {"name": " "}}, "dashboard.name"),
        ({"dashboard": {"name": "x", "panels": {}}}, "dashboard.panels"),
        ({"dashboard": {"name": "x", "panels": [PANEL] * 201}}, "dashboard.panels"),
    ],
)
def test_what_is_no_file_of_ours_is_refused_by_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read_file({**file_of(), **changes}, "me")
    assert caught.value.details[0].field == field


def test_owner_visibility_and_ids_of_a_file_are_told_and_not_taken() -> None:
    value = file_of(ownerId="somebody", isPublic=True, id="d", version=9)
    dashboard, report = read_file(value, "me")
    assert (dashboard.owner_id, dashboard.is_public) == ("me", False)
    assert {(fault.panel, fault.field) for fault in report} == {
        (None, f"dashboard.{name}") for name in ("ownerId", "isPublic", "id", "version")
    }


def test_what_a_newer_metricbox_wrote_is_taken_as_far_as_it_is_understood() -> None:
    glowing = {**PANEL, "title": "Glow", "glow": 1, "options": {"min": 0, "shine": {"a": 1}}}
    queries = [{"query": "cpu", "hide": True}]
    value = {**file_of(panels=[glowing, {**PANEL, "query": queries}]), "formatVersion": 2, "more": 1}
    dashboard, _ = read_file(value, "me")
    assert [(panel.title, panel.options, panel.query) for panel in dashboard.panels] == [
        ("Glow", {"min": 0}, "cpu"),
        ("CPU", {}, [{"query": "cpu"}]),
    ]
    assert report_of(value) == [
        (None, "more", "is not known to this metricbox"),
        (None, "formatVersion", "is 2, of a newer metricbox; this one knows 1"),
        ("Glow", "dashboard.panels[0].options.shine", "is not a known field"),
        ("Glow", "dashboard.panels[0].glow", "is not a known field"),
        ("CPU", "dashboard.panels[1].query[0].hide", "is not a known field"),
    ]
    assert glowing["glow"] == 1, "what was given is not changed"


def test_panels_that_cannot_be_shown_are_left_out_and_told() -> None:
    pie = {**PANEL, "title": "Pie", "type": "pie", "extra": 1}
    value = file_of(panels=[pie, PANEL, 7, {"type": "line"}])
    dashboard, report = read_file(value, "me")
    assert [panel.title for panel in dashboard.panels] == ["CPU"]
    assert [(fault.panel, fault.field) for fault in report] == [
        ("Pie", "dashboard.panels[0].type"),
        ("Pie", "dashboard.panels[0].extra"),
        ("", "dashboard.panels[2]"),
        ("", "dashboard.panels[3].query"),
    ]


def test_settings_that_are_not_understood_are_as_usual_and_told() -> None:
    value = file_of(refreshInterval="often", timeRange={"from": "now-6h"}, variables=[1], description="d")
    dashboard, report = read_file(value, "me")
    assert (dashboard.refresh_interval, dashboard.time_from, dashboard.variables) == ("30s", "now-1h", [])
    assert dashboard.description == "d"
    assert {fault.field for fault in report} == {
        "dashboard.refreshInterval",
        "dashboard.timeRange.to",
        "dashboard.variables[0]",
    }


def test_variables_that_do_not_go_together_are_left_out_and_told() -> None:
    twins = [{"name": "host", "type": "text"}, {"name": "host", "type": "text"}]
    dashboard, report = read_file(file_of(variables=twins), "me")
    assert dashboard.variables == []
    assert [fault.field.partition("[")[0] for fault in report] == ["dashboard.variables"]
