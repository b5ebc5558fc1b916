"""The versions that a dashboard had: what it was, who made it so, and when. Functions run inside a transaction.

A version holds everything but owner and visibility, so that going back never makes a private dashboard public. The
newest MAX_VERSIONS of each dashboard are kept; they go when it is deleted.
"""

import json
from typing import Any, NamedTuple

import apsw

from metricbox.errors import NotFoundError
from metricbox.store.appdb.audit import Author
from metricbox.store.appdb.paging import order_by
from metricbox.store.appdb.records import DashboardRecord, Page, PageRequest, PanelRecord

# Of a dashboard with 12 panels about 400 KB in all.
MAX_VERSIONS = 100
_SORTS = {"version": "version"}


class VersionRecord(NamedTuple):
    version: int
    created_ms: int
    author_id: str | None
    author: str
    change: str
    """In words, such as `panel CPU: query, options`."""


class VersionContent(NamedTuple):
    """What a dashboard was."""

    name: str
    description: str
    variables: list[Any]
    refresh_interval: str
    time_from: str
    time_to: str
    panels: list[PanelRecord]


def save_version(
    connection: apsw.Connection, dashboard: DashboardRecord, change: str, by: Author, now_ms: int
) -> None:
    """Keep a dashboard as it is now."""
    content = {
        "name": dashboard.name,
        "description": dashboard.description,
        "variables": dashboard.variables,
        "refreshInterval": dashboard.refresh_interval,
        "timeFrom": dashboard.time_from,
        "timeTo": dashboard.time_to,
        "panels": [
            {
                "id": panel.id,
                "title": panel.title,
                "type": panel.type,
                "query": panel.query,
                "options": panel.options,
                "x": panel.x,
                "y": panel.y,
                "w": panel.w,
                "h": panel.h,
            }
            for panel in dashboard.panels
        ],
    }
    connection.execute(
        "insert into dashboard_versions (dashboard_id, version, created_ms, author_id, author, change, content) "
        "values (?, ?, ?, ?, ?, ?, ?)",
        (dashboard.id, dashboard.version, now_ms, by.user_id, by.name, change, json.dumps(content)),
    )
    connection.execute(
        "delete from dashboard_versions where dashboard_id = ? and version <= ?",
        (dashboard.id, dashboard.version - MAX_VERSIONS),
    )


def list_versions(
    connection: apsw.Connection, dashboard_id: str, request: PageRequest
) -> Page[VersionRecord]:
    """Newest first unless sorted otherwise."""
    total = connection.execute(
        "select count(*) from dashboard_versions where dashboard_id = ?", (dashboard_id,)
    ).get
    rows = connection.execute(
        "select version, created_ms, author_id, author, change from dashboard_versions where dashboard_id = ? "
        f"order by {order_by(request.sort, _SORTS, 'version desc')} limit ? offset ?",
        (dashboard_id, request.page_size, request.offset),
    )
    return Page(int(total), [VersionRecord(*row) for row in rows])


def get_version(connection: apsw.Connection, dashboard_id: str, version: int) -> VersionContent:
    """Raises NotFoundError when there never was such a version, or it is no longer kept."""
    row = connection.execute(
        "select content from dashboard_versions where dashboard_id = ? and version = ?",
        (dashboard_id, version),
    ).fetchone()
    if row is None:
        msg = f"This version is not kept; the history holds the newest {MAX_VERSIONS}."
        raise NotFoundError(msg)
    content = json.loads(row[0])
    return VersionContent(
        name=content["name"],
        description=content["description"],
        variables=content["variables"],
        refresh_interval=content["refreshInterval"],
        time_from=content["timeFrom"],
        time_to=content["timeTo"],
        panels=[PanelRecord(dashboard_id=dashboard_id, **panel) for panel in content["panels"]],
    )
