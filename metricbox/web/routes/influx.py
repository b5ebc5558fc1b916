"""InfluxDB's doors for line protocol, and the handshakes without which its clients do not begin (PROTOCOLS 2).

    v1    POST /write              {"error": ...}                  and X-Influxdb-Error
    v2    POST /api/v2/write       {"code": ..., "message": ...}
    v3    POST /api/v3/write_lp    {"error": ...}

Databases, buckets and organisations are accepted and ignored, unless the setting `influx_db_label` keeps them as a
label: there is one store. Each path also works below /influx, for agents that append to a base URL. Success is 204
exactly: Icinga warns at any other.
"""

import re

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import MetricboxError, RetryableError, ValidationError
from metricbox.ingest.influx_database import decode_lines_of_database
from metricbox.ingest.outcome import IngestOutcome
from metricbox.store.tiers import TIERS
from metricbox.web.callers import Caller, require_ingest
from metricbox.web.context import context_of
from metricbox.web.contract import INFLUX_V1, INFLUX_V2, Form, Parameter, Raw, Who, contract
from metricbox.web.door_schemas import InfluxBuckets, InfluxResults, InfluxV2Error
from metricbox.web.respond import json_response
from metricbox.web.routes.ingest import sender_of

# Clients look for a version that they know before they write.
VERSION_HEADERS = {"X-Influxdb-Version": "1.8.10", "X-Influxdb-Build": "OSS"}
_PREFIXES = ("", "/influx")
_MAX_HEADER_CHARS = 1000
RAW_TIER = TIERS[0]

LINES = Raw(
    ("text/plain",), "Lines of line protocol; any media type is taken, and gzip, zstd, deflate, snappy."
)
PRECISION = Parameter(
    "precision",
    {"type": "string", "enum": ["n", "ns", "u", "us", "ms", "s", "m", "h", "auto"]},
    "Unit of the time stamps; nanoseconds when absent, told by the size of each stamp with auto.",
)
V3_UNITS = {
    "": "auto",
    "auto": "auto",
    "nanosecond": "ns",
    "microsecond": "us",
    "millisecond": "ms",
    "second": "s",
}
V3_PRECISION = Parameter(
    "precision",
    {"type": "string", "enum": [unit for unit in V3_UNITS if unit]},
    "Unit of the time stamps, told by the size of each stamp when absent.",
)
_NAME = {"type": "string"}
_NAME_TEXT = "Accepted and ignored, or kept as the label db by the setting influx_db_label."
V1_NAMES = (Parameter("db", _NAME, _NAME_TEXT),)
V2_NAMES = (
    Parameter("bucket", _NAME, _NAME_TEXT),
    Parameter("org", {"type": "string"}, "Accepted and ignored."),
)
STATEMENT = Parameter(
    "q",
    {"type": "string", "examples": ["SHOW DATABASES"]},
    "CREATE DATABASE and its like, SHOW DATABASES, SHOW RETENTION POLICIES; several are divided by semicolons.",
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
    r"(?:CREATE\s+(?:DATABASE|RETENTION\s+POLICY)|ALTER\s+RETENTION\s+POLICY)\b", re.IGNORECASE
)
_SHOW_DATABASES = re.compile(r"SHOW\s+DATABASES", re.IGNORECASE)
_SHOW_POLICIES = re.compile(r"SHOW\s+RETENTION\s+POLICIES(?:\s+ON\s+\S.*)?", re.IGNORECASE | re.DOTALL)
# By which some clients try whether a database answers; no series is shown.
_SHOW_ONE_SERIES = re.compile(r"SHOW\s+SERIES\s+LIMIT\s+1", re.IGNORECASE)
# Semicolons outside quotes divide statements.
_STATEMENT = re.compile(r"""(?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|[^;])++""", re.DOTALL)
_MAX_STATEMENTS = 20

_NOT_READ = "this server takes InfluxDB's writes, not its queries; ask /api/v1/query or /prometheus"


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
    "Samples in line protocol, InfluxDB 3.",
    Who.INGEST,
    door=INFLUX_V1,
    body=LINES,
    is_body_required=False,
    query=(V3_PRECISION, *V1_NAMES),
    errors=(422, 507),
    has_semantics=True,
    is_partial=True,
)
async def write_v3(request: Request) -> HTTPResponse:
    """The good lines are stored whatever accept_partial says, and always before the answer."""
    caller = require_ingest(request)
    name = str(request.args.get("precision") or "")
    if name not in V3_UNITS:
        known = ", ".join(V3_PRECISION.schema["enum"])
        raise ValidationError.for_field("precision", f"{name[:20]!r} is not a precision; use one of {known}")
    return _answer(await _push(request, caller, "influx_v2", V3_UNITS[name]))


@contract(
    "Statements of clients that prepare to write; no reading.",
    Who.INGEST,
    door=INFLUX_V1,
    body=Form((STATEMENT, *V1_NAMES)),
    answer=InfluxResults,
    has_semantics=True,
)
async def answer_query(request: Request) -> HTTPResponse:
    """The statements of clients that prepare to write. Reading by InfluxQL is not offered."""
    require_ingest(request)
    statements = [text for part in _STATEMENT.findall(_parameter(request, "q")) if (text := part.strip())]
    if not statements or len(statements) > _MAX_STATEMENTS:
        raise ValidationError(f"q: send 1 to {_MAX_STATEMENTS} statements, such as SHOW DATABASES")
    results = [_answer_statement(request, number, text) for number, text in enumerate(statements)]
    return json_response({"results": results}, headers=VERSION_HEADERS)


@contract(
    "The bucket that everything is written to, for InfluxDB 2.",
    Who.INGEST,
    door=INFLUX_V2,
    query=(Parameter("name", _NAME, "The bucket that the client wants to see."),),
    answer=InfluxBuckets,
)
async def list_buckets(request: Request) -> HTTPResponse:
    """One bucket, under the name that is asked for: every name is taken by a write."""
    require_ingest(request)
    name = str(request.args.get("name") or "metricbox")
    retention_s = context_of(request).retention.retention_ms(RAW_TIER) // 1000
    bucket = {
        "id": "0000000000000001",
        "orgID": "0000000000000001",
        "type": "user",
        "name": name,
        "retentionRules": [{"type": "expire", "everySeconds": retention_s}],
    }
    return json_response({"links": {"self": "/api/v2/buckets"}, "buckets": [bucket]}, headers=VERSION_HEADERS)


@contract(
    "Flux, which is not offered.",
    Who.INGEST,
    door=INFLUX_V2,
    body=Raw(("application/json", "application/vnd.flux"), "A query; it is not looked at."),
    is_body_required=False,
    status=400,
    answer=InfluxV2Error,
    has_semantics=True,
)
async def refuse_flux(request: Request) -> HTTPResponse:
    """Says where to ask instead."""
    require_ingest(request)
    raise ValidationError(_NOT_READ)


@contract(
    "Deletion by InfluxDB 2, which is not offered.",
    Who.INGEST,
    door=INFLUX_V2,
    body=Raw(("application/json",), "A predicate; it is not looked at."),
    is_body_required=False,
    status=400,
    answer=InfluxV2Error,
    has_semantics=True,
)
async def refuse_delete(request: Request) -> HTTPResponse:
    """Says what removes samples instead."""
    require_ingest(request)
    raise ValidationError("samples are not deleted one by one here; they go when their retention has passed")


async def _push(request: Request, caller: Caller, source: str, precision: str | None = None) -> IngestOutcome:
    sender, ingest = sender_of(caller), context_of(request).ingest
    encoding = request.headers.get("content-encoding")
    precision = precision or request.args.get("precision")
    database = str(request.args.get("bucket" if request.path.endswith("/api/v2/write") else "db") or "")
    if not database or not context_of(request).settings.influx_db_label:
        return await ingest.push_lines(request.body, encoding, precision, source, sender)
    return await ingest.push(
        source,
        sender,
        lambda door: decode_lines_of_database(request.body, encoding, precision, database, door),
    )


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


def _answer_statement(request: Request, number: int, statement: str) -> dict[str, object]:
    if _SHOW_DATABASES.fullmatch(statement):
        # Glances stops unless the database that it asks for is in the list.
        names = dict.fromkeys(["_internal", *filter(None, [_parameter(request, "db")])])
        return _table(number, ("name",), [[name] for name in names], "databases")
    if _SHOW_POLICIES.fullmatch(statement):
        retention_ms = context_of(request).retention.retention_ms(RAW_TIER)
        columns = ("name", "duration", "shardGroupDuration", "replicaN", "default")
        return _table(number, columns, [["autogen", f"{retention_ms // 1000}s", "24h0m0s", 1, True]])
    if _SHOW_ONE_SERIES.fullmatch(statement) or _NO_OPERATION.match(statement):
        return {"statement_id": number}
    raise ValidationError(_NOT_READ)


def _table(
    number: int, columns: tuple[str, ...], values: list[list[object]], name: str | None = None
) -> dict[str, object]:
    series = ({"name": name} if name else {}) | {"columns": columns, "values": values}
    return {"statement_id": number, "series": [series]}


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
        (write_v3, "/api/v3/write_lp", ["POST"], make_v1_error),
        (list_buckets, "/api/v2/buckets", ["GET"], make_v2_error),
        (refuse_flux, "/api/v2/query", ["POST"], make_v2_error),
        (refuse_delete, "/api/v2/delete", ["POST"], make_v2_error),
        (ping, "/ping", ["GET"], make_v1_error),
        (answer_query, "/query", ["GET", "POST"], make_v1_error),
    ):
        blueprint.add_route(
            handler, prefix + path, methods, name=f"{where}_{handler.__name__}", ctx_error_shape=shape
        )
