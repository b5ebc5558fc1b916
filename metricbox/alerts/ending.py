"""A rule that is switched off or deleted: what fired is over, and those who were told that it fires are told so."""

from metricbox.alerts.messages import make_message
from metricbox.alerts.rules import read_rule
from metricbox.alerts.state_rows import read_key, read_state
from metricbox.store.appdb.alert_channels import list_channels
from metricbox.store.appdb.alert_deliveries import NewDelivery, queue_deliveries
from metricbox.store.appdb.alert_rules import RuleRecord
from metricbox.store.appdb.alert_states import forget_rule, load_states
from metricbox.store.appdb.database import Connection


def end_rule(connection: Connection, record: RuleRecord, now_ms: int, *, url: str = "") -> None:
    """In the transaction of the change. Whoever was told nothing is told nothing."""
    rule = read_rule(record)
    told = {
        read_key(state.series_key): read_state(state)
        for state in load_states(connection, rule.id)
        if state.event_id is not None and state.sent_ms is not None
    }
    if told:
        payload = make_message(rule, "resolved", told, now_ms, url=url)
        event_ids = [str(one.event_id) for one in told.values()]
        deliveries = [
            NewDelivery(channel.id, channel.name, rule.id, "resolved", payload, event_ids)
            for channel in list_channels(connection)
            if channel.is_enabled and channel.id in rule.channel_ids
        ]
        queue_deliveries(connection, deliveries, now_ms)
    forget_rule(connection, rule.id, now_ms)
