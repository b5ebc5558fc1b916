"""Prometheus's door: remote write 1.0 and 2.0 on the same paths (PROTOCOLS 3).

    204    everything was stored, or dropped on purpose (NaN that is no stale marker; exemplars)
    400    the good part was stored, the rest never can be: the sender drops the batch
    415    a message of another kind; the sender falls back to one of these two
    503    later, the same again. Never 429, on which Prometheus drops the batch

Which version it is, the parameter `proto` of the content type says; senders that leave it out send 1.0, unless the
version header says 2. To senders of 2.0 every answer tells how much of each kind was written, also a refusal.
They log the first line of an answer alone, shortened: the reason stands at its beginning.
"""

import re

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ErrorDetail, MetricboxError, UnsupportedMediaTypeError, ValidationError
from metricbox.ingest.outcome import IngestOutcome
from metricbox.web.callers import require_ingest
from metricbox.web.context import context_of
from metricbox.web.contract import PLAIN, Raw, Who, contract
from metricbox.web.respond import error_response
from metricbox.web.routes.ingest import sender_of

PATHS = ("/api/v1/write", "/api/v1/push", "/api/prom/push", "/receive")

WRITE_REQUEST = Raw(
    ("application/x-protobuf",),
    "A prometheus.WriteRequest, or an io.prometheus.write.v2.Request when the content type names it by `proto`; "
    "compressed by snappy.",
    {"type": "string", "contentMediaType": "application/x-protobuf"},
)

_PROTO = re.compile(r";\s*proto\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE)
_MESSAGES = {"prometheus.WriteRequest": 1, "io.prometheus.write.v2.Request": 2}
_WRITTEN = "X-Prometheus-Remote-Write-{}-Written"


@contract(
    "Samples by Prometheus remote write 1.0 and 2.0.",
    Who.INGEST,
    door=PLAIN,
    body=WRITE_REQUEST,
    is_body_required=False,
    errors=(422, 507),
    has_semantics=True,
    is_partial=True,
)
async def write(request: Request) -> HTTPResponse:
    """Native histograms are refused, exemplars and start timestamps passed over.

    Every answer to 2.0 tells what was stored in `X-Prometheus-Remote-Write-Samples-Written`, `-Histograms-Written` and
    `-Exemplars-Written`.
    """
    caller = require_ingest(request)
    ingest = context_of(request).ingest
    push = ingest.push_remote_write_2 if _read_version(request) == 2 else ingest.push_remote_write
    encoding = request.headers.get("content-encoding")
    outcome = await push(request.body, encoding, "remote_write", sender_of(caller))
    request.ctx.samples_written = outcome.accepted
    if outcome.refused_units:
        raise _refuse(outcome)
    return HTTPResponse(status=204, headers=_count_written(request))


def make_error(request: Request, error: MetricboxError) -> HTTPResponse:
    """`ErrorShape` of the door: the usual one, with the counts of 2.0."""
    response = error_response(error)
    response.headers.update(_count_written(request))
    return response


def _read_version(request: Request) -> int:
    """Raises UnsupportedMediaTypeError for a message of another kind.

    Absent or odd headers are fine: some libraries send none at all, and other content types than protobuf's.
    """
    proto = _PROTO.search(str(request.headers.get("content-type", "")))
    if proto is None:
        return 2 if _says_version_2(request) else 1
    if proto[1] not in _MESSAGES:
        raise UnsupportedMediaTypeError(
            f"This server takes the messages {' and '.join(_MESSAGES)}, compressed by snappy."
        )
    return _MESSAGES[proto[1]]


def _says_version_2(request: Request) -> bool:
    return str(request.headers.get("x-prometheus-remote-write-version", "")).startswith("2.")


def _count_written(request: Request) -> dict[str, str]:
    """The headers by which senders of 2.0 learn what was stored: histograms and exemplars never are."""
    try:
        is_version_2 = _read_version(request) == 2 or _says_version_2(request)
    except UnsupportedMediaTypeError:
        is_version_2 = _says_version_2(request)
    if not is_version_2:
        return {}
    counts = {"Samples": getattr(request.ctx, "samples_written", 0), "Histograms": 0, "Exemplars": 0}
    return {_WRITTEN.format(kind): str(count) for kind, count in counts.items()}


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
    blueprint.add_route(
        write,
        path,
        methods=["POST"],
        name=path.strip("/").replace("/", "_"),
        ctx_error_shape=make_error,
    )
