"""API tokens."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from metricbox.web import schemas
from tests.support.api import Callers, basic, check_error, check_list, run_server
from tests.support.remote_write import compress, series
from tests.support.stores import NOW_MS

PATH = "/api/v1/tokens"
SAMPLE = {"metrics": [{"name": "a", "value": 1}]}


async def test_the_secret_is_in_the_first_answer_only(callers: Callers) -> None:
    answer = await callers.editor.post(PATH, {"name": "box", "scope": "ingest"})
    assert answer.status_code == 201
    token = answer.json()["data"]
    schemas.ApiTokenCreated.model_validate(token)
    assert token["secret"].startswith("mbx_")
    listed = await callers.editor.get(PATH)
    assert token["secret"] not in listed.text
    del token["secret"]
    assert check_list(listed, schemas.ApiToken)[0] == token


async def test_everyone_lists_his_own_and_admins_all(callers: Callers) -> None:
    assert [t["name"] for t in await callers.viewer.data("GET", PATH)] == ["read token"]
    assert [t["name"] for t in await callers.editor.data("GET", PATH)] == ["ingest token"]
    assert len(await callers.admin.data("GET", PATH)) == 3
    assert [t["name"] for t in await callers.admin.data("GET", f"{PATH}?search=read")] == ["read token"]


async def test_tokens_are_for_accounts(callers: Callers) -> None:
    wish = {"name": "x", "scope": "read"}
    for method, body in (("GET", None), ("POST", wish)):
        check_error(await callers.anonymous.request(method, PATH, body), 401, "UNAUTHORIZED")
        check_error(await callers.ingest_token.request(method, PATH, body), 403, "FORBIDDEN")
        check_error(await callers.read_token.request(method, PATH, body), 403, "FORBIDDEN")
    await callers.admin_token.data("POST", PATH, wish, 201)


async def test_nobody_hands_out_more_than_he_has(callers: Callers) -> None:
    allowed = {}
    for role in ("viewer", "editor", "admin"):
        for scope in ("read", "ingest", "admin"):
            answer = await getattr(callers, role).post(PATH, {"name": "x", "scope": scope})
            allowed[role, scope] = answer.status_code == 201
    assert [pair for pair, is_allowed in allowed.items() if not is_allowed] == [
        ("viewer", "ingest"),
        ("viewer", "admin"),
        ("editor", "admin"),
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"scope": "write"}, "scope"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "soon"}, "expiresAt"),
        ({"secret": "mbx_x"}, "secret"),
    ],
)
async def test_bad_input_is_named(callers: Callers, body: dict[str, object], field: str) -> None:
    wish = {"name": "x", "scope": "read", **body}
    check_error(await callers.editor.post(PATH, wish), 400, "VALIDATION_ERROR", field)


async def test_revoking_works_at_once(callers: Callers) -> None:
    assert (await callers.ingest_token.post("/api/v1/metrics", SAMPLE)).status_code == 202
    (token,) = await callers.editor.data("GET", PATH)
    check_error(await callers.viewer.delete(f"{PATH}/{token['id']}"), 404, "NOT_FOUND")
    check_error(await callers.anonymous.delete(f"{PATH}/{token['id']}"), 401, "UNAUTHORIZED")
    assert (await callers.editor.delete(f"{PATH}/{token['id']}")).status_code == 204
    check_error(await callers.ingest_token.post("/api/v1/metrics", SAMPLE), 401, "UNAUTHORIZED")
    check_error(await callers.editor.delete(f"{PATH}/{token['id']}"), 404, "NOT_FOUND")


async def test_an_admin_revokes_the_tokens_of_others(callers: Callers) -> None:
    (token,) = await callers.viewer.data("GET", PATH)
    assert (await callers.admin.delete(f"{PATH}/{token['id']}")).status_code == 204
    check_error(await callers.read_token.get("/api/v1/metrics"), 401, "UNAUTHORIZED")


async def test_a_token_ends_when_it_expires(callers: Callers) -> None:
    wish = {"name": "x", "scope": "read", "expiresAt": "2026-11-25T10:01:00Z"}
    token = await callers.editor.data("POST", PATH, wish, 201)
    assert token["expiresAt"] == "2026-11-25T10:01:00.000Z"
    client = callers.server.client(token=token["secret"])
    assert (await client.get("/api/v1/metrics")).status_code == 200
    callers.server.clock.advance_ms(60_000)
    check_error(await client.get("/api/v1/metrics"), 401, "UNAUTHORIZED")


async def test_last_use_is_shown_to_the_minute(callers: Callers) -> None:
    await callers.read_token.get("/api/v1/metrics")
    assert (await callers.viewer.data("GET", PATH))[0]["lastUsedAt"] == "2026-11-25T10:00:00.000Z"
    callers.server.clock.advance_ms(59_999)
    await callers.read_token.get("/api/v1/metrics")
    assert (await callers.viewer.data("GET", PATH))[0]["lastUsedAt"] == "2026-11-25T10:00:00.000Z"
    callers.server.clock.advance_ms(1)
    await callers.read_token.get("/api/v1/metrics")
    assert (await callers.viewer.data("GET", PATH))[0]["lastUsedAt"] == "2026-11-25T10:01:00.000Z"


async def test_a_token_is_taken_in_every_form_that_agents_send(callers: Callers) -> None:
    secret = callers.ingest_token.http.headers["authorization"].removeprefix("Bearer ")
    forms = [
        {"Authorization": f"Bearer {secret}"},
        {"Authorization": f"bearer {secret}"},
        {"Authorization": f"Token {secret}"},
        {"Authorization": f"Token anyone:{secret}"},
        basic("anyone", secret),
        basic("", secret),
    ]
    client = callers.anonymous
    for headers in forms:
        answer = await client.post("/api/v1/metrics", SAMPLE, headers=headers)
        assert answer.status_code == 202, (headers, answer.text)
    url = f"/write?u=anyone&p={secret}"
    assert (await client.request("POST", url, content=b"m f=1")).status_code == 204
    answer = await client.post(f"/api/v1/metrics?u=anyone&p={secret}", SAMPLE)
    check_error(answer, 401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer canary-credential"},
        {"Authorization": "Token canary-credential"},
        {"Authorization": "Basic canary-credential"},
        {"Authorization": "Digest canary-credential"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer " + "canary" * 500},
        basic("canary", "canary"),
        {"Cookie": "metricbox_session=canary-credential", "Origin": "own"},
    ],
)
async def test_wrong_credentials_are_refused_and_never_repeated(
    callers: Callers, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Traps B172, B175."""
    caplog.set_level("DEBUG")
    if headers.get("Origin") == "own":
        headers = {**headers, "Origin": callers.server.url}
    for _ in range(2):
        answer = await callers.anonymous.post("/api/v1/metrics", SAMPLE, headers=headers)
        check_error(answer, 401, "UNAUTHORIZED")
        assert "canary" not in answer.text
        assert "canary" not in str(answer.headers)
    logged = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not [record for record in logged if "canary" in record.getMessage()]


async def test_a_session_is_no_token_and_a_token_no_session(callers: Callers) -> None:
    session = callers.admin.http.cookies["metricbox_session"]
    as_token = callers.server.client(token=session)
    check_error(await as_token.get("/api/v1/auth/me"), 401, "UNAUTHORIZED")
    as_session = callers.server.client()
    secret = callers.admin_token.http.headers["authorization"].removeprefix("Bearer ")
    as_session.http.cookies["metricbox_session"] = secret
    check_error(await as_session.get("/api/v1/auth/me"), 401, "UNAUTHORIZED")


async def test_a_browser_is_not_asked_for_basic_credentials(callers: Callers) -> None:
    async with httpx.AsyncClient(base_url=callers.server.url) as browser:
        answer = await browser.get("/api/v1/auth/me", headers={"User-Agent": "Mozilla/5.0 (X11; Linux)"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="metricbox"'


async def test_a_token_for_some_metrics_is_refused_the_others_by_name(callers: Callers) -> None:
    wish = {"name": "web", "scope": "ingest", "metricPrefix": "web_"}
    token = await callers.editor.data("POST", PATH, wish, 201)
    assert (token["metricPrefix"], token["maxSeries"]) == ("web_", None)
    client = callers.server.client(token=token["secret"], origin=None)
    points = {"metrics": [{"name": "web_up", "value": 1}, {"name": "disk", "value": 1}]}
    message = "this token takes metrics alone whose name begins with web_, not disk"
    # Known to the server and cached or not: it is the token that counts.
    for _ in range(2):
        answer = await client.post("/api/v1/metrics", points)
        assert answer.json()["data"]["errors"] == [{"index": 1, "message": message}]
        assert (await callers.editor.post("/api/v1/metrics", points)).json()["data"]["accepted"] == 2
    answer = await client.request("POST", "/write", content=b"disk f=1")
    assert answer.status_code == 400
    assert "not disk_f" in answer.text
    body = compress(series({"__name__": "disk"}, (NOW_MS, 1.0)))
    assert message in (await client.request("POST", "/api/v1/write", content=body)).text


async def test_a_token_has_a_cap_of_its_own_that_outlives_no_other_token(callers: Callers) -> None:
    wish = {"name": "few", "scope": "ingest", "maxSeries": 2}
    points = {"metrics": [{"name": "a", "value": 1, "tags": {"n": str(number)}} for number in range(3)]}
    for expected in (2, 3):
        token = await callers.editor.data("POST", PATH, wish, 201)
        client = callers.server.client(token=token["secret"], origin=None)
        answer = (await client.post("/api/v1/metrics", points)).json()["data"]
        assert answer["accepted"] == expected
        if expected == 2:
            assert "a cap of its own" in answer["errors"][0]["message"]
        wish["maxSeries"] = 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"metricPrefix": ""}, "metricPrefix"),
        ({"metricPrefix": "9a"}, "metricPrefix"),
        ({"metricPrefix": "a b"}, "metricPrefix"),
        ({"metricPrefix": "x" * 256}, "metricPrefix"),
        ({"maxSeries": 0}, "maxSeries"),
        ({"maxSeries": 10**12}, "maxSeries"),
        ({"maxSeries": 1.5}, "maxSeries"),
        ({"scope": "read", "metricPrefix": "a"}, "metricPrefix"),
        ({"scope": "read", "maxSeries": 5}, "maxSeries"),
    ],
)
async def test_bad_limits_are_named(callers: Callers, body: dict[str, object], field: str) -> None:
    wish = {"name": "x", "scope": "ingest", **body}
    check_error(await callers.editor.post(PATH, wish), 400, "VALIDATION_ERROR", field)


async def test_only_admins_lift_the_cap_of_the_settings(tmp_path: Path) -> None:
    async with run_server(tmp_path, max_series_per_token=10) as server:
        callers = await Callers.make(server)
        wish = {"name": "x", "scope": "ingest", "maxSeries": 11}
        check_error(await callers.editor.post(PATH, wish), 400, "VALIDATION_ERROR", "maxSeries")
        await callers.editor.data("POST", PATH, {**wish, "maxSeries": 10}, 201)
        await callers.admin.data("POST", PATH, wish, 201)


async def test_a_token_changes_and_drops_what_is_sent_with_it(callers: Callers) -> None:
    rules = [
        {"action": "drop", "sourceLabels": ["__name__"], "regex": "noise"},
        {"targetLabel": "site", "replacement": "north"},
    ]
    made = await callers.admin.post(PATH, {"name": "edge", "scope": "ingest", "relabel": rules})
    assert made.status_code == 201, made.text
    shown = made.json()["data"]["relabel"]
    assert [(rule["action"], rule["targetLabel"]) for rule in shown] == [("drop", None), ("replace", "site")]
    client = callers.server.client(token=made.json()["data"]["secret"], origin=None)
    points = {"metrics": [{"name": "noise", "value": 1}, {"name": "cpu_edge", "value": 2}]}
    answer = await client.post("/api/v1/metrics", points)
    assert (answer.status_code, answer.json()["data"]["accepted"]) == (202, 1)
    answer = await client.post("/api/v1/metrics", {"metrics": points["metrics"][:1]})
    assert (answer.status_code, answer.json()["data"]) == (202, {"accepted": 0, "rejected": 1, "errors": []})
    (series,) = callers.server.context.store.find_series("cpu_edge")
    assert dict(series.labels) == {"site": "north"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scope": "read", "relabel": [{"targetLabel": "a", "replacement": "b"}]}, "relabel"),
        ({"scope": "ingest", "relabel": [{"action": "drop"}]}, "relabel"),
        ({"scope": "ingest", "relabel": [{"colour": "red"}]}, "relabel[0].colour"),
    ],
)
async def test_rules_that_cannot_work_are_refused(callers: Callers, body: dict[str, Any], field: str) -> None:
    answer = await callers.admin.post(PATH, {"name": "x", **body})
    check_error(answer, 400, "VALIDATION_ERROR", field)
