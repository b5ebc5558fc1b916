"""Dashboards of Grafana that were written for the tests of the import, one for each age or subject."""

import json
from pathlib import Path
from typing import Any

from metricbox.web.grafana.importer import ImportedDashboard, import_grafana
from metricbox.web.schemas import PanelCreate, PanelQuery

FOLDER = Path(__file__).parents[1] / "web" / "grafana" / "dashboards"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return document


def import_file(name: str) -> ImportedDashboard:
    return import_grafana(load(name))


def import_panel(**panel: Any) -> tuple[PanelCreate, list[tuple[str, str]]]:
    """The one panel of a dashboard, and field and message of what was left out."""
    whole = {"type": "timeseries", "title": "P", "targets": [{"expr": "up"}], **panel}
    imported = import_grafana({"schemaVersion": 40, "title": "D", "panels": [whole]})
    assert imported.dashboard.panels is not None
    (made,) = imported.dashboard.panels
    return made, [(fault.field, fault.message) for fault in imported.report]


def panels_of(imported: ImportedDashboard) -> dict[str, PanelCreate]:
    return {panel.title: panel for panel in imported.dashboard.panels or ()}


def queries_of(panel: PanelCreate) -> list[tuple[str, str | None]]:
    if panel.query is None:
        return []
    assert isinstance(panel.query, list)
    return [(query.query, query.legend) for query in panel.query if isinstance(query, PanelQuery)]


def options_of(panel: PanelCreate) -> dict[str, Any]:
    return panel.options.model_dump(by_alias=True, exclude_none=True)


def fields_of(imported: ImportedDashboard, panel: str | None = None) -> list[str]:
    """Where something of this panel was left out."""
    return [fault.field for fault in imported.report if fault.panel == panel]
