"""The shapes of answers (API.md 2): data, lists, errors; strict JSON in camelCase. On the event loop, no I/O.

A number that is not finite becomes null. Nothing here decides who may see what.
"""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel
from sanic import HTTPResponse, Request

from metricbox.errors import ErrorDetail, MetricboxError, RetryableError, ValidationError
from metricbox.query.times import format_time
from metricbox.store.appdb.records import Page, PageRequest

Row = TypeVar("Row")

JSON = "application/json"
MAX_PAGE_SIZE = 200
DEFAULT_PAGE_SIZE = 50
_MAX_PAGE = 1_000_000
_MAX_SEARCH_CHARS = 256
_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def _encode_other(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True)
    if hasattr(value, "tolist"):  # numpy arrays and scalars
        return value.tolist()
    msg = f"{type(value).__name__} cannot be written as JSON"
    raise TypeError(msg)


_encoder = msgspec.json.Encoder(enc_hook=_encode_other)


def encode_json(value: Any) -> bytes:
    """Strict JSON: what is not finite is null, pydantic models are written by their aliases."""
    return _encoder.encode(value)


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    """Any JSON as it is. Routes of our own API use `data_response` instead."""
    return HTTPResponse(encode_json(value), status, dict(headers or {}), JSON)


def takes_gzip(request: Request) -> bool:
    """Whether the caller reads gzip; `gzip;q=0` says no."""
    for part in str(request.headers.get("accept-encoding", "")).lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() == "gzip":
            return re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight) is None
    return False


def data_response(data: Any, meta: Mapping[str, Any] | None = None, status: int = 200) -> HTTPResponse:
    body = {"data": data} if meta is None else {"data": data, "meta": meta}
    return json_response(body, status)


def empty_response() -> HTTPResponse:
    return HTTPResponse(status=204)


def list_response(page: Page[Row], request: PageRequest, show: Callable[[Row], Any]) -> HTTPResponse:
    """One page of a list; `show` turns a row into what is sent."""
    meta = {"total": page.total, "page": request.page, "pageSize": request.page_size}
    return data_response([show(row) for row in page.rows], meta)


def slice_response(rows: Sequence[Row], request: PageRequest, show: Callable[[Row], Any]) -> HTTPResponse:
    """One page of a list that is in memory as a whole."""
    return list_response(slice_page(rows, request), request, show)


def slice_page(rows: Sequence[Row], request: PageRequest) -> Page[Row]:
    return Page(len(rows), rows[request.offset : request.offset + request.page_size])


def show_details(details: Sequence[ErrorDetail]) -> list[dict[str, Any]]:
    """What an error says of fields. A position is left out where none is known."""
    return [
        {name: value for name, value in detail._asdict().items() if value is not None} for detail in details
    ]


def error_response(error: MetricboxError) -> HTTPResponse:
    """The one error shape. An error that is not safe to show must have been replaced before."""
    body: dict[str, Any] = {"error": error.message, "code": error.code}
    if error.details:
        body["details"] = show_details(error.details)
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, RetryableError) else {}
    return json_response(body, error.status, headers)


def read_page(request: Request) -> PageRequest:
    """`page`, `pageSize`, `search` and `sort` of the query string. Raises ValidationError."""
    search = read_arg(request, "search")
    if len(search) > _MAX_SEARCH_CHARS:
        raise ValidationError.for_field("search", f"must have at most {_MAX_SEARCH_CHARS} characters")
    return PageRequest(
        page=_read_count(request, "page", 1, _MAX_PAGE),
        page_size=_read_count(request, "pageSize", DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
        search=search,
        sort=read_arg(request, "sort"),
    )


def read_arg(request: Request, name: str, default: str = "") -> str:
    """One value of the query string; naming it twice is a ValidationError."""
    values = request.args.getlist(name) or []
    if len(values) > 1:
        raise ValidationError.for_field(name, "must be given once")
    return str(values[0]) if values else default


def _read_count(request: Request, name: str, default: int, most: int) -> int:
    text = read_arg(request, name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= most):
        raise ValidationError.for_field(name, f"must be a whole number from 1 to {most}")
    return int(text)


def format_optional_time(time_ms: int | None) -> str | None:
    return None if time_ms is None else format_time(time_ms)


def request_id_of(request: Request) -> str:
    """The id by which an answer and the log find each other: the caller's own when it is sane, or a new one."""
    known: str | None = getattr(request.ctx, "request_id", None)
    if known is None:
        given = str(request.headers.get("x-request-id", ""))
        known = given if _SANE_REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request.ctx.request_id = known
    return known
