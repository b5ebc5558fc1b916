"""The tree of errors: what a client is told, as API.md 2 has it."""

import inspect

import pytest

from metricbox import errors
from metricbox.errors import (
    CommandError,
    ErrorDetail,
    MetricboxError,
    QueueFullError,
    TooManyRequestsError,
    UnavailableError,
    UsageError,
    ValidationError,
)

EXPECTED = {
    "VALIDATION_ERROR": 400,
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "CONFLICT": 409,
    "PAYLOAD_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "LIMIT_EXCEEDED": 422,
    "TOO_MANY_REQUESTS": 429,
    "INTERNAL_ERROR": 500,
    "UNAVAILABLE": 503,
    "INSUFFICIENT_STORAGE": 507,
}
CLASSES = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, MetricboxError)]


def test_every_code_has_the_status_of_the_contract() -> None:
    assert {one.code: one.status for one in CLASSES} == EXPECTED


@pytest.mark.parametrize("error", CLASSES)
def test_the_docstring_draws_every_class(error: type[MetricboxError]) -> None:
    assert error.__name__ in (errors.__doc__ or "") or error.__name__ == "RetryableError"


@pytest.mark.parametrize("error", CLASSES)
def test_only_what_is_not_an_internal_error_is_shown(error: type[MetricboxError]) -> None:
    assert error.is_safe == (error.code != "INTERNAL_ERROR" or error.__name__ == "RetryableError")


def test_a_field_error_names_the_field_twice() -> None:
    error = ValidationError.for_field("query.start", "is not a time")
    assert str(error) == error.message == "query.start: is not a time"
    assert error.details == (ErrorDetail("query.start", "is not a time"),)


def test_a_place_in_a_text_can_be_taken_back() -> None:
    error = ValidationError.for_field("query", "is odd", 7)
    assert error.details == (ErrorDetail("query", "is odd", 7),)
    assert error.without_positions().details == (ErrorDetail("query", "is odd"),)


@pytest.mark.parametrize("error", [TooManyRequestsError, UnavailableError, QueueFullError])
def test_what_goes_away_by_itself_says_when(error: type[errors.RetryableError]) -> None:
    assert error("later", 7).retry_after_s == 7


def test_a_full_queue_is_answered_as_unavailable() -> None:
    """PROTOCOLS 0: Prometheus drops a batch on 429 and keeps it on 503."""
    assert QueueFullError("x", 1).status == 503


def test_command_line_errors_are_not_http_errors() -> None:
    assert not UsageError.is_safe
    assert not CommandError.is_safe
