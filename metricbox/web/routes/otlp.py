"""OpenTelemetry's door: OTLP/HTTP metrics in protobuf and JSON (PROTOCOLS 4).

    200    stored; `partialSuccess` names what never can be, and the sender does not repeat it
    400    no such message        413  too large        415  neither protobuf nor JSON
    503    later, the same again: also for a full disk, since senders repeat 429, 502, 503 and 504 alone

Answers have the content type of the request, errors are a google.rpc.Status in both forms. Senders append /v1/metrics
to whatever address they are given, so it is also taken below the addresses that other servers use.
"""

from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import MetricboxError, RetryableError, UnsupportedMediaTypeError
from metricbox.ingest.outcome import IngestOutcome
from metricbox.web.callers import require_ingest
from metricbox.web.context import context_of
from metricbox.web.contract import JSON, OTLP, PROTOBUF, Raw, Who, contract
from metricbox.web.door_schemas import OtlpResult
from metricbox.web.respond import encode_json
from metricbox.web.routes.ingest import sender_of

PATHS = (
    "/v1/metrics",
    "/otlp/v1/metrics",
    "/api/v1/otlp/v1/metrics",
    "/opentelemetry/v1/metrics",
    "/opentelemetry/api/v1/push",
)

METRICS_REQUEST = Raw(
    (PROTOBUF, JSON),
    "An opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest; compressed by gzip, zstd or deflate, "
    "or not.",
    {"type": "string", "contentMediaType": PROTOBUF},
)

_PROTOBUF_TYPES = frozenset({PROTOBUF, "application/protobuf", "application/vnd.google.protobuf"})
_FULL_DISK_RETRY_S = 60
_LISTED_IN_ANSWER = 5

# Codes of google.rpc by HTTP status.
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 408: 4, 413: 8, 415: 3, 422: 3, 429: 8, 503: 14}
_INTERNAL = 13


@contract(
    "Metrics by OTLP/HTTP, protobuf or JSON.",
    Who.INGEST,
    door=OTLP,
    body=METRICS_REQUEST,
    is_body_required=False,
    answer=OtlpResult,
    has_semantics=True,
    is_partial=True,
)
async def push_otlp(request: Request) -> HTTPResponse:
    caller = require_ingest(request)
    is_json = _read_form(request)
    encoding = request.headers.get("content-encoding")
    outcome = await context_of(request).ingest.push_otlp(
        request.body, encoding, is_json=is_json, sender=sender_of(caller)
    )
    return _answer(request, 200, _make_result(outcome) if outcome.refused_units else {})


def make_error(request: Request, error: MetricboxError) -> HTTPResponse:
    """`ErrorShape` of the door: a Status in the form of the request."""
    status = error.status
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, RetryableError) else {}
    if status == 507:
        # A disk is made free again, and the sender waits.
        status, headers = 503, {"Retry-After": str(_FULL_DISK_RETRY_S)}
    body = {"code": _CODES.get(status, _INTERNAL), "message": error.message}
    return _answer(request, status, body, headers)


def _read_form(request: Request) -> bool:
    """Whether the body is JSON. Raises UnsupportedMediaTypeError. Without a content type it is protobuf."""
    media_type = _media_type(request)
    if media_type == JSON:
        return True
    if media_type and media_type not in _PROTOBUF_TYPES:
        raise UnsupportedMediaTypeError(
            f"Send metrics as OTLP with Content-Type: {PROTOBUF}, or {JSON} for its JSON form."
        )
    return False


def _media_type(request: Request) -> str:
    return str(request.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _make_result(outcome: IngestOutcome) -> dict[str, Any]:
    """Of what was refused, as ExportMetricsServiceResponse. Int64 is a text in JSON."""
    sentences = list(dict.fromkeys(refusal.sentence for refusal in outcome.refusals))
    more = len(sentences) - _LISTED_IN_ANSWER
    text = "; ".join(sentences[:_LISTED_IN_ANSWER]) + (f"; and {more} more reasons" if more > 0 else "")
    rest = "; the others are stored" if outcome.accepted else ""
    points = "1 data point" if outcome.refused_units == 1 else f"{outcome.refused_units} data points"
    return {
        "partialSuccess": {
            "rejectedDataPoints": str(outcome.refused_units),
            "errorMessage": f"{points} refused{rest}: {text}",
        }
    }


def _answer(
    request: Request, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
) -> HTTPResponse:
    media_type = _media_type(request)
    if media_type in _PROTOBUF_TYPES:
        return HTTPResponse(_encode_protobuf(body), status, headers, media_type)
    if not media_type:
        return HTTPResponse(_encode_protobuf(body), status, headers, PROTOBUF)
    return HTTPResponse(encode_json(body), status, headers, JSON)


# ---- the two small messages of answers, in protobuf


def _encode_protobuf(body: dict[str, Any]) -> bytes:
    """Status { int32 code = 1; string message = 2; }, or

    Response { PartialSuccess partial_success = 1; }
    PartialSuccess { int64 rejected_data_points = 1; string error_message = 2; }
    """
    if "code" in body:
        return _encode_pair(body["code"], body["message"])
    partial = body.get("partialSuccess")
    if partial is None:
        return b""
    inner = _encode_pair(int(partial["rejectedDataPoints"]), partial["errorMessage"])
    return b"\x0a" + _encode_varint(len(inner)) + inner


def _encode_pair(number: int, text: str) -> bytes:
    encoded = text.encode("utf-8", "replace")
    return b"\x08" + _encode_varint(number) + b"\x12" + _encode_varint(len(encoded)) + encoded


def _encode_varint(number: int) -> bytes:
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


blueprint = Blueprint("otlp")

for path in PATHS:
    blueprint.add_route(
        push_otlp,
        path,
        methods=["POST"],
        name=path.strip("/").replace("/", "_"),
        ctx_error_shape=make_error,
    )
