"""Records of alerts -> the objects of answers. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from metricbox.alerts.rule_pass import Key, Watched
from metricbox.alerts.rules import DEFAULT_REPEAT_MS, NoData, Severity
from metricbox.alerts.service import EvaluationView, PreviewView
from metricbox.alerts.silences import is_open
from metricbox.alerts.transitions import State
from metricbox.durations import format_duration
from metricbox.query.times import format_time
from metricbox.store.appdb.alert_channels import ChannelRecord
from metricbox.store.appdb.alert_deliveries import AttemptRecord, DeliveryRecord
from metricbox.store.appdb.alert_events import EventRecord
from metricbox.store.appdb.alert_rules import RuleRecord
from metricbox.store.appdb.alert_silences import SilenceRecord
from metricbox.web.answers import Answer
from metricbox.web.channel_settings import mask_settings
from metricbox.web.respond import format_optional_time

_NONE = "0s"


def rule_answer(
    rule: RuleRecord, watched: Mapping[Key, Watched], error: str | None, evaluated_ms: int | None
) -> Answer:
    """With the state that the loop knows."""
    content = rule.content
    notification = content.get("notification") or {}
    states = [one.state.state for one in watched.values()]
    firing, pending = states.count(State.FIRING), states.count(State.PENDING)
    state = State.FIRING if firing else State.PENDING if pending else State.OK
    return {
        "id": rule.id,
        "name": rule.name,
        "query": content["query"],
        "condition": content["condition"],
        "threshold": content["threshold"],
        "duration": content.get("duration") or _NONE,
        "severity": content.get("severity", Severity.WARNING.value),
        "enabled": rule.is_enabled,
        "notification": {
            "channels": notification.get("channels") or [],
            "repeatInterval": notification.get("repeatInterval") or format_duration(DEFAULT_REPEAT_MS),
            "message": notification.get("message"),
        },
        "keepFiringFor": content.get("keepFiringFor") or _NONE,
        "noData": content.get("noData", NoData.OK.value),
        "labels": content.get("labels") or {},
        "recoveryThreshold": content.get("recoveryThreshold"),
        "evaluationDelay": content.get("evaluationDelay") or _NONE,
        "unit": content.get("unit") or "",
        "ownerId": rule.owner_id,
        "version": rule.version,
        "createdAt": format_time(rule.created_ms),
        "updatedAt": format_time(rule.updated_ms),
        "state": state.value,
        "counts": {"pending": pending, "firing": firing},
        "error": error,
        "evaluatedAt": format_optional_time(evaluated_ms if rule.is_enabled else None),
    }


def evaluation_answer(view: EvaluationView) -> Answer:
    return {
        "at": format_time(view.at_ms),
        "series": [
            {
                "labels": one.labels,
                "value": one.value,
                "state": one.state.value,
                "since": format_optional_time(one.since_ms),
                "firesAt": format_optional_time(one.fires_ms),
            }
            for one in view.series
        ],
        "seriesTotal": view.total,
        "warnings": list(view.warnings),
    }


def preview_answer(view: PreviewView) -> Answer:
    return {
        "spells": [
            {
                "labels": labels,
                "from": format_time(spell.start_ms),
                "to": format_optional_time(spell.end_ms),
                "peak": spell.peak,
            }
            for labels, spell in view.spells
        ],
        "seriesTotal": view.series_total,
        "seriesFired": view.series_fired,
        "spellsTotal": view.spells_total,
        "table": view.table,
        "stepMs": view.step_ms,
        "truncated": view.is_truncated,
        "warnings": list(view.warnings),
    }


def event_answer(event: EventRecord) -> Answer:
    return {
        "id": event.id,
        "ruleId": event.rule_id,
        "ruleName": event.rule_name,
        "severity": event.severity,
        "labels": event.labels,
        "kind": event.kind,
        "status": event.status,
        "value": event.value,
        "peak": event.peak,
        "unit": event.unit,
        "silenced": event.is_silenced,
        "triggeredAt": format_time(event.triggered_ms),
        "resolvedAt": format_optional_time(event.resolved_ms),
        "acknowledgedBy": event.acknowledged_by,
        "acknowledgedAt": format_optional_time(event.acknowledged_ms),
        "comment": event.comment,
    }


def channel_answer(channel: ChannelRecord) -> Answer:
    return {
        "id": channel.id,
        "name": channel.name,
        "type": channel.type,
        "settings": mask_settings(channel.type, channel.settings),
        "enabled": channel.is_enabled,
        "createdAt": format_time(channel.created_ms),
        "updatedAt": format_time(channel.updated_ms),
    }


def silence_answer(silence: SilenceRecord, now_ms: int, muted: int) -> Answer:
    return {
        "id": silence.id,
        "matchers": list(silence.matchers),
        "startsAt": format_time(silence.starts_ms),
        "endsAt": format_optional_time(silence.ends_ms),
        "recurrence": silence.recurrence,
        "reason": silence.reason,
        "createdBy": silence.created_by,
        "createdAt": format_time(silence.created_ms),
        "active": is_open(silence, now_ms),
        "muted": muted,
    }


def delivery_answer(delivery: DeliveryRecord, attempts: Sequence[AttemptRecord]) -> Answer:
    payload: Mapping[str, Any] = delivery.payload
    return {
        "id": delivery.id,
        "channelId": delivery.channel_id,
        "channelName": delivery.channel_name,
        "ruleId": delivery.rule_id,
        "ruleName": payload["rule"]["name"],
        "status": delivery.status,
        "state": delivery.state,
        "eventIds": list(delivery.event_ids),
        "title": payload["title"],
        "attempts": [
            {"at": format_time(one.at_ms), "delivered": one.is_delivered, "answer": one.answer}
            for one in attempts
        ],
        "answer": delivery.answer,
        "createdAt": format_time(delivery.created_ms),
        "nextAttemptAt": format_time(delivery.due_ms) if delivery.state == "queued" else None,
        "finishedAt": format_optional_time(delivery.finished_ms),
    }
