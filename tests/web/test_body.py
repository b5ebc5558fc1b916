"""Reading JSON bodies."""

import json

import pytest

from metricbox.errors import ValidationError
from metricbox.web.body import check_model, decode_json
from metricbox.web.schemas import DashboardUpdate, PanelCreate, QueryParams, UserCreate
from tests.support.api import Callers, check_error


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b'{"a":1,}', "byte 7"),
        (b'{"a":NaN}', "byte 5"),
        (b'{"a":Infinity}', "byte 5"),
        (b'{"a":1e999}', "not JSON"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b'{"a":"\\ud800"}', "not JSON"),
        (b"[" * 100_000, "nested"),
        (b"[" * 65 + b"]" * 65, "nested"),
        (b'{"a":[123456789012345678901234567890]}', "64 bits"),
        (b'{"a":1,"b":2,"a":3}', "a: is named twice"),
        (b'{"x":[{"b":1 , "\\u0062" : 2}]}', "b: is named twice"),
        (b'{"":1,"":2}', "is named twice"),
    ],
)
def test_what_is_not_usable_json_is_refused_with_the_reason(body: bytes, part: str) -> None:
    with pytest.raises(ValidationError, match=part):
        decode_json(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}',
        b'{"a" \n\t:"a","b":"\\":","c":"\\\\"}',
        b'{"a":["x","x"],"b":":","c":"\\"a\\":1"}',
        '{"ä":"ä","\U0001f600":":"}'.encode(),
    ],
)
def test_names_that_only_look_repeated_are_read(body: bytes) -> None:
    assert decode_json(body) == json.loads(body)


def test_deep_but_bounded_json_is_read() -> None:
    assert decode_json(b"[" * 63 + b"]" * 63)


def _fields(model: type, value: dict[str, object]) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        check_model(value, model)
    return {detail.field: detail.message for detail in caught.value.details}


def test_every_field_at_fault_is_named_by_its_path() -> None:
    layout = [{"i": "a", "x": 0, "y": 0, "w": 1, "h": 1}, {"i": "b", "x": "0", "y": 0, "h": 1}]
    assert _fields(DashboardUpdate, {"version": 1, "layout": layout, "colour": 1}) == {
        "layout[1].x": "must be a whole number",
        "layout[1].w": "is required",
        "colour": "is not a known field",
    }
    assert _fields(PanelCreate, {"type": "line", "query": [{"query": "a", "step": "1m"}]}) == {
        "query[0].step": "is not a known field"
    }
    assert _fields(QueryParams, {"start": None, "end": True, "query": "a"}).keys() == {"start", "end"}
    # Neither is a name inside a union branch.
    assert _fields(QueryParams, {"start": {}, "end": {"str": 1}, "query": "a"}).keys() == {"start", "end"}
    assert _fields(QueryParams, {"start": 1, "end": 2, "query": "a", "tags": {"host": {}}}).keys() == {
        "tags.host"
    }


def test_messages_never_hold_what_was_sent() -> None:
    canary = "canary-secret"
    fields = _fields(UserCreate, {"email": canary, "password": {canary: canary}, "role": canary})
    assert fields.keys() == {"email", "password", "role"}
    assert canary not in str(fields)


async def test_media_types_other_than_json_are_refused(callers: Callers) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        headers = {"Content-Type": media_type}
        answer = await callers.admin.request("POST", "/api/v1/dashboards", content=b"{}", headers=headers)
        check_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    for media_type in ("application/json; charset=utf-8", "application/merge-patch+json", ""):
        headers = {"Content-Type": media_type}
        answer = await callers.admin.request("POST", "/api/v1/dashboards", content=b"{}", headers=headers)
        check_error(answer, 400, "VALIDATION_ERROR", "name")


async def test_a_body_that_is_no_object_is_refused(callers: Callers) -> None:
    for body in ("[]", "null", '"x"', "7"):
        headers = {"Content-Type": "application/json"}
        answer = await callers.admin.request("POST", "/api/v1/dashboards", content=body, headers=headers)
        check_error(answer, 400, "VALIDATION_ERROR")


async def test_a_body_of_several_megabytes_is_too_large_for_a_form(callers: Callers) -> None:
    wish = {"name": "x" * 5_000_000}
    check_error(await callers.admin.post("/api/v1/dashboards", wish), 413, "PAYLOAD_TOO_LARGE")
