"""The browser's forms say of a bad request what the server says: the same fields, sentences and order."""

import json
import subprocess
from typing import Any

from tests.architecture.files import ROOT
from tests.support.api import Callers, Server

CHECKER = ROOT / "tests" / "frontend" / "support" / "check-forms.js"

SETUP = ("SetupRequest", "POST", "/api/v1/setup")
LOGIN = ("LoginRequest", "POST", "/api/v1/auth/login")
PASSWORD = ("PasswordChange", "PUT", "/api/v1/auth/password")
PREFERENCES = ("Preferences", "PUT", "/api/v1/auth/me/preferences")
TOKEN = ("ApiTokenCreate", "POST", "/api/v1/tokens")
NEW_USER = ("UserCreate", "POST", "/api/v1/users")
USER = ("UserUpdate", "PUT", "/api/v1/users/{user}")
NEW_DASHBOARD = ("DashboardCreate", "POST", "/api/v1/dashboards")
DASHBOARD = ("DashboardUpdate", "PUT", "/api/v1/dashboards/{dashboard}")
PANEL = ("PanelCreate", "POST", "/api/v1/dashboards/{dashboard}/panels")
QUERY = ("QueryParams", "POST", "/api/v1/query")
BATCH = ("QueryBatch", "POST", "/api/v1/query/batch")
SQL = ("SqlRequest", "POST", "/api/v1/sql")
METRIC = ("MetricChange", "PATCH", "/api/v1/metrics/cpu")
RETENTION = ("RetentionChange", "PUT", "/api/v1/storage/retention")

SPAN = {"start": "now-1h", "end": "now"}
PERSON = {"email": "ada@example.org", "password": "correct horse battery"}

BAD: list[tuple[tuple[str, str, str], dict[str, Any]]] = [
    (LOGIN, {}),
    (LOGIN, {"email": "x" * 255, "password": "x" * 1025}),
    (LOGIN, {"email": None, "password": 5, "remember": True}),
    (PASSWORD, {"currentPassword": "x", "newPassword": "short"}),
    (PASSWORD, {"newPassword": "x" * 1025}),
    # Eight code points and eight UTF-16 units are not the same.
    (PASSWORD, {"currentPassword": "x", "newPassword": "😀😀😀😀"}),
    (PREFERENCES, {"theme": "pink", "timezone": "Mars/Olympus Mons", "starred": [1], "lastUsed": {"a": 1}}),
    (PREFERENCES, {"starred": ["x"] * 1001, "lastUsed": []}),
    (PREFERENCES, {"timezone": "x" * 65, "constructor": 1}),
    (TOKEN, {"name": "  ", "scope": "write"}),
    (TOKEN, {"name": "x" * 201, "scope": None, "expiresAt": True, "maxSeries": 0}),
    (TOKEN, {"name": "x", "scope": "ingest", "metricPrefix": "", "maxSeries": 1.5}),
    (TOKEN, {"name": "x", "scope": "ingest", "metricPrefix": "9lives", "maxSeries": 100_000_001}),
    (TOKEN, {"name": "x", "scope": "ingest", "metricPrefix": "x" * 256, "maxSeries": "5", "owner": "me"}),
    (TOKEN, {"scope": "ingest", "expiresAt": []}),
    (NEW_USER, {"email": "ada", "password": "1234567", "role": "owner"}),
    (NEW_USER, {"email": "ada@", "password": ""}),
    (NEW_USER, {"email": "a d@example.org"}),
    (NEW_USER, {"email": "x" * 250 + "@example.org", "password": None, "disabled": False}),
    (USER, {"email": None, "password": None, "role": None, "disabled": None}),
    (USER, {"email": "@x", "password": "x", "role": "root", "disabled": "yes", "id": "1"}),
    (NEW_DASHBOARD, {"name": ""}),
    (NEW_DASHBOARD, {"name": "x" * 201, "description": "x" * 4001, "isPublic": None}),
    (NEW_DASHBOARD, {"name": 5, "timeRange": {"from": "", "until": "x"}, "refreshInterval": "often"}),
    (NEW_DASHBOARD, {"name": "x", "timeRange": [], "variables": [5], "panels": {}}),
    (
        NEW_DASHBOARD,
        {"name": "x", "timeRange": {"from": "yesterday", "to": "x" * 65}, "variables": [{}] * 101},
    ),
    (NEW_DASHBOARD, {"name": "x", "panels": [{"type": "pie"}, 5, {"type": "line", "query": ""}]}),
    (DASHBOARD, {"name": None, "isPublic": None, "layout": None}),
    (DASHBOARD, {"version": 0, "layout": [{"i": 1, "x": 12, "y": -1, "w": 0}]}),
    (DASHBOARD, {"version": 1.5, "layout": [{"i": "a", "x": 0, "y": 10_001, "w": 13, "h": 0, "z": 1}]}),
    (PANEL, {"type": 5, "query": 5, "position": None, "options": None}),
    (PANEL, {"title": None, "type": "line", "query": []}),
    (PANEL, {"type": "line", "query": [5, {"query": "", "legend": 5, "aggregation": "p42"}]}),
    (PANEL, {"type": "line", "query": [5] * 27, "options": {"color": "x" * 65, "thresholds": [{}, 7]}}),
    (PANEL, {"type": "bar", "query": "x", "options": {"color": [], "decimals": True, "min": "5", "axis": 4}}),
    (PANEL, {"type": "bar", "query": "x", "options": {"decimals": 16, "glow": 1}, "position": {"x": 0}}),
    (QUERY, {"query": 5, "tags": 5, "groupBy": ["a"] * 70, "zz": 1, "step": "", **SPAN}),
    (QUERY, {"query": "x", "tags": {"": [5, "a"], "b": {}}, "groupBy": [""], "maxSeries": 0, **SPAN}),
    (QUERY, {"query": "x", "tags": {str(number): "a" for number in range(65)}, **SPAN}),
    (QUERY, {"query": "x", "start": None, "withCounts": 1, "aggregation": "mean"}),
    (QUERY, {"query": "x", "step": "five", "timezone": "a b", **SPAN}),
    (BATCH, {"queries": []}),
    (BATCH, {"queries": [SPAN] * 51}),
    (SQL, {"sql": "", "params": [[], {}]}),
    (SQL, {"sql": "select 1", "params": {"a": []}, "limit": 10_001}),
    (SQL, {"sql": "x" * 20_001, "params": 5}),
    (METRIC, {"type": "summary", "unit": "x" * 65, "description": 5}),
    (RETENTION, {"metrics_raw": "7", "metrics_1min": None, "metrics_1day": "1d"}),
    (RETENTION, {"metrics_raw": "a week", "metrics_1hour": "x" * 33}),
]
# What the forms send when all is well, or as far as they can tell.
GOOD: list[tuple[tuple[str, str, str], dict[str, Any]]] = [
    (SETUP, PERSON),
    (SETUP, {**PERSON, "email": " ada@example.org ", "code": None}),
    (LOGIN, {"email": "", "password": ""}),
    (PASSWORD, {"currentPassword": "", "newPassword": "😀" * 8}),
    (PREFERENCES, {"theme": None, "timezone": "Europe/Berlin", "starred": [], "lastUsed": {"a": "b"}}),
    (PREFERENCES, {}),
    (TOKEN, {"name": " x ", "scope": "ingest", "expiresAt": 1_900_000_000_000, "metricPrefix": "web_"}),
    (TOKEN, {"name": "x", "scope": "read", "expiresAt": None, "metricPrefix": None, "maxSeries": None}),
    (NEW_USER, {**PERSON, "role": "viewer"}),
    (USER, {"disabled": True}),
    (NEW_DASHBOARD, {"name": "x", "description": "y", "refreshInterval": "", "timeRange": None}),
    (PANEL, {"type": "line", "query": [{"query": "x", "tags": {"a": ["b"]}, "aggregation": None}]}),
]


def check_in_browser(requests: list[tuple[tuple[str, str, str], dict[str, Any]]]) -> list[Any]:
    result = subprocess.run(
        ["node", CHECKER],
        check=True,
        input=json.dumps([[target[0], body] for target, body in requests]),
        capture_output=True,
        text=True,
    )
    return list(json.loads(result.stdout))


async def test_forms_and_server_say_the_same(callers: Callers) -> None:
    admin = callers.admin
    user = (await admin.data("GET", "/api/v1/users?search=viewer"))[0]["id"]
    dashboard = (await admin.data("POST", "/api/v1/dashboards", {"name": "x"}, 201))["id"]
    in_browser = check_in_browser(BAD)
    assert len(in_browser) == len(BAD)
    for ((model, method, path), body), said in zip(BAD, in_browser, strict=True):
        answer = await admin.request(method, path.format(user=user, dashboard=dashboard), body)
        assert answer.status_code == 400, (model, body, answer.text)
        assert said == answer.json()["details"], (model, body)


async def test_the_set_up_form_and_server_say_the_same(server: Server) -> None:
    bad: list[Any] = [
        (SETUP, {}),
        (SETUP, {"email": "ada@example", "password": "x", "code": "x" * 65, "role": "admin"}),
        (SETUP, {"email": "ada example.org", "password": None, "code": 5}),
        (SETUP, {"email": " ", "password": "x" * 1025}),
    ]
    client = server.client()
    for ((_, method, path), body), said in zip(bad, check_in_browser(bad), strict=True):
        assert said == (await client.request(method, path, body)).json()["details"], body


def test_forms_let_through_what_is_good() -> None:
    assert check_in_browser(GOOD) == [[] for _ in GOOD]
