"""OpenTSDB's door, which netdata uses for all its forms (PROTOCOLS 9).

    POST /api/put              204, or 400 {"error": {...}} when some points were refused
    POST /api/put?summary      200 or 400 {"success": n, "failed": m}
    POST /api/put?details      the same, and which ones with the reason

What is good is stored in any case. The media type application/graphite means lines of Graphite's. `sync` and
`sync_timeout` are accepted: the answer always comes after the samples are on disk.
"""

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import MetricboxError, RetryableError, ValidationError
from metricbox.ingest.body import decode_body
from metricbox.ingest.graphite import decode_graphite
from metricbox.ingest.opentsdb import OpenTsdbBody
from metricbox.ingest.outcome import Decoded, IngestOutcome
from metricbox.ingest.series_table import DoorContext
from metricbox.web.callers import require_ingest
from metricbox.web.context import context_of
from metricbox.web.contract import Door, Raw, Who, contract
from metricbox.web.door_schemas import OpenTsdbError
from metricbox.web.respond import json_response
from metricbox.web.routes.ingest import sender_of

OPENTSDB = Door("opentsdb", OpenTsdbError, "none")
GRAPHITE_TYPE = "application/graphite"
_PREFIXES = ("", "/opentsdb")
_OFF = frozenset({"false", "0", "no"})

POINTS = Raw(
    ("application/json", GRAPHITE_TYPE),
    "A data point of OpenTSDB's or netdata's, or a list of them; or lines of Graphite's.",
    {},
)


def make_error(_: Request, error: MetricboxError) -> HTTPResponse:
    """`ErrorShape` of this door."""
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, RetryableError) else {}
    text = "; ".join(f"{one.field}: {one.message}" for one in error.details)
    body = {"code": error.status, "message": error.message, "details": text}
    return json_response({"error": body}, error.status, headers)


@contract(
    "Samples by OpenTSDB's or netdata's JSON.",
    Who.INGEST,
    door=OPENTSDB,
    body=POINTS,
    is_body_required=False,
    errors=(422, 507),
    has_semantics=True,
    is_partial=True,
)
async def put(request: Request) -> HTTPResponse:
    """With `summary` or `details` in the query string, a 200 or 400 with counts in place of the 204."""
    caller = require_ingest(request)
    encoding = request.headers.get("content-encoding")
    media_type = str(request.headers.get("content-type", "")).partition(";")[0].strip().lower()
    templates = context_of(request).settings.graphite_templates
    bodies: list[OpenTsdbBody] = []

    def decode(door: DoorContext) -> Decoded:
        text = decode_body(request.body, encoding, door.max_body_bytes)
        if _is_graphite(media_type, text):
            return decode_graphite(text, door, templates)
        bodies.append(OpenTsdbBody(text))
        return bodies[0].decode(door)

    outcome = await context_of(request).ingest.push("opentsdb", sender_of(caller), decode)
    if not bodies:
        return _answer(outcome, "lines")
    has_details = _has_flag(request, "details")
    if has_details or _has_flag(request, "summary"):
        return _summarize(bodies[0], outcome, has_details=has_details)
    return _answer(outcome, "data points")


def _is_graphite(media_type: str, text: bytes) -> bool:
    """With a password netdata ends the header before Content-Type by a bare LF, which makes one header of both: where
    no media type is seen, the text tells.
    """
    return media_type == GRAPHITE_TYPE or (not media_type and text.lstrip()[:1] not in {b"[", b"{", b""})


def _answer(outcome: IngestOutcome, what: str) -> HTTPResponse:
    if not outcome.refused_units:
        return HTTPResponse(status=204)
    first = outcome.refusals[0]
    rest = "; the others are stored" if outcome.accepted else ""
    raise ValidationError(
        f"{outcome.refused_units} {what} had errors{rest}; number {first.position}: {first.message}"
    )


def _summarize(body: OpenTsdbBody, outcome: IngestOutcome, *, has_details: bool) -> HTTPResponse:
    answer: dict[str, object] = {"success": outcome.accepted, "failed": len(body.points) - outcome.accepted}
    if has_details:
        answer["errors"] = [
            {"datapoint": body.show(one.position), "error": one.message} for one in outcome.refusals
        ]
    return json_response(answer, 400 if outcome.refused_units else 200)


def _has_flag(request: Request, name: str) -> bool:
    """`?details`, `?details=true`: OpenTSDB asks whether it is there."""
    value = request.get_args(keep_blank_values=True).get(name)
    return value is not None and str(value).lower() not in _OFF


blueprint = Blueprint("opentsdb")

for prefix in _PREFIXES:
    blueprint.add_route(
        put,
        f"{prefix}/api/put",
        methods=["POST", "PUT"],
        name=f"{prefix.strip('/') or 'root'}_put",
        ctx_error_shape=make_error,
    )
