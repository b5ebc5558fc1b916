"""The audit trail over HTTP, and that no change goes without an entry."""

import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from metricbox.alerts.library import LIBRARY
from metricbox.errors import UnavailableError
from metricbox.web import schemas
from metricbox.web.openapi import iter_operations
from tests.support.api import (
    ADMIN,
    EDITOR,
    PASSWORD,
    VIEWER,
    Callers,
    Client,
    Server,
    check_error,
    check_list,
)
from tests.support.stores import NOW_MS, push

PATH = "/api/v1/audit"
DASHBOARDS = "/api/v1/dashboards"
PANEL = {"title": "CPU", "type": "line", "query": "cpu"}
# What changes nothing that others rely on: questions, samples, and what is an account's own business.
UNNOTED = {
    ("POST", "/api/v1/metrics"),
    ("POST", "/api/v1/query"),
    ("POST", "/api/v1/query/batch"),
    ("POST", "/api/v1/sql"),
    ("POST", "/api/v1/export"),
    ("POST", "/api/v1/alerts/silences/preview"),
    ("POST", "/api/v1/dashboards/{dashboardId}/variables/values"),
    ("POST", "/api/v1/dashboards/{dashboardId}/variables/preview"),
    ("PUT", "/api/v1/auth/me/preferences"),
    ("POST", "/api/v1/alerts/rules/preview"),
    ("POST", "/api/v1/alerts/rules/{ruleId}/evaluate"),
    ("POST", "/api/v1/alerts/channels/{channelId}/test"),
    # The ledger itself says who was told what, and when.
    ("POST", "/api/v1/alerts/deliveries/{deliveryId}/resend"),
}
DOORS = (
    *("/write", "/influx", "/api/v2/", "/api/v3/", "/api/v1/write", "/api/v1/push", "/api/prom", "/receive"),
    *(
        "/v1/metrics",
        "/otlp/",
        "/api/v1/otlp/",
        "/opentelemetry/",
        "/metrics/job",
        "/api/put",
        "/opentsdb/",
        "/collectd",
    ),
    "/api/v1/import",
)
OTHER_DOORS = (*DOORS, "/prometheus", "/query")


async def entries(callers: Callers, query: str = "") -> list[Any]:
    return check_list(await callers.admin.get(f"{PATH}?{query}"), schemas.AuditEntry)


async def user_url(callers: Callers, email: str) -> str:
    (user,) = await callers.admin.data("GET", f"/api/v1/users?search={email}")
    return f"/api/v1/users/{user['id']}"


@dataclasses.dataclass
class Bench:
    """Everything that can be changed, once."""

    callers: Callers
    client: Client
    dashboard: dict[str, Any]
    token: dict[str, Any]
    session_id: str
    victim: str

    @classmethod
    async def make(cls, callers: Callers) -> "Bench":
        push(callers.server.context.store, "cpu", {}, [(NOW_MS, 1.0)])
        await callers.server.sign_in(ADMIN)
        rows = await callers.admin.data("GET", "/api/v1/auth/sessions")
        wish = {"name": "d", "panels": [PANEL]}
        return cls(
            callers,
            callers.admin,
            await callers.admin.data("POST", DASHBOARDS, wish, 201),
            await callers.admin.data("POST", "/api/v1/tokens", {"name": "t", "scope": "read"}, 201),
            next(row["id"] for row in rows if not row["current"]),
            await user_url(callers, VIEWER),
        )

    @property
    def dashboard_url(self) -> str:
        return f"{DASHBOARDS}/{self.dashboard['id']}"

    @property
    def panel_url(self) -> str:
        return f"{self.dashboard_url}/panels/{self.dashboard['panels'][0]['id']}"

    async def alert_url(self, what: str) -> str:
        """A new rule, silence or channel."""
        made = await self.callers.admin_token.data("POST", f"{ALERTS}/{what}", MADE[what], 201)
        return f"{ALERTS}/{what}/{made['id']}"

    async def alert_change(self, method: str, what: str, body: Any = None) -> httpx.Response:
        return await self.callers.admin_token.request(method, await self.alert_url(what), body)

    async def acknowledge(self) -> httpx.Response:
        await self.alert_url("rules")
        await self.callers.server.context.alerts.loop.tick(NOW_MS)
        (event,) = await self.callers.admin_token.data("GET", f"{ALERTS}/events")
        return await self.callers.admin_token.post(
            f"{ALERTS}/events/{event['id']}/acknowledge", {"comment": "seen"}
        )


Change = Callable[[Bench], Awaitable[httpx.Response]]
ALERTS = "/api/v1/alerts"
RULES_FILE = "groups: [{name: g, rules: [{alert: A, expr: cpu > 5}]}]"
MADE: dict[str, dict[str, Any]] = {
    "rules": {"name": "r", "query": "cpu", "condition": "gt", "threshold": 0},
    "silences": {"matchers": [{"name": "host", "op": "=", "value": "a"}], "reason": "works"},
    "channels": {"name": "c", "type": "webhook", "settings": {"url": "http://127.0.0.1:1/"}},
}
LOGIN = {"email": EDITOR, "password": PASSWORD}
# Operation -> a request that succeeds, and the action and resource that it leaves behind as its newest entry.
CHANGES: dict[tuple[str, str], tuple[Change, str, str]] = {
    ("POST", "/api/v1/auth/login"): (
        lambda b: b.callers.server.client().post("/api/v1/auth/login", LOGIN),
        "sign_in",
        "session",
    ),
    ("POST", "/api/v1/auth/logout"): (
        lambda b: b.callers.editor.post("/api/v1/auth/logout"),
        "sign_out",
        "session",
    ),
    ("PUT", "/api/v1/auth/password"): (
        lambda b: b.callers.admin_token.put(
            "/api/v1/auth/password", {"currentPassword": PASSWORD, "newPassword": "another one"}
        ),
        "change",
        "user",
    ),
    ("DELETE", "/api/v1/auth/sessions"): (
        lambda b: b.callers.admin_token.delete("/api/v1/auth/sessions"),
        "sign_out",
        "session",
    ),
    ("DELETE", "/api/v1/auth/sessions/{sessionId}"): (
        lambda b: b.client.delete(f"/api/v1/auth/sessions/{b.session_id}"),
        "sign_out",
        "session",
    ),
    ("POST", "/api/v1/users"): (
        lambda b: b.client.post("/api/v1/users", {"email": "new@example.org", "password": PASSWORD}),
        "create",
        "user",
    ),
    ("PUT", "/api/v1/users/{userId}"): (
        lambda b: b.client.put(b.victim, {"role": "editor"}),
        "change",
        "user",
    ),
    ("DELETE", "/api/v1/users/{userId}"): (lambda b: b.client.delete(b.victim), "delete", "user"),
    ("POST", "/api/v1/tokens"): (
        lambda b: b.client.post("/api/v1/tokens", {"name": "n", "scope": "ingest"}),
        "create",
        "token",
    ),
    ("DELETE", "/api/v1/tokens/{tokenId}"): (
        lambda b: b.client.delete(f"/api/v1/tokens/{b.token['id']}"),
        "delete",
        "token",
    ),
    ("POST", DASHBOARDS): (lambda b: b.client.post(DASHBOARDS, {"name": "n"}), "create", "dashboard"),
    ("PUT", f"{DASHBOARDS}/{{dashboardId}}"): (
        lambda b: b.client.put(b.dashboard_url, {"version": 1, "name": "n"}),
        "change",
        "dashboard",
    ),
    ("DELETE", f"{DASHBOARDS}/{{dashboardId}}"): (
        lambda b: b.client.delete(b.dashboard_url),
        "delete",
        "dashboard",
    ),
    ("POST", f"{DASHBOARDS}/{{dashboardId}}/restore/{{version}}"): (
        lambda b: b.client.post(f"{b.dashboard_url}/restore/1"),
        "change",
        "dashboard",
    ),
    ("POST", f"{DASHBOARDS}/import"): (
        lambda b: b.client.post(
            f"{DASHBOARDS}/import",
            {"format": "metricbox.dashboard", "formatVersion": 1, "dashboard": {"name": "n"}},
        ),
        "create",
        "dashboard",
    ),
    ("POST", f"{DASHBOARDS}/library/{{key}}"): (
        lambda b: b.client.post(f"{DASHBOARDS}/library/host", {}),
        "create",
        "dashboard",
    ),
    ("POST", f"{DASHBOARDS}/{{dashboardId}}/panels"): (
        lambda b: b.client.post(f"{b.dashboard_url}/panels", PANEL),
        "create",
        "panel",
    ),
    ("PUT", f"{DASHBOARDS}/{{dashboardId}}/panels/{{panelId}}"): (
        lambda b: b.client.put(b.panel_url, {"title": "n"}),
        "change",
        "panel",
    ),
    ("DELETE", f"{DASHBOARDS}/{{dashboardId}}/panels/{{panelId}}"): (
        lambda b: b.client.delete(b.panel_url),
        "delete",
        "panel",
    ),
    ("PATCH", "/api/v1/metrics/{name}"): (
        lambda b: b.client.request("PATCH", "/api/v1/metrics/cpu", {"unit": "ratio"}),
        "change",
        "metric",
    ),
    ("PUT", "/api/v1/storage/retention"): (
        lambda b: b.client.put("/api/v1/storage/retention", {"metrics_raw": "8d"}),
        "change",
        "setting",
    ),
    ("POST", f"{ALERTS}/rules"): (
        lambda b: b.client.post(f"{ALERTS}/rules", MADE["rules"]),
        "create",
        "alert_rule",
    ),
    ("PUT", f"{ALERTS}/rules/{{ruleId}}"): (
        lambda b: b.alert_change("PUT", "rules", {"threshold": 5}),
        "change",
        "alert_rule",
    ),
    ("DELETE", f"{ALERTS}/rules/{{ruleId}}"): (
        lambda b: b.alert_change("DELETE", "rules"),
        "delete",
        "alert_rule",
    ),
    ("POST", f"{ALERTS}/rules/import"): (
        lambda b: b.client.post(f"{ALERTS}/rules/import", {"file": RULES_FILE}),
        "create",
        "alert_rule",
    ),
    ("POST", f"{ALERTS}/library"): (
        lambda b: b.client.post(f"{ALERTS}/library", {"ids": [LIBRARY[0].id]}),
        "create",
        "alert_rule",
    ),
    ("POST", f"{ALERTS}/silences"): (
        lambda b: b.client.post(f"{ALERTS}/silences", MADE["silences"]),
        "create",
        "silence",
    ),
    ("PUT", f"{ALERTS}/silences/{{silenceId}}"): (
        lambda b: b.alert_change("PUT", "silences", {"reason": "more works"}),
        "change",
        "silence",
    ),
    ("DELETE", f"{ALERTS}/silences/{{silenceId}}"): (
        lambda b: b.alert_change("DELETE", "silences"),
        "delete",
        "silence",
    ),
    ("POST", f"{ALERTS}/channels"): (
        lambda b: b.client.post(f"{ALERTS}/channels", MADE["channels"]),
        "create",
        "channel",
    ),
    ("PUT", f"{ALERTS}/channels/{{channelId}}"): (
        lambda b: b.alert_change("PUT", "channels", {"name": "other"}),
        "change",
        "channel",
    ),
    ("DELETE", f"{ALERTS}/channels/{{channelId}}"): (
        lambda b: b.alert_change("DELETE", "channels"),
        "delete",
        "channel",
    ),
    ("POST", f"{ALERTS}/events/{{eventId}}/acknowledge"): (
        lambda b: b.acknowledge(),
        "change",
        "alert",
    ),
}


@pytest.mark.parametrize("operation", CHANGES, ids=" ".join)
async def test_a_change_leaves_an_entry(callers: Callers, operation: tuple[str, str]) -> None:
    change, action, resource_type = CHANGES[operation]
    bench = await Bench.make(callers)
    answer = await change(bench)
    assert answer.status_code < 300, answer.text
    rows = check_list(
        await callers.admin_token.get(f"{PATH}?action={action}&resourceType={resource_type}"),
        schemas.AuditEntry,
    )
    newest = rows[0]
    assert newest["source"] == "127.0.0.1"
    assert newest["author"] in {ADMIN, EDITOR}
    if action == "change":
        assert set(newest["before"]) <= set(newest["after"])
        assert newest["before"] != newest["after"]


async def test_no_route_that_changes_something_is_forgotten(server: Server) -> None:
    """A new one is put into CHANGES, or into UNNOTED for a reason."""
    operations = {
        (operation.method, operation.path)
        for operation in iter_operations(server.app.router.routes)
        if operation.method != "GET" and not operation.path.startswith(OTHER_DOORS)
    }
    assert operations == set(CHANGES) | UNNOTED | {("POST", "/api/v1/setup")}


async def test_the_first_account_is_noted(server: Server) -> None:
    admin = await server.set_up()
    rows = check_list(await admin.get(PATH), schemas.AuditEntry)
    assert [(row["action"], row["resourceType"], row["via"]) for row in rows] == [
        ("sign_in", "session", "nobody"),
        ("create", "dashboard", "nobody"),
        ("create", "user", "nobody"),
    ]


async def test_the_trail_is_for_admins(callers: Callers) -> None:
    check_error(await callers.anonymous.get(PATH), 401, "UNAUTHORIZED")
    for client in (callers.viewer, callers.editor, callers.read_token, callers.ingest_token):
        check_error(await client.get(PATH), 403, "FORBIDDEN")
    for client in (callers.admin, callers.admin_token):
        check_list(await client.get(PATH), schemas.AuditEntry)


async def test_an_entry_tells_from_what_to_what(callers: Callers) -> None:
    bench = await Bench.make(callers)
    await callers.admin.data("PUT", bench.victim, {"role": "editor", "password": "canary password"})
    (row,) = await entries(callers, "action=change&resourceType=user")
    assert row["before"] == {"role": "viewer", "password": None}
    assert row["after"] == {"role": "editor", "password": "***"}
    assert (row["resourceId"], row["resourceName"]) == (bench.victim.rpartition("/")[2], VIEWER)
    assert (row["at"], row["via"], row["tokenId"]) == ("2026-11-25T10:00:00.000Z", "session", None)


async def test_secrets_are_never_in_it(callers: Callers) -> None:
    bench = await Bench.make(callers)
    for change, _, _ in CHANGES.values():
        await change(bench)
    secrets = [PASSWORD, "another one", bench.token["secret"], "argon2"]
    wrong = {"email": "canary-as-email", "password": "canary-password"}
    await callers.anonymous.post("/api/v1/auth/login", wrong)
    stored = await callers.server.context.appdb.read(
        lambda connection: json.dumps(
            connection.execute(
                "select author, via, token_id, source, subject_id, subject_name, before, after from audit_entries"
            ).fetchall()
        )
    )
    assert "sign_in_failed" not in stored
    for secret in [*secrets, "canary", "mbx_"]:
        assert secret not in stored, secret


async def test_failed_and_disabled_sign_ins_are_noted_by_account(callers: Callers) -> None:
    url = await user_url(callers, VIEWER)
    wishes = [
        {"email": EDITOR, "password": "wrong password"},
        {"email": "no@example.org", "password": PASSWORD},
        {"email": VIEWER, "password": PASSWORD},
    ]
    await callers.admin.data("PUT", url, {"disabled": True})
    for wish in wishes:
        answer = await callers.anonymous.post("/api/v1/auth/login", wish)
        check_error(answer, 401, "UNAUTHORIZED")
    rows = await entries(callers, "action=sign_in_failed")
    assert [(row["resourceName"], row["after"]["reason"]) for row in rows] == [
        (VIEWER, "disabled account"),
        ("", "unknown account"),
        (EDITOR, "wrong password"),
    ]
    rows = await entries(callers, f"resourceId={url.rpartition('/')[2]}")
    assert [row["action"] for row in rows] == ["sign_in_failed", "change", "create"]


async def test_the_list_is_filtered_and_searched(callers: Callers) -> None:
    await callers.editor.data("POST", DASHBOARDS, {"name": "Needle"}, 201)
    callers.server.clock.advance_ms(60_000)
    await callers.admin.data("POST", DASHBOARDS, {"name": "Straw"}, 201)
    me = await callers.editor.data("GET", "/api/v1/auth/me")
    for query, names in (
        ("resourceType=dashboard&search=needle", ["Needle"]),
        (f"resourceType=dashboard&author={EDITOR}", ["Needle"]),
        (f"resourceType=dashboard&author={me['id']}", ["Needle"]),
        ("resourceType=dashboard&from=now-30s", ["Straw"]),
        ("resourceType=dashboard&to=2026-11-25T10:00:30Z&search=Needle", ["Needle"]),
        ("resourceType=dashboard&from=1795600830&to=1795600831", []),
        ("resourceType=panel", []),
    ):
        assert [row["resourceName"] for row in await entries(callers, query)] == names, query


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=soon", "from"),
        ("to=99999999999999999999999", "to"),
        ("action=rename", "action"),
        ("resourceType=x", "resourceType"),
        ("action=create&action=delete", "action"),
        ("author=" + "x" * 201, "author"),
        ("sort=after", "sort"),
        ("pageSize=201", "pageSize"),
    ],
)
async def test_bad_input_is_named(callers: Callers, query: str, field: str) -> None:
    check_error(await callers.admin.get(f"{PATH}?{query}"), 400, "VALIDATION_ERROR", field)


async def test_what_the_metric_store_refuses_leaves_no_entry(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = callers.server.context.store
    push(store, "cpu", {}, [(NOW_MS, 1.0)])

    def refuse(*_: object) -> None:
        raise UnavailableError("not now", retry_after_s=1)

    monkeypatch.setattr(store, "change_metric", refuse)
    answer = await callers.admin.request("PATCH", "/api/v1/metrics/cpu", {"unit": "ratio"})
    check_error(answer, 503, "UNAVAILABLE")
    assert await entries(callers, "resourceType=metric") == []
