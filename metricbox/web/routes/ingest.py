"""The native door for samples: `POST /api/v1/metrics` (API.md 3)."""

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ErrorDetail, ValidationError
from metricbox.ingest.outcome import IngestOutcome
from metricbox.web.callers import require_ingest
from metricbox.web.context import context_of
from metricbox.web.respond import data_response

blueprint = Blueprint("ingest")


@blueprint.post("/api/v1/metrics")
async def push_metrics(request: Request) -> HTTPResponse:
    require_ingest(request)
    encoding = request.headers.get("content-encoding")
    outcome = await context_of(request).ingest.push_json(request.body, encoding, source="json")
    if not outcome.accepted:
        raise _refuse_all(outcome)
    errors = [{"index": refusal.position, "message": refusal.sentence} for refusal in outcome.refusals]
    return data_response(
        {"accepted": outcome.accepted, "rejected": outcome.rejected, "errors": errors}, status=202
    )


def _refuse_all(outcome: IngestOutcome) -> ValidationError:
    details = [
        ErrorDetail(_path(refusal.position, refusal.field), refusal.message) for refusal in outcome.refusals
    ]
    first = details[0]
    more = f" ({outcome.refused_units - 1} more)" if outcome.refused_units > 1 else ""
    return ValidationError(f"no point was accepted; {first.field}: {first.message}{more}", details)


def _path(position: int, field: str) -> str:
    return f"metrics[{position}].{field}" if field else f"metrics[{position}]"
