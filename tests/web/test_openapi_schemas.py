"""The schemas of the browser's forms: the server's own limits and sentences, and never stricter than the server."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.errors import ValidationError
from metricbox.web.body import MESSAGE_OF_KEYWORD, check_model
from metricbox.web.schemas import (
    ApiTokenCreate,
    DashboardCreate,
    Preferences,
    QueryParams,
    RequestModel,
    RetentionChange,
    UserCreate,
)
from tests.architecture.files import read

LINE = re.compile(r"^  (\w+): (\{.*\}),$", re.MULTILINE)
SCHEMAS: dict[str, Any] = {
    name: json.loads(text) for name, text in LINE.findall(read("metricbox/web/static/lib/schemas.gen.js"))
}
PASSWORD = "correct horse battery"
USER = {"email": "ada@example.org", "password": PASSWORD}
QUERY = {"query": "cpu", "start": "now-1h", "end": "now"}
# Model, what is sent beside the field, the field.
FIELDS: list[tuple[type[RequestModel], dict[str, Any], str]] = [
    (UserCreate, USER, "email"),
    (UserCreate, USER, "password"),
    (UserCreate, USER, "role"),
    (ApiTokenCreate, {"name": "a", "scope": "read"}, "name"),
    (DashboardCreate, {"name": "a"}, "refreshInterval"),
    (Preferences, {}, "timezone"),
    (RetentionChange, {}, "metrics_raw"),
    (QueryParams, QUERY, "step"),
]
TEXTS = st.one_of(
    st.text(max_size=300),
    st.sampled_from(
        ["", " ", "off", "now", "UTC", "Europe/Berlin", "admin", " ada@example.org\n", "\x1ca@b\x1f"]
    ),
    st.from_regex(r"\A(\d{1,4}(ms|[ywdhms])){1,3}\Z"),
    st.from_regex(r"\A\s*\S{1,5}@\S{1,5}\s*\Z"),
)


def find_fault(schema: dict[str, Any], value: str) -> str | None:
    """The keyword that a text fails."""
    length = len(value)
    if length < schema.get("minLength", 0):
        return "minLength"
    if length > schema.get("maxLength", length):
        return "maxLength"
    if "enum" in schema and value not in schema["enum"]:
        return "enum"
    return None if re.search(schema.get("pattern", ""), value) else "pattern"


@pytest.mark.parametrize(("model", "rest", "field"), FIELDS)
@given(value=TEXTS)
def test_what_the_server_takes_no_form_refuses(
    model: type[RequestModel], rest: dict[str, Any], field: str, value: str
) -> None:
    fault = find_fault(SCHEMAS[model.__name__]["properties"][field], value)
    try:
        check_model({**rest, field: value}, model)
    except ValidationError:
        return
    assert fault is None


@pytest.mark.parametrize(
    ("model", "rest", "field", "value"),
    [
        (UserCreate, USER, "email", "ada"),
        (UserCreate, USER, "email", "a" * 255),
        (UserCreate, USER, "password", "short"),
        (UserCreate, USER, "role", "owner"),
        (ApiTokenCreate, {"scope": "read"}, "name", "  "),
        (ApiTokenCreate, {"scope": "read"}, "name", "a" * 201),
        (DashboardCreate, {"name": "a"}, "refreshInterval", "soon"),
        (Preferences, {}, "timezone", "Mars and beyond"),
        (RetentionChange, {}, "metrics_raw", "x"),
        (RetentionChange, {}, "metrics_raw", "5 minutes"),
        (QueryParams, QUERY, "step", "7"),
    ],
)
def test_form_and_server_say_the_same(
    model: type[RequestModel], rest: dict[str, Any], field: str, value: str
) -> None:
    schema = SCHEMAS[model.__name__]["properties"][field]
    keyword = find_fault(schema, value)
    assert keyword is not None
    sentence = schema.get("x-messages", {}).get(keyword) or MESSAGE_OF_KEYWORD[keyword]
    with pytest.raises(ValidationError) as caught:
        check_model({**rest, field: value}, model)
    assert [detail.message for detail in caught.value.details] == [
        sentence.replace("{limit}", str(schema.get(keyword)))
    ]


def test_schemas_are_whole_and_name_nothing_elsewhere() -> None:
    assert {"UserCreate", "DashboardCreate", "PanelCreate", "LoginRequest"} <= set(SCHEMAS)
    for schema in SCHEMAS.values():
        assert schema["type"] == "object"
        assert schema["additionalProperties"] is False
        assert "$ref" not in json.dumps(schema)
