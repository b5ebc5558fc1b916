"""Dashboards as files: what an export holds, and how much of a file can be taken over. Pure.

A file holds no owner, no visibility and no ids: an imported dashboard is private, belongs to whom imported it, and
stands beside the one it was made of. What a newer metricbox wrote is taken as far as it is understood; what is not is
reported, never dropped in silence.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel

from metricbox.errors import ErrorDetail, ValidationError
from metricbox.store.appdb.dashboards import NewDashboard
from metricbox.store.appdb.panels import MAX_PANELS
from metricbox.store.appdb.records import DashboardRecord
from metricbox.web.body import UNKNOWN_FIELD, check_model
from metricbox.web.dashboard_requests import new_dashboard
from metricbox.web.schemas import DashboardCreate, PanelCreate

FORMAT = "metricbox.dashboard"
FORMAT_VERSION = 1

_FIELDS = ("name", "description", "refreshInterval", "timeRange", "variables", "panels")
_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")

Model = TypeVar("Model", bound=BaseModel)


class Fault(NamedTuple):
    """What was not taken over."""

    panel: str | None
    """Title; None when it is the dashboard itself."""
    field: str
    message: str


class ReadFile(NamedTuple):
    dashboard: NewDashboard
    report: list[Fault]


def make_file(dashboard: DashboardRecord) -> dict[str, Any]:
    """The file of a dashboard."""
    return {
        "format": FORMAT,
        "formatVersion": FORMAT_VERSION,
        "dashboard": {
            "name": dashboard.name,
            "description": dashboard.description,
            "refreshInterval": dashboard.refresh_interval,
            "timeRange": {"from": dashboard.time_from, "to": dashboard.time_to},
            "variables": dashboard.variables,
            "panels": [
                {
                    "title": panel.title,
                    "type": panel.type,
                    "query": panel.query,
                    "options": panel.options,
                    "position": {"x": panel.x, "y": panel.y, "w": panel.w, "h": panel.h},
                }
                for panel in dashboard.panels
            ],
        },
    }


def read_file(value: Mapping[str, Any], owner_id: str) -> ReadFile:
    """The dashboard of a file, alone or as the answer of an export. Raises ValidationError when it is none."""
    data = value.get("data")
    file = data if isinstance(data, dict) and "format" not in value else value
    version = _check_format(file)
    content = file.get("dashboard")
    if not isinstance(content, dict):
        raise ValidationError.for_field("dashboard", "must be an object")
    report = [
        Fault(None, name, "is not known to this metricbox")
        for name in file
        if name not in {"format", "formatVersion", "dashboard"}
    ]
    if version > FORMAT_VERSION:
        message = f"is {version}, of a newer metricbox; this one knows {FORMAT_VERSION}"
        report.append(Fault(None, "formatVersion", message))
    report += [
        Fault(None, f"dashboard.{name}", "is not known to this metricbox")
        for name in content
        if name not in _FIELDS
    ]
    panels = _read_panels(content.get("panels", []), report)
    wish = _read_fields(content, report)
    wish.panels = panels
    try:
        return ReadFile(new_dashboard(wish, owner_id), report)
    except ValidationError as error:
        # Each variable is sound, but they do not go together.
        report += [Fault(None, f"dashboard.{one.field}", one.message) for one in error.details]
        wish.variables = None
        return ReadFile(new_dashboard(wish, owner_id), report)


def _check_format(file: Mapping[str, Any]) -> int:
    if file.get("format") != FORMAT:
        raise ValidationError.for_field(
            "format",
            f"must be {FORMAT}: this is no file that a metricbox exported, nor a dashboard of Grafana",
        )
    version = file.get("formatVersion")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ValidationError.for_field("formatVersion", "must be a whole number from 1")
    return version


def _read_fields(content: Mapping[str, Any], report: list[Fault]) -> DashboardCreate:
    """All but the panels. Nothing stands in for a name; what else is bad is left as a new dashboard has it."""
    fields = {name: content[name] for name in _FIELDS if name in content and name != "panels"}
    try:
        return check_model(fields, DashboardCreate)
    except ValidationError as error:
        details = [ErrorDetail(f"dashboard.{one.field}", one.message) for one in error.details]
        if any(one.field == "name" for one in error.details):
            raise ValidationError(f"{details[0].field}: {details[0].message}", details) from error
        report += [Fault(None, one.field, one.message) for one in details]
        bad = {re.split(r"[.\[]", one.field)[0] for one in error.details}
    return check_model({name: value for name, value in fields.items() if name not in bad}, DashboardCreate)


def _read_panels(values: Any, report: list[Fault]) -> list[PanelCreate]:
    """Panels that can be shown; others are reported as a whole, and so are their fields that nobody knows."""
    if not isinstance(values, list):
        raise ValidationError.for_field("dashboard.panels", "must be a list")
    if len(values) > MAX_PANELS:
        raise ValidationError.for_field("dashboard.panels", f"must have at most {MAX_PANELS} entries")
    panels = []
    for index, value in enumerate(values):
        path = f"dashboard.panels[{index}]"
        if not isinstance(value, dict):
            report.append(Fault("", path, "must be an object"))
            continue
        title = value.get("title")
        panel, faults = _take(value, PanelCreate)
        report += [
            Fault(title if isinstance(title, str) else "", f"{path}.{fault.field}", fault.message)
            for fault in faults
        ]
        if panel is not None:
            panels.append(panel)
    return panels


def _take(value: dict[str, Any], model: type[Model]) -> tuple[Model | None, list[ErrorDetail]]:
    """The model without the fields that it does not know, and what was wrong; None when that is not enough."""
    try:
        return check_model(value, model), []
    except ValidationError as error:
        faults = list(error.details)
    known = _without(value, [fault.field for fault in faults if fault.message == UNKNOWN_FIELD])
    try:
        return check_model(known, model), faults
    except ValidationError:
        return None, faults


def _without(value: dict[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """A copy that lacks the fields at these paths, such as `options.glow` or `query[0].hide`."""
    copied: dict[str, Any] = _copy(value)
    for path in paths:
        *way, last = [int(index) if index else name for name, index in _PART.findall(path)]
        holder: Any = copied
        for part in way:
            holder = holder[part]
        holder.pop(last, None)
    return copied


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(item) for name, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
