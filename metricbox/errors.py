"""Every error that metricbox raises on purpose, and what a client is told of it.

    MetricboxError            500 INTERNAL_ERROR         message safe to show only when is_safe
    ├── ValidationError       400 VALIDATION_ERROR
    │   └── EvaluationError                              a sound PromQL expression that the data do not fit
    ├── UnauthorizedError     401 UNAUTHORIZED
    ├── ForbiddenError        403 FORBIDDEN
    ├── NotFoundError         404 NOT_FOUND
    ├── MethodNotAllowedError 405 METHOD_NOT_ALLOWED
    ├── ConflictError         409 CONFLICT
    ├── PayloadTooLargeError  413 PAYLOAD_TOO_LARGE
    ├── UnsupportedMediaTypeError 415 UNSUPPORTED_MEDIA_TYPE
    ├── LimitExceededError    422 LIMIT_EXCEEDED
    │   └── QueryTimeoutError                            a query took longer than it may
    ├── TooManyRequestsError  429 TOO_MANY_REQUESTS      with retry_after_s
    ├── UnavailableError      503 UNAVAILABLE            with retry_after_s
    │   ├── QueueFullError                               the write queue is full: come back later
    │   └── DatabaseFailureError                         SQLite cannot read or write its file; the log tells why
    ├── InsufficientStorageError 507 INSUFFICIENT_STORAGE
    ├── UsageError            exit 2 on the command line
    └── CommandError          exit 1 on the command line

Messages are whole sentences for a person and say what to do. They hold no secret and no path that the caller
did not name.
"""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple


class ErrorDetail(NamedTuple):
    """What is wrong with one field. `field` is the path in the request, as in `query.start` or `metrics[3].name`."""

    field: str
    message: str
    position: int | None = None
    """Where in the text of the field, in characters from 0; None where that is not known."""


class MetricboxError(Exception):
    status: ClassVar[int] = 500
    code: ClassVar[str] = "INTERNAL_ERROR"
    is_safe: ClassVar[bool] = False
    is_failure: ClassVar[bool] = False
    """Something is broken here, so that the log tells of it as well, under the id of the request."""

    def __init__(self, message: str, details: Sequence[ErrorDetail] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)


class ValidationError(MetricboxError):
    status = 400
    code = "VALIDATION_ERROR"
    is_safe = True

    @classmethod
    def for_field(cls, field: str, message: str, position: int | None = None) -> "ValidationError":
        return cls(f"{field}: {message}", [ErrorDetail(field, message, position)])

    def without_positions(self) -> "ValidationError":
        """The same of a text that is not the sender's any more."""
        return type(self)(self.message, [one._replace(position=None) for one in self.details])


class EvaluationError(ValidationError):
    """A sound expression that cannot be worked out on the data it meets: Prometheus's `execution` error."""

    @classmethod
    def of_query(cls, message: str) -> "EvaluationError":
        return cls(message, [ErrorDetail("query", message)])


class UnauthorizedError(MetricboxError):
    status = 401
    code = "UNAUTHORIZED"
    is_safe = True


class ForbiddenError(MetricboxError):
    status = 403
    code = "FORBIDDEN"
    is_safe = True


class NotFoundError(MetricboxError):
    status = 404
    code = "NOT_FOUND"
    is_safe = True


class MethodNotAllowedError(MetricboxError):
    status = 405
    code = "METHOD_NOT_ALLOWED"
    is_safe = True


class ConflictError(MetricboxError):
    status = 409
    code = "CONFLICT"
    is_safe = True


class PayloadTooLargeError(MetricboxError):
    status = 413
    code = "PAYLOAD_TOO_LARGE"
    is_safe = True


class UnsupportedMediaTypeError(MetricboxError):
    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"
    is_safe = True


class LimitExceededError(MetricboxError):
    status = 422
    code = "LIMIT_EXCEEDED"
    is_safe = True


class QueryTimeoutError(LimitExceededError):
    """A query that took longer than it may: asking a smaller table the same is no way out."""

    @classmethod
    def after(cls, limit_s: float) -> "QueryTimeoutError":
        return cls(
            f"the query took longer than its limit of {limit_s:g} s; "
            "ask for a shorter range or fewer series, or raise query_timeout"
        )


class RetryableError(MetricboxError):
    """An error that goes away by itself; `retry_after_s` becomes the Retry-After header (whole seconds)."""

    is_safe = True

    def __init__(self, message: str, retry_after_s: int, details: Sequence[ErrorDetail] = ()) -> None:
        super().__init__(message, details)
        self.retry_after_s = retry_after_s


class TooManyRequestsError(RetryableError):
    status = 429
    code = "TOO_MANY_REQUESTS"


class UnavailableError(RetryableError):
    status = 503
    code = "UNAVAILABLE"


class QueueFullError(UnavailableError):
    """The bounded queue before the writer thread is full; nothing of the batch was taken."""


class DatabaseFailureError(UnavailableError):
    """The application database is damaged or its disk fails: whoever does not need it is still served.

    Safe to show, but its cause, which says what a person has to mend, goes to the log.
    """

    is_failure = True


class InsufficientStorageError(MetricboxError):
    status = 507
    code = "INSUFFICIENT_STORAGE"
    is_safe = True


class UsageError(MetricboxError):
    """A wrong setting or argument. The command line prints the message and exits with 2."""


class CommandError(MetricboxError):
    """A command could not be done. The command line prints the message and exits with 1."""
