"""Messages as the loop makes them, for tests of channels; among them those that would do harm."""

from typing import Any

from metricbox.alerts.messages import make_message
from metricbox.alerts.rule_pass import Key, Kind, Watched
from metricbox.alerts.rules import read_rule
from metricbox.alerts.transitions import SeriesState, State
from metricbox.store.appdb.alert_rules import RuleRecord
from tests.support.stores import NOW_MS

# Line ends, headers, markup, mentions, functions of cards, quotes, and characters that turn text.
HOSTILE = 'a\r\nBcc: x@example.org\r\n\r\n<!channel> <b>&amp; *b* @all [l](http://x) {{DATE(2020)}} "q" \u202e µ日本🔥'


def make(
    status: str = "firing",
    labels: dict[str, str] | None = None,
    *,
    count: int = 1,
    name: str = "CPU high",
    severity: str = "critical",
    text: str | None = None,
    url: str = "https://box.example.org",
    value: float = 93.5,
    kind: Kind = Kind.CONDITION,
    rule_id: str = "r1",
) -> dict[str, Any]:
    """A message about `count` alerts; those after the first have another host."""
    content = {
        "query": "cpu",
        "condition": "gt",
        "threshold": 90,
        "severity": severity,
        "notification": {"channels": [], "message": text},
    }
    rule = read_rule(RuleRecord(rule_id, name, content, True, 1, None, 0, 0))
    first = {"host": "a"} if labels is None else labels
    alerts = {}
    for number in range(count):
        own = first if number == 0 else {**first, "host": f"h{number}"}
        key = Key(kind, tuple(sorted(own.items())) if kind is Kind.CONDITION else ())
        state = SeriesState(State.FIRING, NOW_MS - 60_000)
        alerts[key] = Watched(state=state, seen_ms=NOW_MS, value=value, peak=value, event_id=f"e{number}")
    return make_message(rule, status, alerts, NOW_MS, url=url)
