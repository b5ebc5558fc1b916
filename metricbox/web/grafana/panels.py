"""One panel of Grafana as a panel: its type, queries and options. Pure.

timeseries graph                       line, area or bar
stat singlestat gauge bargauge         stat, gauge
table text row                         themselves
piechart                               stat, told
heatmap histogram state-timeline ...   line, told
news dashlist logs canvas ...          left out, told
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from metricbox.errors import ValidationError
from metricbox.store.appdb.panels import GRID_COLUMNS
from metricbox.web.body import check_model
from metricbox.web.grafana.options import (
    read_graph_options,
    read_modern_options,
    read_singlestat_options,
)
from metricbox.web.grafana.queries import Checker, Sources, find_negated, read_queries
from metricbox.web.grafana.reading import (
    Place,
    Report,
    number,
    record,
    records,
    shown,
    text,
    whole,
    words_of_html,
)
from metricbox.web.schemas import PanelCreate

MAX_TITLE_CHARS = 200
MAX_DESCRIPTION_CHARS = 4_000
MAX_CONTENT_CHARS = 20_000
MAX_LINKS = 20
# From here on a filled line is an area: Grafana's own examples use 10 % as a mere accent.
_AREA_PERCENT = 20
_OLD_AREA_FILL = 2

_CHARTS = {"timeseries", "graph", "trend"}
_FIGURES = {
    "stat": "stat",
    "singlestat": "stat",
    "grafana-singlestat-panel": "stat",
    "gauge": "gauge",
    "bargauge": "gauge",
}
_PIES = {"piechart", "grafana-piechart-panel"}
_TABLES = {"table", "table-old"}
_BARS = {"barchart"}
_OLD_FIGURES = {"singlestat", "grafana-singlestat-panel"}
# They show no numbers of a query.
_WITHOUT_DATA = {
    "news", "dashlist", "alertlist", "annolist", "logs", "nodeGraph", "traces", "canvas", "geomap", "welcome",
    "gettingstarted", "pluginlist", "flamegraph", "datagrid", "debug",
}  # fmt: skip


class ReadPanel(NamedTuple):
    panel: PanelCreate
    min_w: int
    min_h: int


class PanelReader:
    """Panels of one document."""

    def __init__(
        self,
        sources: Sources,
        checker: Checker,
        library: Mapping[str, Mapping[str, Any]],
        by_id: Mapping[float, Mapping[str, Any]],
        variable_names: frozenset[str],
    ) -> None:
        """`library`: models of library panels; `by_id`: all panels, for those that show the data of another."""
        self._variable_names = variable_names
        self._sources = sources
        self._checker = checker
        self._library = library
        self._by_id = by_id

    def read(self, content: Mapping[str, Any], report: Report, path: str) -> ReadPanel | None:
        """None, and told, when there is nothing to show."""
        title = text(content.get("title")) or text(record(content.get("libraryPanel")).get("name"))
        place = Place(report, path, title[:MAX_TITLE_CHARS])
        panel = self._resolve(content, place)
        if panel is None:
            return None
        title = title or text(panel.get("title"))
        place = place._replace(panel=title[:MAX_TITLE_CHARS])
        kind = text(panel.get("type"))
        if len(title) > MAX_TITLE_CHARS:
            place.tell("title", f"must have at most {MAX_TITLE_CHARS} characters; it is cut")
        wish: dict[str, Any] = {"title": title[:MAX_TITLE_CHARS]}
        if kind == "row":
            collapsed = {"isCollapsed": True} if panel.get("collapsed") is True else {}
            return _check(
                wish | {"type": "row", "options": collapsed | self._read_repeat(panel, place)}, place
            )
        if kind in _WITHOUT_DATA:
            place.tell("type", f"is {kind}, which shows no numbers of a query; the panel is left out")
            return None
        if kind == "text":
            options = _read_text(panel, place) | self._read_repeat(panel, place)
            return _check(wish | {"type": "text", "options": options}, place)
        queries = read_queries(
            self._with_data(panel, place), self._sources, self._checker, find_negated(panel), place
        )
        if not queries:
            place.tell("targets", "has no query that can be taken over; the panel is left out")
            return None
        panel_type = _choose_type(panel, kind, place)
        options = _read_options(panel, kind, panel_type, place)
        options |= _read_words(panel, place) | self._read_repeat(panel, place)
        _tell_rest(panel, place)
        return _check(wish | {"type": panel_type, "query": queries, "options": options}, place)

    def _read_repeat(self, panel: Mapping[str, Any], place: Place) -> dict[str, Any]:
        name = text(panel.get("repeat"))
        if not name:
            return {}
        if name not in self._variable_names:
            place.tell("repeat", f"names no variable that was taken over: {shown(name)}")
            return {}
        if text(panel.get("repeatDirection")) == "v":
            return {"repeat": name, "repeatPerRow": 1}
        per_row = whole(panel.get("maxPerRow"), 1, GRID_COLUMNS) if panel.get("type") != "row" else None
        return {"repeat": name} if per_row is None else {"repeat": name, "repeatPerRow": per_row}

    def _resolve(self, content: Mapping[str, Any], place: Place) -> Mapping[str, Any] | None:
        """The panel itself, or that of the library of which the document has a copy."""
        library = content.get("libraryPanel")
        if not isinstance(library, dict) or "targets" in content:
            return content
        model = self._library.get(text(library.get("uid"))) or record(library.get("model"))
        if not model:
            place.tell("libraryPanel", "is a panel of the library of a Grafana; export with its contents")
            return None
        return {**model, **{name: content[name] for name in ("gridPos", "title") if name in content}}

    def _with_data(self, panel: Mapping[str, Any], place: Place) -> Mapping[str, Any]:
        """With the targets of the panel whose data it shows."""
        if self._sources.kind(panel.get("datasource")) != "dashboard":
            return panel
        wanted = next((number(one.get("panelId")) for one in records(panel.get("targets"))), None)
        other = self._by_id.get(wanted) if wanted is not None else None
        if other is None or self._sources.kind(other.get("datasource")) == "dashboard":
            place.tell("targets[0].panelId", "names no panel that has queries")
            return {}
        return {"targets": other.get("targets"), "datasource": other.get("datasource")}


def _check(wish: dict[str, Any], place: Place) -> ReadPanel | None:
    try:
        panel = check_model(wish, PanelCreate)
    except ValidationError as error:
        for detail in error.details:
            place.tell(detail.field, detail.message)
        return None
    if panel.type == "row":
        return ReadPanel(panel, GRID_COLUMNS, 1)
    least = 3 if panel.type in {"line", "area", "bar", "table"} else 2
    return ReadPanel(panel, least, least)


# ---- type


def _choose_type(panel: Mapping[str, Any], kind: str, place: Place) -> str:
    if kind in _CHARTS:
        return _chart_type(panel, kind, place)
    if kind in _FIGURES:
        is_old_gauge = record(panel.get("gauge")).get("show") is True
        return "gauge" if is_old_gauge else _FIGURES[kind]
    if kind in _BARS:
        return "bar"
    if kind in _PIES:
        place.tell("type", "is a pie; its numbers are shown side by side")
        return "stat"
    if kind in _TABLES:
        return "table"
    said = f"is {shown(kind)}, which does not exist here" if kind else "is missing"
    place.tell("type", f"{said}; its queries are drawn as lines")
    return "line"


def _chart_type(panel: Mapping[str, Any], kind: str, place: Place) -> str:
    if kind == "graph":
        if panel.get("bars") is True:
            return "bar"
        if panel.get("lines") is False and panel.get("points") is True:
            place.tell("points", "points are drawn as a line")
        fill = number(panel.get("fill"))
        # The old graph fills by 1 of 10 unless told otherwise.
        return "area" if panel.get("stack") is True or (fill or 0) >= _OLD_AREA_FILL else "line"
    custom = record(record(record(panel.get("fieldConfig")).get("defaults")).get("custom"))
    style = custom.get("drawStyle")
    if style == "bars":
        return "bar"
    if style == "points":
        place.tell("fieldConfig.defaults.custom.drawStyle", "points are drawn as a line")
    is_stacked = text(record(custom.get("stacking")).get("mode")) in {"normal", "percent"}
    return "area" if is_stacked or (number(custom.get("fillOpacity")) or 0) >= _AREA_PERCENT else "line"


def _read_options(panel: Mapping[str, Any], kind: str, panel_type: str, place: Place) -> dict[str, Any]:
    if kind == "graph":
        return read_graph_options(panel, place)
    if kind in _OLD_FIGURES:
        return read_singlestat_options(panel, place)
    return read_modern_options(panel, panel_type, place)


# ---- words


def _read_text(panel: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """The Markdown of a text panel, of both generations."""
    options = record(panel.get("options"))
    content = text(options.get("content")) or text(panel.get("content"))
    mode = text(options.get("mode")) or text(panel.get("mode"))
    if mode == "html":
        place.tell("options.mode", "is HTML, which is not shown here; its words are kept")
        content = words_of_html(content)
    if len(content) > MAX_CONTENT_CHARS:
        place.tell("options.content", f"must have at most {MAX_CONTENT_CHARS} characters; it is cut")
    return {"content": content[:MAX_CONTENT_CHARS]}


def _read_words(panel: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Description and links."""
    description = text(panel.get("description")).strip()
    if len(description) > MAX_DESCRIPTION_CHARS:
        place.tell("description", f"must have at most {MAX_DESCRIPTION_CHARS} characters; it is cut")
    links: list[dict[str, str]] = []
    for index, link in enumerate(records(panel.get("links"))):
        url = text(link.get("url"))
        # A path leads to another page of that Grafana, and so do its macros.
        if url.startswith(("http://", "https://")) and "${__" not in url and len(links) < MAX_LINKS:
            links.append(
                {
                    "title": text(link.get("title")).strip()[:MAX_TITLE_CHARS] or url[:MAX_TITLE_CHARS],
                    "url": url,
                }
            )
        else:
            place.tell(f"links[{index}]", f"leads to a page of Grafana: {shown(text(link.get('title')))}")
    return ({"description": description[:MAX_DESCRIPTION_CHARS]} if description else {}) | (
        {"links": links} if links else {}
    )


# ---- what is left out


def _tell_rest(panel: Mapping[str, Any], place: Place) -> None:
    names = [
        shown(text(one.get("id"))) for one in records(panel.get("transformations")) if not one.get("disabled")
    ]
    if names:
        place.tell("transformations", f"do not exist here: {', '.join(dict.fromkeys(names[:10]))}")
    for name in ("timeFrom", "timeShift"):
        if text(panel.get(name)):
            place.tell(name, "all panels show the time range of the dashboard")
    if any(text(one.get("interval")) for one in (panel, *records(panel.get("targets")))):
        place.report.count("panels[].interval", "with a least step, which does not exist here")
    if panel.get("alert"):
        place.tell("alert", "make a rule under Alerts in its place")
