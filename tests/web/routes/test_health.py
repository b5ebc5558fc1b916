"""Alive, ready, own metrics, status."""

from metricbox.web import schemas
from tests.support.api import Callers, Server, check_error

PROXIED = {"X-Forwarded-For": "192.0.2.7"}


async def test_health_is_open_and_satisfies_influx_clients(server: Server) -> None:
    answer = await server.client().get("/health", headers=PROXIED)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["name"], body["status"]) == ("influxdb", "pass")
    head = await server.client().request("HEAD", "/health")
    assert (head.status_code, head.content) == (200, b"")


async def test_health_tells_nothing_of_this_server(server: Server) -> None:
    client = server.client()
    before = (await client.get("/health")).content
    await server.set_up()
    server.clock.advance_ms(10_000)
    assert (await client.get("/health")).content == before


async def test_ready_and_metrics_need_a_login_from_elsewhere(callers: Callers) -> None:
    for path in ("/ready", "/metrics"):
        assert (await callers.anonymous.get(path)).status_code == 200
        check_error(await callers.anonymous.get(path, headers=PROXIED), 401, "UNAUTHORIZED")
        check_error(await callers.ingest_token.get(path, headers=PROXIED), 403, "FORBIDDEN")
        for client in (callers.read_token, callers.viewer):
            assert (await client.get(path, headers=PROXIED)).status_code == 200


async def test_a_server_whose_database_is_closed_is_not_ready(server: Server) -> None:
    client = server.client()
    assert (await client.get("/ready")).json()["status"] == "ready"
    server.context.appdb.close()
    answer = await client.get("/ready")
    check_error(answer, 503, "UNAVAILABLE")
    assert answer.headers["retry-after"] == "5"
    assert (await client.get("/health")).status_code == 200


async def test_own_metrics_count_the_requests(server: Server) -> None:
    client = server.client()
    await client.get("/api/v1/none")
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'metricbox_http_requests_total{method="GET",status="404"} 1.0' in answer.text


async def test_status_is_for_readers(callers: Callers) -> None:
    check_error(await callers.anonymous.get("/api/v1/status"), 401, "UNAUTHORIZED")
    check_error(await callers.ingest_token.get("/api/v1/status"), 403, "FORBIDDEN")
    for client in (callers.viewer, callers.read_token, callers.admin):
        schemas.Status.model_validate(await client.data("GET", "/api/v1/status"))


async def test_status_tells_of_alerting(callers: Callers) -> None:
    rule = {"name": "CPU", "query": "cpu", "condition": "gt", "threshold": 90}
    await callers.editor.data("POST", "/api/v1/alerts/rules", rule, 201)
    clock, loop = callers.server.clock, callers.server.context.alerts.loop
    clock.advance_ms(10_000)
    await loop.tick(clock.now_ms())
    alerts = (await callers.viewer.data("GET", "/api/v1/status"))["alerts"]
    assert alerts == {
        "lastTickAt": "2026-11-25T10:00:10.000Z", "lastDurationMs": 0, "interval": "10s", "rules": 1,
        "failing": 0, "pending": 0, "firing": 0, "queuedDeliveries": 0, "warning": None,
    }  # fmt: skip
    clock.advance_ms(60_000)
    alerts = (await callers.viewer.data("GET", "/api/v1/status"))["alerts"]
    assert "not evaluated for 1m" in alerts["warning"]


async def test_status_counts_what_came_in_and_what_was_refused(callers: Callers) -> None:
    points = [{"name": "a", "value": 1}, {"name": "b", "value": 2}, {"name": "b", "value": "x"}]
    await callers.ingest_token.post("/api/v1/metrics", {"metrics": points})
    callers.server.clock.advance_ms(5000)
    status = await callers.viewer.data("GET", "/api/v1/status")
    schemas.Status.model_validate(status)
    assert (status["series"], status["metrics"], status["uptimeMs"]) == (2, 2, 5000)
    (source,) = status["ingest"]
    assert (source["accepted"], source["refused"]) == (2, 1)
    assert [(refusal["source"], refusal["samples"]) for refusal in status["refusals"]] == [
        (source["source"], 1)
    ]
    raw = status["tiers"][0]
    assert (raw["table"], raw["rows"], raw["retention"]) == ("metrics_raw", 2, "7d")
