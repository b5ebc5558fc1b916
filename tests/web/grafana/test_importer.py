"""Whole dashboards: sound, old, broken and hostile ones."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metricbox.errors import ValidationError
from metricbox.query.promql.parse import parse
from metricbox.query.variables import Choice, expand_query, make_builtins
from metricbox.store.appdb.panels import MAX_PANELS
from metricbox.web.grafana.importer import ImportedDashboard, import_grafana, is_grafana, read_grafana
from metricbox.web.schemas import DashboardCreate
from tests.support.grafana import NAMES, fields_of, import_file, load, panels_of, queries_of

MANY = [{"type": "stat", "title": f"P{index}", "targets": [{"expr": "up"}]} for index in range(5_000)]


@pytest.mark.parametrize("name", NAMES)
def test_every_dashboard_is_known_and_imported(name: str) -> None:
    document = load(name)
    before = copy.deepcopy(document)
    assert is_grafana(document)
    imported = import_grafana(document)
    check(imported)
    assert imported.dashboard.panels
    assert document == before
    new = read_grafana(document, "me")
    assert (new.dashboard.owner_id, new.dashboard.is_public) == ("me", False)
    assert new.report == imported.report


def check(imported: ImportedDashboard) -> None:
    """What came out is what the contract takes, places are good, and queries can be run."""
    wish = imported.dashboard.model_dump(by_alias=True)
    DashboardCreate.model_validate(wish)
    taken: set[tuple[int, int]] = set()
    for panel in imported.dashboard.panels or ():
        assert panel.position is not None
        x, y, w, h = panel.position.model_dump().values()
        cells = {(column, row) for column in range(x, x + w) for row in range(y, y + h)}
        assert not cells & taken
        taken |= cells
        for query, _ in queries_of(panel):
            assert any(can_run(query, sample) for sample in ("x", "5m", "1", "5")), query
    for fault in imported.report:
        assert fault.message


def can_run(query: str, sample: str) -> bool:
    class Scope:
        def find(self, name: str) -> Choice | None:
            builtins = make_builtins(0, 3_600_000, 15_000)
            # Variables of the test files that stand where only some values may.
            known = {"n": "5", "window": "5m", "prefix": "shop"}
            return builtins.get(name) or Choice((known.get(name, sample),))

    try:
        parse(expand_query(query, Scope()))
    except ValidationError:
        return False
    return True


def test_name_description_times_and_what_is_left_out() -> None:
    imported = import_file("v42-timeseries")
    dashboard = imported.dashboard
    assert (dashboard.name, dashboard.description) == ("Shop front", "Requests of the shop")
    assert dashboard.refresh_interval == "10s"
    assert dashboard.time_range is not None
    assert (dashboard.time_range.from_, dashboard.time_range.to) == ("now-3h", "now")
    assert fields_of(imported) == [
        "timezone",
        "links[0]",
        "annotations.list[1]",
        "tags",
    ]
    assert import_file("v16-rows").dashboard.refresh_interval == ""


def test_paths_begin_where_the_file_begins() -> None:
    assert fields_of(import_file("v16-rows"), "Up") == ["dashboard.rows[0].panels[1].prefix"]
    assert fields_of(import_file("v39-sources"), "Elsewhere") == ["spec.panels[6].libraryPanel"]


def test_copies_that_a_repetition_made_are_left_out_and_circles_are_none() -> None:
    imported = import_file("v27-repeats")
    titles = [panel.title for panel in imported.dashboard.panels or ()]
    assert titles == ["Of $host", "Circle 3", "Circle 4", "Of itself"]
    options = {panel.title: panel.options.repeat for panel in imported.dashboard.panels or ()}
    assert (options["Of $host"], options["Of itself"]) == ("host", "loop")


def test_hostile_texts_stay_texts_and_bad_values_are_told() -> None:
    imported = import_file("v41-hostile")
    assert imported.dashboard.name.startswith("<script>alert(1)</script>")
    assert "<img src=x onerror=alert(1)>" in panels_of(imported)
    assert {"time.from", "refresh"} <= set(fields_of(imported))
    assert "panels[1].targets" in fields_of(imported, "")


def test_of_5000_panels_200_are_taken_and_the_rest_is_told() -> None:
    imported = import_grafana({"schemaVersion": 40, "title": "Many", "panels": MANY})
    assert len(imported.dashboard.panels or ()) == MAX_PANELS
    assert [fault[1:] for fault in imported.report] == [
        ("panels", "a dashboard has at most 200; the last 4800 were not looked at")
    ]
    check(imported)


def test_nesting_is_no_trouble() -> None:
    deep: Any = {"type": "row", "panels": []}
    for _ in range(5_000):
        deep = {"type": "row", "panels": [deep], "gridPos": {"x": 0, "y": 0}}
    imported = import_grafana({"title": "Deep", "panels": [deep], "rows": [deep]})
    assert [(panel.type, panel.title) for panel in imported.dashboard.panels or ()] == [("row", "")] * 2


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"title": "x", "schemaVersion": 39}, "panels"),
        ({"title": "x", "panels": {}}, "panels"),
        ({"dashboard": {"title": "x", "panels": 7}}, "dashboard.panels"),
        ({"title": "x", "rows": "r"}, "rows"),
    ],
)
def test_what_holds_no_dashboard_is_refused_by_the_field(document: dict[str, Any], field: str) -> None:
    assert is_grafana(document)
    with pytest.raises(ValidationError) as caught:
        import_grafana(document)
    assert caught.value.details[0].field == field


def test_the_v2_layout_is_refused_in_words() -> None:
    spec = {"title": "x", "elements": {}, "layout": {"kind": "GridLayout"}}
    for document in (spec, {"apiVersion": "dashboard.grafana.app/v2beta1", "spec": spec}):
        assert is_grafana(document)
        with pytest.raises(ValidationError, match="Export it from Grafana as Classic"):
            import_grafana(document)


def test_files_of_metricbox_are_none_of_grafana() -> None:
    file = {"format": "metricbox.dashboard", "dashboard": {"title": "x", "panels": []}}
    for value in (file, {"data": file}, {"dashboard": {"name": "x", "panels": []}}, {}, {"name": "x"}):
        assert not is_grafana(value)


# ---- anything may be anything

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        [
            "$x",
            "${x:csv}",
            "[[x]]",
            "up{",
            "$__all",
            "label_values(",
            "/(/",
            "-- Dashboard --",
            "row",
            "graph",
        ]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["type", "value", "mode", "id", "x"]), st.integers(), max_size=2),
)


def list_places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    places = [way] if way else []
    for key, child in children:
        places += list_places(child, (*way, key))
    return places


def change(document: Any, way: tuple[Any, ...], junk: Any, *, is_removal: bool) -> None:
    holder = document
    for key in way[:-1]:
        try:
            holder = holder[key]
        except (TypeError, KeyError, IndexError):
            return
    if not isinstance(holder, dict | list):
        return
    try:
        if is_removal:
            del holder[way[-1]]
        else:
            holder[way[-1]] = junk
    except (TypeError, KeyError, IndexError):
        return


PLACES = {name: list_places(load(name)) for name in NAMES}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_document_with_anything_anywhere_is_imported_or_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    document = load(name)
    for _ in range(data.draw(st.integers(1, 6))):
        way = data.draw(st.sampled_from(PLACES[name]))
        change(document, way, data.draw(JUNK), is_removal=data.draw(st.booleans()))
    try:
        imported = import_grafana(document)
    except ValidationError:
        return
    DashboardCreate.model_validate(imported.dashboard.model_dump(by_alias=True))
    read_grafana(document, "me")
