"""Prometheus's door: remote write 1.0 (PROTOCOLS 3).

    204    everything was stored, or dropped on purpose (NaN that is no stale marker; metadata; exemplars)
    400    the good part was stored, the rest never can be: the sender drops the batch
    415    remote write 2.0; the sender falls back to 1.0
    503    later, the same again. Never 429, on which Prometheus drops the batch

Senders log the first line of an answer alone, shortened: the reason stands at its beginning.
"""

import re

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ErrorDetail, UnsupportedMediaTypeError, ValidationError
from metricbox.ingest.outcome import IngestOutcome
from metricbox.web.callers import require_ingest
from metricbox.web.context import context_of
from metricbox.web.contract import PLAIN, Raw, Who, contract
from metricbox.web.routes.ingest import sender_of

PATHS = ("/api/v1/write", "/api/v1/push", "/api/prom/push", "/receive")

WRITE_REQUEST = Raw(
    ("application/x-protobuf",),
    "A prometheus.WriteRequest, compressed by snappy.",
    {"type": "string", "contentMediaType": "application/x-protobuf"},
)

_PROTO = re.compile(r";\s*proto\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE)
_MESSAGE = "prometheus.WriteRequest"


@contract(
    "Samples by Prometheus remote write 1.0.",
    Who.INGEST,
    door=PLAIN,
    body=WRITE_REQUEST,
    is_body_required=False,
    errors=(422, 507),
    has_semantics=True,
    is_partial=True,
)
async def write(request: Request) -> HTTPResponse:
    """Samples by Prometheus remote write 1.0."""
    caller = require_ingest(request)
    _require_version_1(request)
    outcome = await context_of(request).ingest.push_remote_write(
        request.body, request.headers.get("content-encoding"), "remote_write", sender_of(caller)
    )
    if outcome.refused_units:
        raise _refuse(outcome)
    return HTTPResponse(status=204)


def _require_version_1(request: Request) -> None:
    """A 2.0 body reads as an empty 1.0 message: without this its samples would vanish behind a 204."""
    proto = _PROTO.search(str(request.headers.get("content-type", "")))
    is_other = proto is not None and proto[1] != _MESSAGE
    # Absent or odd is fine: some libraries send no header at all, and other content types than protobuf's.
    version = str(request.headers.get("x-prometheus-remote-write-version", ""))
    if is_other or version.startswith("2."):
        raise UnsupportedMediaTypeError(
            f"This server takes remote write 1.0: send {_MESSAGE}, compressed by snappy."
        )


def _refuse(outcome: IngestOutcome) -> ValidationError:
    details = [
        ErrorDetail(f"timeseries[{refusal.position}]", refusal.message) for refusal in outcome.refusals
    ]
    total = outcome.accepted + outcome.rejected
    first = details[0]
    more = f" ({outcome.refused_units - 1} more)" if outcome.refused_units > 1 else ""
    rest = "; the others are stored" if outcome.accepted else ""
    return ValidationError(
        f"{outcome.rejected} of {total} samples refused{rest}; {first.field}: {first.message}{more}", details
    )


blueprint = Blueprint("remote_write")

for path in PATHS:
    blueprint.add_route(write, path, methods=["POST"], name=path.strip("/").replace("/", "_"))
