"""InfluxDB's doors for line protocol, and the handshakes without which its clients do not begin (PROTOCOLS 2).

    v1    POST /write            {"error": ...}                  and X-Influxdb-Error
    v2    POST /api/v2/write     {"code": ..., "message": ...}

Databases, buckets and organisations are accepted and ignored: there is one store. Each path also works below
/influx, for agents that append to a base URL. Success is 204 exactly: Icinga warns at any other.
"""

import re

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import MetricboxError, RetryableError, ValidationError
from metricbox.ingest.outcome import IngestOutcome
from metricbox.web.callers import Caller, require_ingest
from metricbox.web.context import context_of
from metricbox.web.contract import INFLUX_V1, INFLUX_V2, Form, Parameter, Raw, Who, contract
from metricbox.web.door_schemas import InfluxResults
from metricbox.web.respond import json_response
from metricbox.web.routes.ingest import sender_of

# Clients look for a version that they know before they write.
VERSION_HEADERS = {"X-Influxdb-Version": "1.8.10", "X-Influxdb-Build": "OSS"}
_PREFIXES = ("", "/influx")
_MAX_HEADER_CHARS = 1000

LINES = Raw(
    ("text/plain",), "Lines of line protocol; any media type is taken, and gzip, zstd, deflate, snappy."
)
PRECISION = Parameter(
    "precision",
    {"type": "string", "enum": ["n", "ns", "u", "us", "ms", "s", "m", "h"]},
    "Unit of the time stamps; nanoseconds when absent.",
)
V1_NAMES = (Parameter("db", {"type": "string"}, "Accepted and ignored."),)
V2_NAMES = tuple(Parameter(name, {"type": "string"}, "Accepted and ignored.") for name in ("bucket", "org"))
STATEMENT = Parameter(
    "q",
    {"type": "string", "examples": ["SHOW DATABASES"]},
    "CREATE DATABASE and its like, or SHOW DATABASES.",
    is_required=True,
)

_V2_CODES = {
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    404: "not found",
    405: "method not allowed",
    413: "request too large",
    415: "invalid",
    422: "unprocessable entity",
    429: "too many requests",
    503: "unavailable",
    507: "unavailable",
}

# What clients send before their first write. Everything of this kind has nothing to do here and succeeds.
_NO_OPERATION = re.compile(
    r"\s*(?:CREATE\s+(?:DATABASE|RETENTION\s+POLICY)|ALTER\s+RETENTION\s+POLICY)\b", re.IGNORECASE
)
_SHOW_DATABASES = re.compile(r"\s*SHOW\s+DATABASES\s*;?\s*", re.IGNORECASE)


def make_v1_error(_: Request, error: MetricboxError) -> HTTPResponse:
    """`ErrorShape` of the v1 doors."""
    headers = VERSION_HEADERS | {"X-Influxdb-Error": _header_text(error.message)}
    return json_response({"error": error.message}, error.status, headers | _retry_header(error))


def make_v2_error(_: Request, error: MetricboxError) -> HTTPResponse:
    """`ErrorShape` of the v2 door."""
    body = {"code": _V2_CODES.get(error.status, "internal error"), "message": error.message}
    return json_response(body, error.status, VERSION_HEADERS | _retry_header(error))


@contract("Influx's handshake.", Who.ANYONE, door=INFLUX_V1)
async def ping(_: Request) -> HTTPResponse:
    return HTTPResponse(status=204, headers=VERSION_HEADERS)


@contract(
    "Samples in line protocol, InfluxDB 1.",
    Who.INGEST,
    door=INFLUX_V1,
    body=LINES,
    is_body_required=False,
    query=(PRECISION, *V1_NAMES),
    errors=(422, 507),
    has_semantics=True,
    is_partial=True,
)
async def write_v1(request: Request) -> HTTPResponse:
    caller = require_ingest(request)
    return _answer(await _push(request, caller, "influx_v1"))


@contract(
    "Samples in line protocol, InfluxDB 2.",
    Who.INGEST,
    door=INFLUX_V2,
    body=LINES,
    is_body_required=False,
    query=(PRECISION, *V2_NAMES),
    errors=(422, 507),
    has_semantics=True,
    is_partial=True,
)
async def write_v2(request: Request) -> HTTPResponse:
    caller = require_ingest(request)
    return _answer(await _push(request, caller, "influx_v2"))


@contract(
    "Statements of clients that prepare to write; no reading.",
    Who.INGEST,
    door=INFLUX_V1,
    body=Form((STATEMENT, *V1_NAMES[:1])),
    answer=InfluxResults,
    has_semantics=True,
)
async def answer_query(request: Request) -> HTTPResponse:
    """The statements of clients that prepare to write. Reading by InfluxQL is not offered."""
    require_ingest(request)
    statement = _parameter(request, "q")
    if _SHOW_DATABASES.fullmatch(statement):
        # Glances stops unless the database that it asks for is in the list.
        names = dict.fromkeys(["_internal", *filter(None, [_parameter(request, "db")])])
        series = [{"name": "databases", "columns": ["name"], "values": [[name] for name in names]}]
        return _results({"statement_id": 0, "series": series})
    if _NO_OPERATION.match(statement):
        return _results({"statement_id": 0})
    raise ValidationError(
        "this server takes InfluxDB's writes, not its queries; ask /api/v1/query or /prometheus"
    )


async def _push(request: Request, caller: Caller, source: str) -> IngestOutcome:
    sender = sender_of(caller)
    encoding = request.headers.get("content-encoding")
    precision = request.args.get("precision")
    return await context_of(request).ingest.push_lines(request.body, encoding, precision, source, sender)


def _answer(outcome: IngestOutcome) -> HTTPResponse:
    if outcome.refused_units:
        raise ValidationError(_describe(outcome))
    return HTTPResponse(status=204, headers=VERSION_HEADERS)


def _describe(outcome: IngestOutcome) -> str:
    """InfluxDB's sentence, which clients search for `partial write` and `unable to parse`, with line numbers."""
    lines = "; ".join(f"line {refusal.position}: {refusal.sentence}" for refusal in outcome.refusals)
    more = outcome.refused_units - len(outcome.refusals)
    if more:
        lines += f"; and {more} more lines"
    return f"partial write: {lines} dropped={outcome.refused_units}" if outcome.accepted else lines


def _results(result: dict[str, object]) -> HTTPResponse:
    return json_response({"results": [result]}, headers=VERSION_HEADERS)


def _parameter(request: Request, name: str) -> str:
    """From the query string, or from a form: Telegraf sends its statement in the body."""
    value = request.args.get(name)
    if value is None and request.form is not None:
        value = request.form.get(name)
    return str(value or "")


def _header_text(message: str) -> str:
    return re.sub(r"[^ -~]", "?", message)[:_MAX_HEADER_CHARS]


def _retry_header(error: MetricboxError) -> dict[str, str]:
    return {"Retry-After": str(error.retry_after_s)} if isinstance(error, RetryableError) else {}


blueprint = Blueprint("influx")

for prefix in _PREFIXES:
    where = prefix.strip("/") or "root"
    for handler, path, methods, shape in (
        (write_v1, "/write", ["POST"], make_v1_error),
        (write_v2, "/api/v2/write", ["POST"], make_v2_error),
        (ping, "/ping", ["GET"], make_v1_error),
        (answer_query, "/query", ["GET", "POST"], make_v1_error),
    ):
        blueprint.add_route(
            handler, prefix + path, methods, name=f"{where}_{handler.__name__}", ctx_error_shape=shape
        )
