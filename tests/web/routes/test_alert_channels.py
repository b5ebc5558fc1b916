"""Notification channels over HTTP: who may see them, and that their secrets never come back."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from metricbox.store.appdb.alert_channels import get_channel
from metricbox.web import alert_schemas as schemas
from tests.support.api import Callers, Client, check_error, check_list
from tests.support.http_sink import Answer, HttpSink, run_sink
from tests.support.stores import NOW_MS, push

PATH = "/api/v1/alerts/channels"
SECRET = "wr1te-0nly-s3cret"
WEBHOOK = {
    "name": "Ops",
    "type": "webhook",
    "settings": {"url": "http://127.0.0.1:9/hook", "headers": {"X-Key": SECRET}, "secret": SECRET},
}
EMAIL = {
    "to": ["ada@example.org"], "from": "box@example.org", "host": "mail.example.org", "username": "box",
    "password": SECRET,
}  # fmt: skip
ALL: dict[str, dict[str, Any]] = {
    "webhook": WEBHOOK["settings"],  # type: ignore[dict-item]
    "email": EMAIL,
    "slack": {"url": f"https://hooks.example.org/services/{SECRET}"},
    "teams": {"url": f"https://flow.example.org/workflows/{SECRET}"},
    "ntfy": {"url": "https://ntfy.example.org/disks", "token": SECRET},
    "alertmanager": {"url": "http://alerts.example.org:9093", "username": "box", "password": SECRET},
    "apprise": {"url": f"json://{SECRET}@example.org/"},
}


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with run_sink() as running:
        yield running


async def make(client: Client, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = await client.data("POST", PATH, {**WEBHOOK, **fields}, 201)
    return made


async def stored(callers: Callers, channel_id: str) -> dict[str, Any]:
    appdb = callers.server.context.appdb
    return dict((await appdb.read(lambda connection: get_channel(connection, channel_id))).settings)


async def test_channels_are_for_admins_alone(callers: Callers) -> None:
    made = await make(callers.admin)
    schemas.Channel.model_validate(made)
    path = f"{PATH}/{made['id']}"
    for method, target, body in (
        ("GET", PATH, None), ("POST", PATH, WEBHOOK), ("PUT", path, {"name": "x"}), ("DELETE", path, None),
        ("POST", f"{path}/test", None),
    ):  # fmt: skip
        check_error(await callers.anonymous.request(method, target, body), 401, "UNAUTHORIZED")
        for caller in (callers.viewer, callers.editor, callers.read_token, callers.ingest_token):
            check_error(await caller.request(method, target, body), 403, "FORBIDDEN")
    (listed,) = check_list(await callers.admin_token.get(PATH), schemas.Channel)
    assert listed == made


@pytest.mark.parametrize("kind", ALL)
async def test_secrets_never_come_back(callers: Callers, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "metricbox")
    made = await make(callers.admin, type=kind, settings=ALL[kind])
    path = f"{PATH}/{made['id']}"
    answers = [made, await callers.admin.data("PUT", path, {"name": "Other", "settings": made["settings"]})]
    assert "***" in json.dumps(made["settings"])
    assert await stored(callers, made["id"]) == (
        EMAIL | {"port": 587, "security": "starttls"} if kind == "email" else ALL[kind]
    )
    targets = (PATH, "/api/v1/audit", "/api/v1/alerts/deliveries")
    answers += [await callers.admin.data("GET", target) for target in targets]
    assert (await callers.admin.delete(path)).status_code == 204
    answers.append(await callers.admin.data("GET", "/api/v1/audit"))
    assert SECRET not in json.dumps(answers)
    assert SECRET not in caplog.text


async def test_a_masked_secret_stays_and_another_one_replaces_it(callers: Callers) -> None:
    made = await make(callers.admin)
    path = f"{PATH}/{made['id']}"
    settings = {"url": "http://127.0.0.1:9/other", "headers": {"X-Key": "***", "X-New": "n"}, "secret": "***"}
    await callers.admin.data("PUT", path, {"settings": settings})
    assert await stored(callers, made["id"]) == {
        "url": "http://127.0.0.1:9/other", "headers": {"X-Key": SECRET, "X-New": "n"}, "secret": SECRET,
    }  # fmt: skip
    await callers.admin.data("PUT", path, {"settings": {"url": "http://127.0.0.1:9/", "secret": "another"}})
    assert await stored(callers, made["id"]) == {"url": "http://127.0.0.1:9/", "secret": "another"}
    entries = await callers.admin.data("GET", "/api/v1/audit")
    assert "another" not in json.dumps(entries)
    assert "settingsChanged" in json.dumps(entries)


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "http://127.0.0.1:9/", "secret": "***"},
        {"url": "http://127.0.0.1:9/", "headers": {"X-Key": "***"}},
    ],
)
async def test_a_mask_is_no_secret_of_a_new_channel(callers: Callers, settings: dict[str, Any]) -> None:
    answer = await callers.admin.post(PATH, {**WEBHOOK, "settings": settings})
    check_error(answer, 400, "VALIDATION_ERROR")
    # Nor one of a channel of another type.
    made = await make(callers.admin)
    body = {"type": "slack", "settings": {"url": "***"}}
    check_error(
        await callers.admin.put(f"{PATH}/{made['id']}", body), 400, "VALIDATION_ERROR", "settings.url"
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"type": "pager"}, "type"),
        ({"settings": {}}, "settings.url"),
        ({"settings": {"url": "ftp://example.org"}}, "settings.url"),
        ({"settings": {"url": "https://example.org", "what": 1}}, "settings.what"),
        ({"type": "email", "settings": EMAIL | {"port": 0}}, "settings.port"),
        ({"enabled": "yes"}, "enabled"),
    ],
)
async def test_bad_input_is_named(callers: Callers, change: dict[str, Any], field: str) -> None:
    check_error(await callers.admin.post(PATH, {**WEBHOOK, **change}), 400, "VALIDATION_ERROR", field)


async def test_what_is_not_there_is_404(callers: Callers) -> None:
    for method, path, body in (
        ("PUT", "none", {"name": "x"}),
        ("DELETE", "none", None),
        ("POST", "none/test", None),
    ):
        check_error(await callers.admin.request(method, f"{PATH}/{path}", body), 404, "NOT_FOUND")


async def test_the_test_button_sends_at_once_and_tells_what_was_said(
    callers: Callers, sink: HttpSink
) -> None:
    settings = {"url": f"{sink.url}/{SECRET}", "secret": SECRET}
    made = await make(callers.admin, settings=settings)
    path = f"{PATH}/{made['id']}/test"
    assert await callers.admin.data("POST", path) == {"delivered": True, "answer": "200 ok"}
    (posted,) = sink.posted
    assert posted.json["title"] == "Test message of metricbox"
    assert posted.headers["x-metricbox-signature"].startswith("sha256=")
    sink.answer = lambda posted: Answer(404, f"no {posted.path}, {SECRET}".encode())
    assert await callers.admin.data("POST", path) == {"delivered": False, "answer": "404 no ***, ***"}
    sink.close()
    tried = await callers.admin.data("POST", path)
    schemas.ChannelTest.model_validate(tried)
    assert tried == {"delivered": False, "answer": "cannot be reached (connection refused)"}
    assert await callers.admin.data("GET", "/api/v1/alerts/deliveries") == []


async def fire(callers: Callers, channel_id: str) -> None:
    """A rule that fires to this channel; its message is queued and not yet sent."""
    rule = {
        "name": "CPU high", "query": "cpu", "condition": "gt", "threshold": 90,
        "notification": {"channels": [channel_id]},
    }  # fmt: skip
    await callers.editor.data("POST", "/api/v1/alerts/rules", rule, 201)
    push(callers.server.context.store, "cpu", {}, [(NOW_MS, 95.0)])
    callers.server.clock.advance_ms(10_000)
    await callers.server.context.alerts.loop.tick(NOW_MS + 10_000)


async def deliver(callers: Callers, advance_ms: int = 0) -> None:
    callers.server.clock.advance_ms(advance_ms)
    dispatcher = callers.server.context.alerts.dispatcher
    await dispatcher.start_workers()
    await dispatcher.drain()


async def test_deleting_a_channel_drops_what_is_queued(callers: Callers, sink: HttpSink) -> None:
    made = await make(callers.admin, settings={"url": sink.url})
    await fire(callers, made["id"])
    assert (await callers.admin.delete(f"{PATH}/{made['id']}")).status_code == 204
    await deliver(callers)
    (entry,) = await callers.viewer.data("GET", "/api/v1/alerts/deliveries")
    assert (entry["state"], entry["answer"]) == ("dropped", "the channel was deleted")
    assert sink.posted == []


async def test_a_channel_that_is_off_waits_and_gets_no_new_ones(callers: Callers, sink: HttpSink) -> None:
    made = await make(callers.admin, settings={"url": sink.url})
    path = f"{PATH}/{made['id']}"
    await fire(callers, made["id"])
    await callers.admin.data("PUT", path, {"enabled": False})
    await deliver(callers, 60_000)
    assert sink.posted == []
    await fire(callers, made["id"])
    assert len(await callers.viewer.data("GET", "/api/v1/alerts/deliveries")) == 1
    await callers.admin.data("PUT", path, {"enabled": True})
    await deliver(callers, 60_000)
    assert len(sink.posted) == 1


async def test_viewers_see_of_a_failure_no_secret(callers: Callers, sink: HttpSink) -> None:
    made = await make(callers.admin, type="slack", settings={"url": f"{sink.url}/services/{SECRET}"})
    sink.answer = lambda posted: Answer(500, f"Cannot POST {posted.path}".encode())
    await fire(callers, made["id"])
    await deliver(callers)
    (entry,) = await callers.viewer.data("GET", "/api/v1/alerts/deliveries")
    assert (entry["state"], entry["answer"]) == ("queued", "500 Cannot POST ***")


async def test_pages_and_search(callers: Callers) -> None:
    for name in ("b", "A", "c"):
        await make(callers.admin, name=name)
    names = [one["name"] for one in await callers.admin.data("GET", f"{PATH}?pageSize=2")]
    assert names == ["A", "b"]
    assert [one["name"] for one in await callers.admin.data("GET", f"{PATH}?search=C")] == ["c"]
