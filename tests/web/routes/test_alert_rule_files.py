"""Rules that others wrote, over HTTP."""

from typing import Any

import pytest

from metricbox.alerts.library import LIBRARY
from metricbox.web import alert_schemas as schemas
from metricbox.web.prometheus_rule_files import MAX_FILE_BYTES
from tests.support.api import Callers, check_error
from tests.support.stores import NOW_MS, push

PATH = "/api/v1/alerts"
YAML = {"Content-Type": "application/yaml"}
FILE = """
groups:
  - name: node
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
      - alert: Down
        expr: up == 0
        for: 5m
        labels: {severity: page, team: ops}
        annotations:
          summary: "{{ $labels.instance }} is down ({{ $value }})"
          runbook_url: https://example.org
"""


async def send(callers: Callers, body: bytes | str, **headers: str) -> Any:
    return await callers.editor.request(
        "POST", f"{PATH}/rules/import", content=body, headers=YAML | dict(headers)
    )


async def make_channel(callers: Callers) -> str:
    wish = {"name": "ops", "type": "webhook", "settings": {"url": "http://127.0.0.1:9/"}}
    made = await callers.admin.data("POST", f"{PATH}/channels", wish, 201)
    return str(made["id"])


async def test_a_file_becomes_rules_and_a_report(callers: Callers) -> None:
    check_error(await callers.viewer.post(f"{PATH}/rules/import", {"file": FILE}), 403, "FORBIDDEN")
    answer = await send(callers, FILE)
    assert answer.status_code == 201, answer.text
    (rule,) = answer.json()["data"]
    schemas.AlertRule.model_validate(rule)
    schemas.RuleImportMeta.model_validate(answer.json()["meta"])
    shown = (rule["name"], rule["query"], rule["condition"], rule["threshold"], rule["duration"])
    assert shown == ("Down", "up", "eq", 0, "5m")
    assert (rule["severity"], rule["labels"], rule["enabled"]) == ("critical", {"team": "ops"}, True)
    assert rule["notification"]["message"] == "{{labels.instance}} is down ({{value}})"
    report = [(fault["rule"], fault["field"]) for fault in answer.json()["meta"]["report"]]
    assert report == [("job:up:sum", "record"), ("Down", "annotations.runbook_url")]
    assert await callers.viewer.data("GET", f"{PATH}/rules/{rule['id']}") == rule
    entries = await callers.admin.data("GET", "/api/v1/audit")
    assert [entry["action"] for entry in entries if entry["resourceId"] == rule["id"]] == ["create"]


async def test_as_json_it_may_name_channels_and_leave_the_rules_switched_off(callers: Callers) -> None:
    channel = await make_channel(callers)
    wish = {"file": FILE, "channels": [channel], "enabled": False}
    (rule,) = await callers.editor.data("POST", f"{PATH}/rules/import", wish, 201)
    assert (rule["notification"]["channels"], rule["enabled"]) == ([channel], False)
    answer = await callers.editor.post(f"{PATH}/rules/import", wish | {"channels": ["none"]})
    check_error(answer, 400, "VALIDATION_ERROR", "channels[0]")
    assert len(await callers.viewer.data("GET", f"{PATH}/rules")) == 1


@pytest.mark.parametrize("body", ["", " ", "a: [", "groups: 1", "groups: []", "\x00", "[" * 5_000])
async def test_what_is_no_such_file_is_refused(callers: Callers, body: str) -> None:
    check_error(await send(callers, body), 400, "VALIDATION_ERROR")
    assert await callers.viewer.data("GET", f"{PATH}/rules") == []


async def test_files_are_bounded_and_text(callers: Callers) -> None:
    too_long = FILE + "#" * MAX_FILE_BYTES
    check_error(await send(callers, too_long), 413, "PAYLOAD_TOO_LARGE")
    answer = await callers.editor.post(f"{PATH}/rules/import", {"file": too_long})
    check_error(answer, 413, "PAYLOAD_TOO_LARGE")
    assert "UTF-8" in check_error(await send(callers, b"groups: \xff"), 400, "VALIDATION_ERROR")
    answer = await callers.editor.request(
        "POST", f"{PATH}/rules/import", content=FILE, headers={"Content-Type": "text/html"}
    )
    check_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_the_library_is_offered_and_made_on_demand(callers: Callers) -> None:
    offered = await callers.viewer.data("GET", f"{PATH}/library")
    for rule in offered:
        schemas.LibraryRule.model_validate(rule)
    assert [rule["id"] for rule in offered] == [rule.id for rule in LIBRARY]
    assert {rule["ruleId"] for rule in offered} == {None}
    wish: dict[str, Any] = {"ids": ["cpu-busy", "host-silent"], "channels": [await make_channel(callers)]}
    check_error(await callers.viewer.post(f"{PATH}/library", wish), 403, "FORBIDDEN")
    made = await callers.editor.data("POST", f"{PATH}/library", wish, 201)
    for rule in made:
        schemas.AlertRule.model_validate(rule)
        assert rule["notification"]["channels"] == wish["channels"]
    assert [(rule["name"], rule["noData"]) for rule in made] == [("CPU busy", "ok"), ("Host silent", "alert")]
    assert "nothing was heard" in made[1]["notification"]["message"]
    taken = {rule["id"]: rule["ruleId"] for rule in await callers.viewer.data("GET", f"{PATH}/library")}
    assert (taken["cpu-busy"], taken["host-silent"]) == (made[0]["id"], made[1]["id"])
    assert taken["memory-short"] is None
    for change, field in (({"ids": ["none"]}, "ids[0]"), ({"channels": ["none"]}, "channels[0]")):
        answer = await callers.editor.post(f"{PATH}/library", wish | change)
        check_error(answer, 400, "VALIDATION_ERROR", field)
    assert len(await callers.viewer.data("GET", f"{PATH}/rules")) == 2


async def test_the_library_says_what_is_there_and_what_has_data(callers: Callers) -> None:
    def state(rules: list[dict[str, Any]]) -> dict[str, tuple[bool, bool]]:
        return {rule["id"]: (rule["ruleId"] is not None, rule["hasData"]) for rule in rules}

    before = await callers.viewer.data("GET", f"{PATH}/library")
    assert set(state(before).values()) == {(False, False)}
    assert {rule["id"]: rule["unit"] for rule in before}["cpu-busy"] == "ratio"
    store = callers.server.context.store
    push(store, "metricbox_host_memory_used_ratio", {"instance": "a"}, [(NOW_MS, 0.5)])
    # One of two metrics is not enough.
    push(store, "metricbox_disk_free_bytes", {"instance": "a"}, [(NOW_MS, 1.0)])
    (made,) = await callers.editor.data("POST", f"{PATH}/library", {"ids": ["memory-short"]}, 201)
    assert made["unit"] == "ratio"
    after = state(await callers.viewer.data("GET", f"{PATH}/library"))
    assert {name for name, (_, has_data) in after.items() if has_data} == {"memory-short"}
    assert {name for name, (is_there, _) in after.items() if is_there} == {"memory-short"}
