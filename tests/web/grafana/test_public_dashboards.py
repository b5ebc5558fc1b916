"""Public dashboards, where GRAFANA_DASHBOARDS (or ../shared/cases/dashboards beside the project) holds them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from metricbox.web.grafana.importer import import_grafana
from tests.architecture.files import ROOT
from tests.web.grafana.test_importer import check

FOLDER = Path(os.environ.get("GRAFANA_DASHBOARDS", ROOT.parent / "shared" / "cases" / "dashboards"))
FILES = sorted(FOLDER.glob("*.json"))

pytestmark = pytest.mark.skipif(not FILES, reason="no public dashboards beside the project")


def count_panels(model: dict[str, Any]) -> int:
    """All but rows."""
    listed = [
        *model.get("panels", ()),
        *(one for row in model.get("rows", ()) for one in row.get("panels", ())),
    ]
    inner = [panel for one in listed for panel in one.get("panels", ())]
    return sum(panel.get("type") != "row" for panel in [*listed, *inner])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_at_least_95_of_100_panels_of_a_public_dashboard_are_taken_over(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    imported = import_grafana(document)
    check(imported)
    taken = [panel for panel in imported.dashboard.panels or () if panel.type != "row"]
    assert len(taken) >= 0.95 * count_panels(document.get("dashboard", document))
