"""Records of the application database as the contract shows them (schemas.py). Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from metricbox.query.times import format_time
from metricbox.store.appdb.audit import AuditRecord
from metricbox.store.appdb.dashboard_versions import VersionRecord
from metricbox.store.appdb.records import (
    DashboardRecord,
    PanelRecord,
    SessionRecord,
    TokenRecord,
    UserRecord,
)
from metricbox.web.respond import format_optional_time

Answer = dict[str, Any]

# Of a variable: where its values come from, by our name and by Grafana's.
_QUERY_FIELDS = frozenset({"query", "definition"})


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
        "metricPrefix": token.metric_prefix or None,
        "maxSeries": token.max_series,
        "relabel": _relabel_answer(token.relabel),
    }


def _relabel_answer(text: str) -> list[Answer] | None:
    if not text:
        return None
    names = {"source_labels": "sourceLabels", "target_label": "targetLabel"}
    absent = dict.fromkeys(("sourceLabels", "separator", "regex", "targetLabel", "replacement", "modulus"))
    return [
        {"action": "replace", **absent, **{names.get(name, name): value for name, value in rule.items()}}
        for rule in json.loads(text)
    ]


def session_answer(session: SessionRecord, current_id: str | None) -> Answer:
    """`current_id` is the session that asks."""
    return {
        "id": session.id,
        "createdAt": format_time(session.created_ms),
        "lastSeenAt": format_time(session.last_seen_ms),
        "source": session.source,
        "userAgent": session.user_agent,
        "current": session.id == current_id,
    }


def panel_answer(panel: PanelRecord, *, with_queries: bool = True) -> Answer:
    return {
        "id": panel.id,
        "dashboardId": panel.dashboard_id,
        "title": panel.title,
        "type": panel.type,
        "query": panel.query if with_queries else _hide_queries(panel.query),
        "options": panel.options,
        "position": {"x": panel.x, "y": panel.y, "w": panel.w, "h": panel.h},
    }


def _hide_queries(query: str | Sequence[Mapping[str, Any]] | None) -> list[Answer] | None:
    """How many there are and how their series are named: without it nobody could draw them."""
    if query is None or isinstance(query, str):
        return None
    return [{"query": None, "legend": one.get("legend")} for one in query if not one.get("isHidden")]


def dashboard_answer(dashboard: DashboardRecord, *, with_queries: bool = True) -> Answer:
    """Without queries for callers who may see results only; they ask for them by panel id."""
    variables = dashboard.variables
    if not with_queries:
        variables = [
            {name: value for name, value in one.items() if name not in _QUERY_FIELDS} for one in variables
        ]
    return {
        "id": dashboard.id,
        "name": dashboard.name,
        "description": dashboard.description,
        "ownerId": dashboard.owner_id,
        "isPublic": dashboard.is_public,
        "panels": [panel_answer(panel, with_queries=with_queries) for panel in dashboard.panels],
        "layout": [
            {"i": panel.id, "x": panel.x, "y": panel.y, "w": panel.w, "h": panel.h}
            for panel in dashboard.panels
        ],
        "variables": variables,
        "refreshInterval": dashboard.refresh_interval,
        "timeRange": {"from": dashboard.time_from, "to": dashboard.time_to},
        "version": dashboard.version,
        "createdAt": format_time(dashboard.created_ms),
        "updatedAt": format_time(dashboard.updated_ms),
    }


def version_answer(version: VersionRecord) -> Answer:
    return {
        "version": version.version,
        "at": format_time(version.created_ms),
        "authorId": version.author_id,
        "author": version.author,
        "change": version.change,
    }


def audit_answer(entry: AuditRecord) -> Answer:
    return {
        "id": entry.id,
        "at": format_time(entry.created_ms),
        "authorId": entry.author.user_id,
        "author": entry.author.name,
        "via": entry.author.via.value,
        "tokenId": entry.author.token_id,
        "source": entry.author.source,
        "action": entry.action,
        "resourceType": entry.subject_type,
        "resourceId": entry.subject_id,
        "resourceName": entry.subject_name,
        "before": entry.before,
        "after": entry.after,
    }
