"""The site of demo_data.py as people see it: its dashboards and accounts, on a server of its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.demo_data import Feed, describe
from tests.browser.server import PASSWORD, Api, MetricboxProcess, panel

VIEWER = "guest@example.com"
LIMITS = [{"value": 0.8, "severity": "warning"}, {"value": 0.95, "severity": "critical"}]
BUSY = (
    '1 - avg by (instance) (rate(node_cpu_seconds_total{instance=~"$host", mode="idle"}[$__rate_interval]))'
)
DISK = (
    'max by (instance) (1 - node_filesystem_avail_bytes{instance=~"$host"}'
    ' / node_filesystem_size_bytes{instance=~"$host"})'
)
REQUESTS = "sum by (service) (rate(shop_requests_total[$__rate_interval]))"
ERRORS = 'sum by (service) (rate(shop_requests_total{status="500"}[$__rate_interval]))'
LATENCY = (
    "histogram_quantile(0.95, sum by (le, service) (rate(shop_request_seconds_bucket[$__rate_interval])))"
)
WELCOME = """**On call?** Begin with [the hosts](/hosts), then look at the slowest service.

- Errors above *1 a second* are worth a look
- `search` is slow after each import, at 04:00
"""


@dataclass
class Site:
    """A running server with the demo site on it."""

    server: MetricboxProcess
    api: Api
    feed: Feed
    web: str
    """Path of the dashboard that has a panel of every type."""
    press: str
    """Path of the public one."""
    empty: str
    panel: str
    """Path of one chart of `web`."""
    rule: str
    """Path of a rule that fires."""

    def stop(self) -> None:
        self.feed.stop()
        self.server.stop()


# The server itself, one that nobody serves, and a file that is missing.
SCRAPES = """
[[scrape]]
job = "metricbox"
targets = ["OWN"]
interval = "2s"
labels = { site = "hall 3" }

[[scrape]]
job = "node"
targets = ["127.0.0.1:9"]
interval = "2s"

[[scrape]]
job = "presses"
files = ["targets-of-hall-3.yml"]
"""


def show(query: str, legend: str = "") -> list[dict[str, Any]]:
    return [{"query": query, "legend": legend}]


def web_panels() -> list[dict[str, Any]]:
    hosts = {"min": 0, "max": 1, "unit": "ratio", "thresholds": LIMITS}
    newest = {"query": BUSY, "legend": "{{instance}}"}
    return [
        panel("CPU busy", show(f"max({BUSY})", "busiest host"), "gauge", position=(0, 0, 3, 3), **hosts),
        panel("Fullest disk", show(f"max({DISK})", "fullest"), "gauge", position=(3, 0, 3, 3), **hosts),
        panel(
            "Requests", show(f"sum({REQUESTS})", "all services"), "stat", position=(6, 0, 3, 3), unit="perSec"
        ),
        panel("On call", None, "text", position=(9, 0, 3, 3), content=WELCOME),
        panel("Shop", None, "row", position=(0, 3, 12, 1)),
        panel("Requests by service", show(REQUESTS, "{{service}}"), "area", position=(0, 4, 6, 4))
        | {"options": {"unit": "perSec", "stack": True}},
        panel(
            "95 % of the answers within",
            show(LATENCY, "{{service}}"),
            position=(6, 4, 6, 4),
            unit="seconds",
            thresholds=[{"value": 0.5, "severity": "warning", "label": "promised"}],
        ),
        panel("Hosts", None, "row", position=(0, 8, 12, 1)),
        panel(
            "CPU of $host",
            show(BUSY, "{{instance}}"),
            position=(0, 9, 6, 5),
            unit="ratio",
            min=0,
            max=1,
            thresholds=LIMITS,
            legendMode="table",
            legendValues=["last", "mean", "max"],
            description="Share of the time in which a CPU was not idle.",
        ),
        panel("Busy now", [newest], "table", position=(6, 9, 6, 5), unit="ratio", thresholds=LIMITS),
        panel("Errors", show(ERRORS, "{{service}}"), "bar", position=(0, 14, 12, 4), unit="perSec"),
    ]


def press_panels() -> list[dict[str, Any]]:
    heat = show("press_temperature_celsius", "line {{line}}")
    cycles = show("sum by (line) (rate(press_cycles_total[$__rate_interval])) * 60", "line {{line}}")
    hot = [{"value": 85, "severity": "critical", "label": "shut down"}]
    return [
        panel(
            "Oil temperature",
            heat,
            position=(0, 0, 8, 5),
            unit="celsius",
            thresholds=hot,
        ),
        panel("Now", heat, "stat", position=(8, 0, 4, 5), unit="celsius", thresholds=hot),
        panel("Strokes", cycles, "bar", position=(0, 5, 12, 4), unit="perMin"),
    ]


def host_variable(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "query", "query": "label_values(node_load1, instance)"} | more


def open_site(data: Path, hours: float) -> Site:
    """Starts the server; whoever asks for it stops it."""
    server = MetricboxProcess(data, alert_interval="1s", config=SCRAPES)
    server.start()
    try:
        return fill(server, hours)
    except BaseException:
        server.stop()
        raise


def fill(server: MetricboxProcess, hours: float) -> Site:
    api = Api(server.url)
    feed = Feed(api, hours)
    describe(api)
    # The one that comes with the first account asks for the host that the server runs on.
    for there in api.data("GET", "/api/v1/dashboards"):
        api.data("DELETE", f"/api/v1/dashboards/{there['id']}")
    api.data("POST", "/api/v1/dashboards/library/host", {})
    api.dashboard("Backup", [], description="Not begun yet", refreshInterval="")
    empty = api.dashboard("New hall", [], description="What the new hall will need", refreshInterval="")
    press = api.dashboard(
        "Press line",
        press_panels(),
        description="Temperature and strokes of three presses",
        isPublic=True,
        timeRange={"from": "now-1h", "to": "now"},
        refreshInterval="",
    )
    web = api.dashboard(
        "Web servers",
        web_panels(),
        description="The shop, its services and the hosts below",
        timeRange={"from": "now-6h" if hours >= 6 else "now-1h", "to": "now"},
        refreshInterval="",
        variables=[host_variable("host", label="Host", multi=True, includeAll=True)],
    )
    dashboard = api.data("GET", f"/api/v1/dashboards/{web.rpartition('/')[2]}")
    chart = next(one for one in dashboard["panels"] if one["title"] == "CPU of $host")
    # A history to look at.
    for name in ("Web servers of the shop", "Web servers"):
        dashboard = api.data(
            "PUT",
            f"/api/v1/dashboards/{dashboard['id']}",
            {"name": name, "version": dashboard["version"]},
        )
    api.data("POST", "/api/v1/users", {"email": VIEWER, "password": PASSWORD, "role": "viewer"})
    wish = {"email": "lee@example.com", "password": PASSWORD, "role": "editor"}
    api.data("POST", "/api/v1/users", wish)
    api.token("read")
    rules = [
        {"action": "drop", "sourceLabels": ["__name__"], "regex": "go_.*"},
        {"action": "replace", "targetLabel": "hall", "replacement": "far"},
    ]
    api.data("POST", "/api/v1/tokens", {"name": "far hall", "scope": "ingest", "relabel": rules})
    rule = make_alerts(api)
    return Site(server, api, feed, web, press, empty, f"{web}/panel/{chart['id']}", rule)


def make_alerts(api: Api) -> str:
    """Rules in every state, a silence, and a channel that nobody answers; the path of the rule that fires."""
    alerts = "/api/v1/alerts"
    hook = {"name": "Hall pager", "type": "webhook", "settings": {"url": "http://127.0.0.1:9/pager"}}
    channel = api.data("POST", f"{alerts}/channels", hook)
    warm = {
        "name": "Oil is warm",
        "query": "press_temperature_celsius",
        "condition": "gt",
        "threshold": 10,
        "severity": "critical",
        "notification": {"channels": [channel["id"]], "message": "Line {{labels.line}} is at {{value}}"},
    }
    made = api.data("POST", f"{alerts}/rules", warm)
    load = {
        "name": "Load for long",
        "query": "node_load1",
        "condition": "gte",
        "threshold": 0,
        "duration": "1d",
    }
    api.data("POST", f"{alerts}/rules", load)
    full = {"name": "Disk full", "query": "node_filesystem_avail_bytes", "condition": "lt", "threshold": 0}
    api.data("POST", f"{alerts}/rules", full)
    matchers = [{"name": "line", "op": "=", "value": "3"}]
    nights = {"weekdays": ["sat", "sun"], "from": "22:00", "to": "06:00", "timezone": "Europe/Berlin"}
    for reason, more in (("New pump on line 3", {"endsAt": "now+1d"}), ("Weekends", {"recurrence": nights})):
        api.data("POST", f"{alerts}/silences", {"matchers": matchers, "reason": reason, **more})
    api.wait_for(f"{alerts}/events?status=firing")
    api.wait_for(f"{alerts}/deliveries", lambda found: any(one["attempts"] for one in found))
    return f"/alerts/rules/{made['id']}"
