"""The native door for samples: `POST /api/v1/metrics` (API.md 3)."""

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ErrorDetail, ValidationError
from metricbox.ingest.outcome import IngestOutcome
from metricbox.ingest.series_cache import NO_TOKEN, Sender
from metricbox.web.callers import Caller, require_ingest
from metricbox.web.context import context_of
from metricbox.web.contract import Who, contract
from metricbox.web.respond import data_response
from metricbox.web.schemas import IngestResult, MetricBatch

blueprint = Blueprint("ingest")


@blueprint.post("/api/v1/metrics")
@contract(
    "Store samples in the native format.",
    Who.INGEST,
    body=MetricBatch,
    answer=IngestResult,
    status=202,
    errors=(422, 507),
    has_semantics=True,
    is_partial=True,
)
async def push_metrics(request: Request) -> HTTPResponse:
    caller = require_ingest(request)
    encoding = request.headers.get("content-encoding")
    outcome = await context_of(request).ingest.push_json(
        request.body, encoding, source="json", sender=sender_of(caller)
    )
    if not outcome.accepted and outcome.refused_units:
        raise _refuse_all(outcome)
    errors = [{"index": refusal.position, "message": refusal.sentence} for refusal in outcome.refusals]
    return data_response(
        {"accepted": outcome.accepted, "rejected": outcome.rejected, "errors": errors}, status=202
    )


def sender_of(caller: Caller) -> Sender:
    """What holds for the series of a request, by its token. For every door."""
    if caller.token_id is None:
        return NO_TOKEN
    return Sender(caller.token_id, caller.max_series, caller.metric_prefix, caller.relabel)


def _refuse_all(outcome: IngestOutcome) -> ValidationError:
    details = [
        ErrorDetail(_path(refusal.position, refusal.field), refusal.message) for refusal in outcome.refusals
    ]
    first = details[0]
    more = f" ({outcome.refused_units - 1} more)" if outcome.refused_units > 1 else ""
    return ValidationError(f"no point was accepted; {first.field}: {first.message}{more}", details)


def _path(position: int, field: str) -> str:
    return f"metrics[{position}].{field}" if field else f"metrics[{position}]"
