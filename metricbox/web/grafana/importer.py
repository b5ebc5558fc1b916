"""From a dashboard of Grafana to a new dashboard and a report of what was left out. Pure; large ones take a second.

The document may be bare, under `dashboard` as the API and older exports have it, or under `spec`. What Grafana 12 calls
V2 (elements and layout in place of panels) is refused in words.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from metricbox.errors import ValidationError
from metricbox.store.appdb.panels import MAX_PANELS
from metricbox.web.body import check_model
from metricbox.web.dashboard_files import FORMAT, Fault, ReadFile
from metricbox.web.dashboard_requests import new_dashboard
from metricbox.web.fields import MAX_NAME_CHARS
from metricbox.web.grafana.layout import FoundPanel, Sized, collect_panels, place_panels
from metricbox.web.grafana.panels import PanelReader
from metricbox.web.grafana.queries import Checker, Sources
from metricbox.web.grafana.reading import Place, Report, number, record, records, shown, text
from metricbox.web.grafana.variables import read_variables
from metricbox.web.schemas import DashboardCreate, PanelCreate, TimeRange
from metricbox.web.schemas import Position as PositionModel

MAX_DESCRIPTION_CHARS = 4_000
USUAL_NAME = "Dashboard of Grafana"

_MARKS = frozenset({"schemaVersion", "__inputs", "__requires", "gnetId", "templating", "rows"})
_GROUP = "dashboard.grafana.app/"
_V2_MESSAGE = (
    "This is a dashboard in Grafana's V2 layout (elements instead of panels), which cannot be imported. "
    "Export it from Grafana as Classic."
)


class ImportedDashboard(NamedTuple):
    dashboard: DashboardCreate
    """Private until its owner says otherwise."""
    report: list[Fault]


class _Found(NamedTuple):
    """The dashboard within a document."""

    model: dict[str, Any]
    path: str
    inputs: list[dict[str, Any]]


def is_grafana(value: Mapping[str, Any]) -> bool:
    """Whether it looks like a dashboard of Grafana, and not like a file of metricbox."""
    if value.get("format") == FORMAT or record(value.get("data")).get("format") == FORMAT:
        return False
    if text(value.get("apiVersion")).startswith(_GROUP):
        return True
    return any(_is_model(one) for one in (value, record(value.get("dashboard")), record(value.get("spec"))))


def _is_model(value: Mapping[str, Any]) -> bool:
    is_titled = "title" in value and "panels" in value
    return is_titled or not _MARKS.isdisjoint(value) or {"elements", "layout"} <= set(value)


def read_grafana(value: Mapping[str, Any], owner_id: str) -> ReadFile:
    """What `read_file` is for metricbox's own. Raises ValidationError."""
    imported = import_grafana(value)
    return ReadFile(new_dashboard(imported.dashboard, owner_id), imported.report)


def import_grafana(document: Mapping[str, Any]) -> ImportedDashboard:
    """Raises ValidationError for a document that holds no dashboard at all."""
    found = _find(document)
    model = found.model
    report = Report()
    place = Place(report, found.path)
    if "panels" not in model and "rows" not in model:
        raise ValidationError.for_field(place.join("panels"), "is required; this holds no dashboard")
    for name in ("panels", "rows"):
        if name in model and not isinstance(model[name], list | None):
            raise ValidationError.for_field(place.join(name), "must be a list")
    constants = {
        text(one.get("name")): text(one.get("value")) for one in found.inputs if one.get("type") == "constant"
    }
    listed = record(model.get("templating")).get("list")
    templating = listed if isinstance(listed, list) else []
    variables = read_variables(templating, constants, place.at("templating"))
    sources = Sources(found.inputs, records(templating))
    names = frozenset(variable.name for variable in variables)
    library = _read_library(document, model)
    panels = _read_panels(model, sources, Checker(variables), library, names, place)
    dashboard = DashboardCreate(
        name=_read_name(model, place),
        description=text(model.get("description")).strip()[:MAX_DESCRIPTION_CHARS] or None,
        variables=variables,
        panels=panels,
    )
    dashboard.time_range, dashboard.refresh_interval = _read_times(model, place)
    _tell_rest(model, place)
    return ImportedDashboard(dashboard, report.make())


def _find(document: Mapping[str, Any]) -> _Found:
    model, path = dict(document), ""
    for name in ("dashboard", "spec"):
        inner = model.get(name)
        # A bare one may have a field of this name as well.
        if isinstance(inner, dict) and not (path == "" and "panels" in model):
            model, path = inner, f"{path}.{name}" if path else name
    if {"elements", "layout"} <= set(model) and "panels" not in model:
        raise ValidationError(_V2_MESSAGE)
    inputs = records(model.get("__inputs")) or records(document.get("__inputs"))
    # What the caller of Grafana's own import sends counts more than what the file holds.
    return _Found(model, path, [*inputs, *records(document.get("inputs"))])


def _read_library(document: Mapping[str, Any], model: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Uid -> panel; a list in Grafana 9.1, an object since."""
    elements = model.get("__elements", document.get("__elements"))
    if isinstance(elements, dict):
        return {uid: record(record(one).get("model")) for uid, one in elements.items()}
    return {text(one.get("uid")): record(one.get("model")) for one in records(elements)}


# ---- panels


def _read_panels(
    model: dict[str, Any],
    sources: Sources,
    checker: Checker,
    library: Mapping[str, dict[str, Any]],
    variable_names: frozenset[str],
    place: Place,
) -> list[PanelCreate]:
    found = collect_panels(model, place)
    by_id = {
        panel_id: one.content for one in found if (panel_id := number(one.content.get("id"))) is not None
    }
    reader = PanelReader(sources, checker, library, by_id, variable_names)
    panels: list[PanelCreate] = []
    sizes: list[Sized] = []
    for index, one in enumerate(found):
        if len(panels) == MAX_PANELS:
            rest = len(found) - index
            place.tell("panels", f"a dashboard has at most {MAX_PANELS}; the last {rest} were not looked at")
            break
        if _is_copy(one, by_id):
            continue
        read = reader.read(one.content, place.report, one.path)
        if read is not None:
            panels.append(read.panel)
            sizes.append(Sized(one.section, one.box, read.min_w, read.min_h))
    if not found:
        place.tell("panels", "there are none")
    for panel, position in zip(panels, place_panels(sizes), strict=True):
        panel.position = PositionModel(**position._asdict())
    return panels


def _is_copy(panel: FoundPanel, by_id: Mapping[float, Mapping[str, Any]]) -> bool:
    """Older versions saved what a repetition had made, each with the panel that it was made of."""
    original = number(panel.content.get("repeatPanelId"))
    other = by_id.get(original) if original is not None else None
    return other is not None and other is not panel.content and number(other.get("repeatPanelId")) is None


# ---- the dashboard itself


def _read_name(model: Mapping[str, Any], place: Place) -> str:
    name = text(model.get("title")).strip()
    if not name:
        place.tell("title", f'is missing; it is called "{USUAL_NAME}"')
    elif len(name) > MAX_NAME_CHARS:
        place.tell("title", f"must have at most {MAX_NAME_CHARS} characters; it is cut")
    return name[:MAX_NAME_CHARS].strip() or USUAL_NAME


def _read_times(model: Mapping[str, Any], place: Place) -> tuple[TimeRange | None, str | None]:
    """Time range and refresh interval; None, which a new dashboard has its own for, when they are not understood."""
    span = None
    if model.get("time") is not None:
        written = record(model["time"])
        try:
            span = check_model({"from": written.get("from"), "to": written.get("to")}, TimeRange)
        except ValidationError as error:
            detail = error.details[0]
            place.tell(f"time.{detail.field}", f"{detail.message}; the last hour is shown")
    refresh = model.get("refresh")
    if refresh is False:
        return span, ""
    try:
        checked = check_model({"name": USUAL_NAME, "refreshInterval": refresh}, DashboardCreate)
    except ValidationError as error:
        place.tell("refresh", error.details[0].message)
        return span, None
    return span, checked.refresh_interval


def _tell_rest(model: Mapping[str, Any], place: Place) -> None:
    if text(model.get("timezone")) not in {"", "browser"}:
        place.tell("timezone", "each reader chooses a time zone here")
    if len(text(model.get("description")).strip()) > MAX_DESCRIPTION_CHARS:
        place.tell("description", f"must have at most {MAX_DESCRIPTION_CHARS} characters; it is cut")
    for index, link in enumerate(records(model.get("links"))):
        place.tell(f"links[{index}]", f"links do not exist here: {shown(text(link.get('title')))}")
    for index, one in enumerate(records(record(model.get("annotations")).get("list"))):
        if one.get("builtIn") != 1:
            name = shown(text(one.get("name")))
            place.tell(f"annotations.list[{index}]", f"annotations do not exist here: {name}")
    if model.get("tags"):
        place.tell("tags", "dashboards have no tags here")
