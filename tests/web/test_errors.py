"""Exceptions -> what may be told."""

from types import SimpleNamespace
from typing import Any

import pytest
from sanic.exceptions import (
    BadRequest,
    PayloadTooLarge,
    RequestCancelled,
    RequestTimeout,
    ServiceUnavailable,
    URITooLong,
)

from metricbox.errors import (
    CommandError,
    ConflictError,
    DatabaseFailureError,
    QueueFullError,
    UnavailableError,
)
from metricbox.web.errors import challenge_for, make_safe_error


def _request() -> Any:
    return SimpleNamespace(ctx=SimpleNamespace(), headers={}, method="GET", path="/x")


@pytest.mark.parametrize(
    ("exception", "status", "code"),
    [
        (ConflictError("taken"), 409, "CONFLICT"),
        (QueueFullError("later", retry_after_s=1), 503, "UNAVAILABLE"),
        (BadRequest("Bad content-length"), 400, "VALIDATION_ERROR"),
        (PayloadTooLarge("x"), 413, "PAYLOAD_TOO_LARGE"),
        (RequestTimeout("x"), 408, "REQUEST_TIMEOUT"),
        (URITooLong("x"), 414, "VALIDATION_ERROR"),
        (ServiceUnavailable("Response Timeout"), 503, "UNAVAILABLE"),
    ],
)
def test_what_is_meant_for_the_client_is_told(exception: Exception, status: int, code: str) -> None:
    error = make_safe_error(_request(), exception)
    assert (error.status, error.code) == (status, code)


@pytest.mark.parametrize("exception", [RuntimeError("canary"), CommandError("canary"), KeyError("canary")])
def test_anything_else_is_told_by_an_id_only(exception: Exception) -> None:
    request = _request()
    error = make_safe_error(request, exception)
    assert (error.status, error.code) == (500, "INTERNAL_ERROR")
    assert "canary" not in error.message
    assert request.ctx.request_id in error.message


def test_a_broken_database_is_told_by_an_id_and_its_cause_to_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    request = _request()
    error = make_safe_error(request, DatabaseFailureError("It cannot be read.", retry_after_s=30))
    assert (error.status, error.code) == (503, "UNAVAILABLE")
    assert isinstance(error, UnavailableError)
    assert error.retry_after_s == 30
    assert error.message.startswith("It cannot be read.")
    assert request.ctx.request_id in error.message
    assert request.ctx.request_id in caplog.text


def test_a_request_that_was_given_up_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    assert make_safe_error(_request(), RequestCancelled()).status == 503
    assert caplog.text == ""


def test_agents_are_asked_for_basic_credentials_and_browsers_for_none_that_they_know() -> None:
    assert challenge_for(_request()) == 'Basic realm="metricbox"'
    browser: Any = SimpleNamespace(headers={"user-agent": "Mozilla/5.0"})
    assert challenge_for(browser).startswith("Bearer ")
