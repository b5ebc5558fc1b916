"""collectd's door: the JSON of its plugin write_http (PROTOCOLS 8).

collectd wants 200 and calls 204 an error; it never sends again and looks at no status otherwise. It shows credentials
only after a 401 that asks for Basic ones, which every route of this server answers to programs.
"""

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ErrorDetail, ValidationError
from metricbox.ingest.body import decode_body
from metricbox.ingest.collectd import decode_collectd
from metricbox.ingest.outcome import Decoded
from metricbox.ingest.series_table import DoorContext
from metricbox.web.callers import require_ingest
from metricbox.web.context import context_of
from metricbox.web.contract import PLAIN, Raw, Who, contract
from metricbox.web.routes.ingest import sender_of

blueprint = Blueprint("collectd")

VALUES = Raw(
    ("application/json",), "A list of collectd's value lists, or of its notifications.", {"type": "array"}
)


@blueprint.post("/collectd")
@contract(
    "Samples by collectd's write_http.",
    Who.INGEST,
    door=PLAIN,
    body=VALUES,
    status=200,
    errors=(422, 507),
    has_semantics=True,
    is_partial=True,
)
async def push_collectd(request: Request) -> HTTPResponse:
    """Notifications come to the same address and are passed over."""
    caller = require_ingest(request)
    encoding = request.headers.get("content-encoding")

    def decode(door: DoorContext) -> Decoded:
        return decode_collectd(decode_body(request.body, encoding, door.max_body_bytes), door)

    outcome = await context_of(request).ingest.push("collectd", sender_of(caller), decode)
    if outcome.refused_units:
        details = [ErrorDetail(f"[{one.position}]", one.message) for one in outcome.refusals]
        rest = "; the others are stored" if outcome.accepted else ""
        raise ValidationError(
            f"{outcome.refused_units} value lists refused{rest}; {details[0].field}: {details[0].message}",
            details,
        )
    return HTTPResponse(status=200)
