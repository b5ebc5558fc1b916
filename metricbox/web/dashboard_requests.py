"""From what a request wants of dashboards and panels to what the repository takes. Pure."""

from metricbox.errors import ValidationError
from metricbox.store.appdb.dashboards import DashboardChanges, NewDashboard
from metricbox.store.appdb.panels import NewPanel, PanelChanges, Position
from metricbox.web import schemas
from metricbox.web.variables import make_variables


def new_dashboard(wish: schemas.DashboardCreate, owner_id: str) -> NewDashboard:
    new = NewDashboard(
        name=wish.name,
        owner_id=owner_id,
        description=wish.description or "",
        is_public=wish.is_public,
        variables=make_variables(wish.variables or []),
        panels=[new_panel(panel) for panel in wish.panels or []],
    )
    if wish.refresh_interval is not None:
        new = new._replace(refresh_interval=wish.refresh_interval)
    if wish.time_range is not None:
        new = new._replace(time_from=wish.time_range.from_, time_to=wish.time_range.to)
    return new


def dashboard_changes(wish: schemas.DashboardUpdate) -> DashboardChanges:
    """Null stands for what a new dashboard has. Raises ValidationError for a layout that names a panel twice."""
    named = wish.model_fields_set
    usual = NewDashboard(name="", owner_id="")
    if wish.panels is not None and wish.layout is not None:
        raise ValidationError.for_field(
            "layout", "goes without panels, which have their positions themselves"
        )
    changes = DashboardChanges(
        name=wish.name,
        is_public=wish.is_public,
        layout=_layout(wish.layout),
        panels=None if wish.panels is None else [_saved_panel(panel) for panel in wish.panels],
    )
    if "description" in named:
        changes = changes._replace(description=wish.description or usual.description)
    if "variables" in named:
        changes = changes._replace(
            variables=make_variables(wish.variables) if wish.variables else usual.variables
        )
    if "refresh_interval" in named:
        is_null = wish.refresh_interval is None
        changes = changes._replace(
            refresh_interval=usual.refresh_interval if is_null else wish.refresh_interval
        )
    if "time_range" in named:
        time_from, time_to = usual.time_from, usual.time_to
        if wish.time_range is not None:
            time_from, time_to = wish.time_range.from_, wish.time_range.to
        changes = changes._replace(time_from=time_from, time_to=time_to)
    return changes


def _layout(items: list[schemas.LayoutItem] | None) -> dict[str, Position] | None:
    if items is None:
        return None
    layout: dict[str, Position] = {}
    for index, item in enumerate(items):
        if item.i in layout:
            raise ValidationError.for_field(f"layout[{index}].i", "names a panel that was named before")
        layout[item.i] = _position(item)
    return layout


def _position(position: schemas.Position) -> Position:
    return Position(position.x, position.y, position.w, position.h)


def new_panel(wish: schemas.PanelCreate) -> NewPanel:
    return NewPanel(
        title=wish.title,
        type=wish.type,
        query=None if wish.query is None else _queries(wish.query),
        options=_options(wish.options),
        position=_position(wish.position) if wish.position else None,
    )


def _saved_panel(wish: schemas.PanelSaved) -> NewPanel:
    return new_panel(wish)._replace(id=wish.id)


def panel_changes(wish: schemas.PanelUpdate) -> PanelChanges:
    """Null stands for no title and no options."""
    named = wish.model_fields_set
    changes = PanelChanges(
        type=wish.type,
        query=None if wish.query is None else _queries(wish.query),
        position=_position(wish.position) if wish.position else None,
    )
    if "title" in named:
        changes = changes._replace(title=wish.title or "")
    if "options" in named:
        changes = changes._replace(options=_options(wish.options) if wish.options else {})
    return changes


def _options(options: schemas.PanelOptions) -> dict[str, object]:
    return options.model_dump(by_alias=True, exclude_none=True)


def _queries(queries: str | list[schemas.PanelQuery]) -> str | list[dict[str, object]]:
    if isinstance(queries, str):
        return queries
    return [query.model_dump(by_alias=True, exclude_none=True) for query in queries]
