"""The native door for samples: `POST /api/v1/metrics` (API.md 3)."""

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ErrorDetail, ValidationError
from metricbox.ingest.outcome import IngestOutcome
from metricbox.ingest.series_cache import NO_TOKEN, Sender
from metricbox.store.appdb.tokens import hash_secret
from metricbox.web.callers import Caller, require_ingest
from metricbox.web.context import context_of
from metricbox.web.credentials import find_credential
from metricbox.web.respond import data_response

blueprint = Blueprint("ingest")

# Of the hash of a token's secret, in hexadecimal: enough to tell tokens apart, and no way back to the secret.
_TOKEN_KEY_DIGITS = 16


@blueprint.post("/api/v1/metrics")
async def push_metrics(request: Request) -> HTTPResponse:
    caller = require_ingest(request)
    encoding = request.headers.get("content-encoding")
    outcome = await context_of(request).ingest.push_json(
        request.body, encoding, source="json", sender=sender_of(request, caller)
    )
    if not outcome.accepted:
        raise _refuse_all(outcome)
    errors = [{"index": refusal.position, "message": refusal.sentence} for refusal in outcome.refusals]
    return data_response(
        {"accepted": outcome.accepted, "rejected": outcome.rejected, "errors": errors}, status=202
    )


def sender_of(request: Request, caller: Caller) -> Sender:
    """Under which token the new series of a request are counted. For every door."""
    credential = find_credential(request)
    if caller.scope is None or credential is None:
        return NO_TOKEN
    return Sender(hash_secret(credential.secret).hex()[:_TOKEN_KEY_DIGITS])


def _refuse_all(outcome: IngestOutcome) -> ValidationError:
    details = [
        ErrorDetail(_path(refusal.position, refusal.field), refusal.message) for refusal in outcome.refusals
    ]
    first = details[0]
    more = f" ({outcome.refused_units - 1} more)" if outcome.refused_units > 1 else ""
    return ValidationError(f"no point was accepted; {first.field}: {first.message}{more}", details)


def _path(position: int, field: str) -> str:
    return f"metrics[{position}].{field}" if field else f"metrics[{position}]"
