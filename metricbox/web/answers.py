"""Records of the application database as the contract shows them (schemas.py). Pure."""

from typing import Any

from metricbox.store.appdb.records import DashboardRecord, PanelRecord, TokenRecord, UserRecord
from metricbox.web.respond import format_optional_time, format_time

Answer = dict[str, Any]


def user_answer(user: UserRecord) -> Answer:
    return {
        "id": user.id,
        "email": user.email,
        "role": user.role.value,
        "disabled": user.is_disabled,
        "createdAt": format_time(user.created_ms),
        "lastSeenAt": format_optional_time(user.last_seen_ms),
    }


def token_answer(token: TokenRecord) -> Answer:
    return {
        "id": token.id,
        "name": token.name,
        "scope": token.scope.value,
        "ownerId": token.owner_id,
        "createdAt": format_time(token.created_ms),
        "expiresAt": format_optional_time(token.expires_ms),
        "lastUsedAt": format_optional_time(token.last_used_ms),
    }


def panel_answer(panel: PanelRecord) -> Answer:
    return {
        "id": panel.id,
        "dashboardId": panel.dashboard_id,
        "title": panel.title,
        "type": panel.type,
        "query": panel.query,
        "options": panel.options,
        "position": {"x": panel.x, "y": panel.y, "w": panel.w, "h": panel.h},
    }


def dashboard_answer(dashboard: DashboardRecord) -> Answer:
    return {
        "id": dashboard.id,
        "name": dashboard.name,
        "description": dashboard.description,
        "ownerId": dashboard.owner_id,
        "isPublic": dashboard.is_public,
        "panels": [panel_answer(panel) for panel in dashboard.panels],
        "layout": [
            {"i": panel.id, "x": panel.x, "y": panel.y, "w": panel.w, "h": panel.h}
            for panel in dashboard.panels
        ],
        "variables": dashboard.variables,
        "refreshInterval": dashboard.refresh_interval,
        "timeRange": {"from": dashboard.time_from, "to": dashboard.time_to},
        "version": dashboard.version,
        "createdAt": format_time(dashboard.created_ms),
        "updatedAt": format_time(dashboard.updated_ms),
    }
