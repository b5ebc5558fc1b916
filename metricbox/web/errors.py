"""Exceptions -> answers. Whatever a handler raises, and whatever Sanic refuses by itself, leaves in one shape.

Errors of our own tree are told as they are; anything else is a 500 with the request id, its traceback in the log
and nothing of it in the answer. Browsers that ask for an unknown page get the application with status 404.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sanic import HTTPResponse, Request
from sanic.exceptions import NotFound, SanicException
from sanic.handlers import ErrorHandler

from metricbox.errors import (
    ForbiddenError,
    MethodNotAllowedError,
    MetricboxError,
    NotFoundError,
    PayloadTooLargeError,
    RetryableError,
    UnauthorizedError,
    UnavailableError,
    UnsupportedMediaTypeError,
    ValidationError,
)
from metricbox.web.respond import error_response, request_id_of

logger = logging.getLogger(__name__)

ErrorShape = Callable[[Request, MetricboxError], HTTPResponse]
"""A route that answers errors in another protocol's shape names one: `ctx_error_shape=...` at its registration."""

BASIC_CHALLENGE = 'Basic realm="metricbox"'
BEARER_CHALLENGE = 'Bearer realm="metricbox"'


class RequestTimeoutError(RetryableError):
    status = 408
    code = "REQUEST_TIMEOUT"


class _RefusedRequestError(ValidationError):
    """A request that Sanic refused with a status of its own, such as 414 or 417."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status  # type: ignore[misc] # the class has the status of its parent


class ApiErrorHandler(ErrorHandler):
    """Sanic's hook for everything that was raised."""

    def __init__(
        self,
        page_for_unknown_path: Callable[[Request], HTTPResponse | None],
        shape_by_prefix: Mapping[str, ErrorShape] = MappingProxyType({}),
    ) -> None:
        super().__init__()
        self._shape_by_prefix = shape_by_prefix
        self._page_for_unknown_path = page_for_unknown_path

    def default(self, request: Request, exception: Exception) -> HTTPResponse:
        if isinstance(exception, NotFound):
            page = self._page_for_unknown_path(request)
            if page is not None:
                return page
        error = make_safe_error(request, exception)
        shape = self._shape_of(request)
        response = shape(request, error) if shape else error_response(error)
        _add_headers(request, error, exception, response)
        return response

    def _shape_of(self, request: Request) -> ErrorShape | None:
        """The route's own; without a route, that of the protocol to which the path belongs."""
        if request.route:
            shape: ErrorShape | None = getattr(request.route.ctx, "error_shape", None)
            return shape
        return next(
            (
                shape
                for prefix, shape in self._shape_by_prefix.items()
                if f"{request.path}/".startswith(f"{prefix}/")
            ),
            None,
        )


def make_safe_error(request: Request, exception: BaseException) -> MetricboxError:
    """What may be told about `exception`; logs what may not. Batch routes use it for each of their parts."""
    if isinstance(exception, MetricboxError) and exception.is_safe and not exception.is_failure:
        return exception
    if isinstance(exception, SanicException) and exception.status_code < 500:
        return _describe_refusal(exception)
    if isinstance(exception, asyncio.CancelledError):
        # The caller has gone, or the server stops: nothing failed, and hardly anybody reads the answer.
        return UnavailableError("The request was given up.", retry_after_s=1)
    request_id = request_id_of(request)
    hint = f"The log of metricbox tells more under request {request_id}."
    if isinstance(exception, SanicException) and exception.status_code == 503:
        _log_failure(request, "took too long", None)
        text = f"The answer took too long. Try again, or ask for less. {hint}"
        return UnavailableError(text, retry_after_s=5)
    _log_failure(request, "failed", exception)
    if isinstance(exception, UnavailableError):
        return UnavailableError(f"{exception.message} {hint}", exception.retry_after_s)
    return MetricboxError(f"Something went wrong inside metricbox. {hint}")


def _log_failure(request: Request, what: str, exception: BaseException | None) -> None:
    request_id = request_id_of(request)
    logger.error(
        "%s %s %s (request %s)",
        request.method,
        request.path,
        what,
        request_id,
        exc_info=exception,
        extra={"request_id": request_id},
    )


def _describe_refusal(exception: SanicException) -> MetricboxError:
    status = exception.status_code
    known: dict[int, MetricboxError] = {
        401: UnauthorizedError("Sign in, or send an API token."),
        403: ForbiddenError("This is not allowed."),
        404: NotFoundError("There is nothing at this address."),
        405: MethodNotAllowedError("This address does not take this method."),
        408: RequestTimeoutError("The request took too long to arrive.", retry_after_s=1),
        413: PayloadTooLargeError("The request is larger than this server takes."),
        415: UnsupportedMediaTypeError("This media type is not taken here."),
    }
    if status in known:
        return known[status]
    # Sanic's own sentences about a malformed request; they hold no internals.
    text = "The request is not valid HTTP" if status == 400 else "The request cannot be taken"
    return _RefusedRequestError(status, f"{text}: {exception}.".replace("..", "."))


def _add_headers(
    request: Request, error: MetricboxError, exception: Exception, response: HTTPResponse
) -> None:
    if error.status == 401:
        response.headers["WWW-Authenticate"] = challenge_for(request)
    if error.status == 405:
        response.headers["Allow"] = ", ".join(_allowed_methods(request))
    headers: Any = getattr(exception, "headers", None)
    if error.status == 416 and headers:
        response.headers.update(headers)


def challenge_for(request: Request) -> str:
    """How to ask for credentials.

    Agents such as collectd send none until they are asked for Basic ones. A browser would answer that with its own
    sign-in window over our page, so it is asked for a scheme that it does not know.
    """
    headers = request.headers
    is_browser = "sec-fetch-mode" in headers or str(headers.get("user-agent", "")).startswith("Mozilla/")
    return BEARER_CHALLENGE if is_browser else BASIC_CHALLENGE


def _allowed_methods(request: Request) -> list[str]:
    router: Any = request.app.router
    allowed = []
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        try:
            router.get(request.path, method, None)
        except SanicException:
            continue
        allowed.append(method)
    return allowed
