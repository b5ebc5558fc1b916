"""Shapes of answers."""

import json

import numpy as np
import pytest

from metricbox.errors import ErrorDetail, QueueFullError, ValidationError
from metricbox.query.times import format_time
from metricbox.web.respond import data_response, encode_json, error_response
from metricbox.web.schemas import TimeRange


def test_json_is_strict() -> None:
    value = {"a": [float("nan"), float("inf"), -float("inf"), 1.5], "b": np.array([1.0, np.nan])}
    assert encode_json(value) == b'{"a":[null,null,null,1.5],"b":[1.0,null]}'


def test_models_are_written_by_their_aliases() -> None:
    time_range = TimeRange.model_validate({"from": "now-1h", "to": "now"})
    assert json.loads(encode_json(time_range)) == {"from": "now-1h", "to": "now"}


def test_what_cannot_be_written_is_an_error_of_ours() -> None:
    with pytest.raises(TypeError):
        encode_json(object())


def test_data_carries_meta_when_there_is_some() -> None:
    assert data_response([]).body == b'{"data":[]}'
    assert data_response([], {"total": 0}).body == b'{"data":[],"meta":{"total":0}}'


def test_errors_carry_details_and_the_time_to_wait() -> None:
    error = error_response(ValidationError("bad", [ErrorDetail("a.b", "is required")]))
    assert json.loads(error.body or b"") == {
        "error": "bad",
        "code": "VALIDATION_ERROR",
        "details": [{"field": "a.b", "message": "is required"}],
    }
    error = error_response(ValidationError.for_field("query", "is odd", 0))
    assert json.loads(error.body or b"")["details"] == [
        {"field": "query", "message": "is odd", "position": 0}
    ]
    full = error_response(QueueFullError("later", retry_after_s=3))
    assert (full.status, full.headers["Retry-After"]) == (503, "3")


@pytest.mark.parametrize(
    ("time_ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_795_600_800_007, "2026-11-25T10:00:00.007Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ],
)
def test_times_are_iso_8601_utc(time_ms: int, text: str) -> None:
    assert format_time(time_ms) == text
