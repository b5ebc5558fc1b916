"""Taking samples out and in as they are: GET, POST /api/v1/export and POST /api/v1/import, in JSON lines.

The lines are VictoriaMetrics's, so that its tools (vmctl) write here and read from here. `metricbox export` and
`metricbox import` make other formats of them.
"""

import asyncio
from collections.abc import Iterator, Sequence

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ErrorDetail, ValidationError
from metricbox.ingest.body import decode_body
from metricbox.ingest.json_lines import decode_json_lines
from metricbox.ingest.outcome import Decoded, IngestOutcome
from metricbox.ingest.series_table import DoorContext
from metricbox.query.export import SeriesPart, export_samples
from metricbox.query.promql.selectors import parse_selectors
from metricbox.query.times import parse_time_ms
from metricbox.store.contract import Matcher, ReadLimits
from metricbox.store.tiers import TIERS, Tier
from metricbox.web.callers import require_explore, require_ingest
from metricbox.web.context import context_of
from metricbox.web.contract import PLAIN, Form, Parameter, Raw, Who, contract
from metricbox.web.routes.ingest import sender_of

JSON_LINES = "application/x-ndjson"
_PIECE_BYTES = 256 * 1024
_TIERS = {"raw": None, "1min": TIERS[1], "1hour": TIERS[2]}

LINES = Raw(
    (JSON_LINES,),
    'One object a line: {"metric": {"__name__": …}, "values": […], "timestamps": […]}, in milliseconds.',
)
_TIME = "Milliseconds, seconds, ISO 8601, or now-1h."
_WISH = Form(
    (
        Parameter(
            "match[]",
            {"type": ["array", "string"], "items": {"type": "string"}, "examples": [["cpu"]]},
            "A selector; may be repeated.",
            is_required=True,
        ),
        Parameter("start", {"type": "string", "examples": ["now-1h"]}, f"{_TIME} All when absent."),
        Parameter("end", {"type": "string", "examples": ["now"]}, f"{_TIME} Not part of the range."),
        Parameter(
            "tier",
            {"type": "string", "enum": [*_TIERS]},
            "raw samples, or the average of each bucket of a rollup.",
        ),
    )
)

blueprint = Blueprint("transfer")


@contract(
    "All samples of some series, as they are stored.",
    Who.READ,
    door=PLAIN,
    body=_WISH,
    answer=str,
    media_type=JSON_LINES,
    errors=(422,),
    has_semantics=True,
)
async def export(request: Request) -> HTTPResponse | None:
    require_explore(request)
    context = context_of(request)
    wish = _read_wish(request)
    limits = ReadLimits(context.settings.query_timeout / 1000, context.settings.query_max_samples)
    pieces = _write_lines(
        export_samples(context.store, wish.alternatives, wish.start_ms, wish.end_ms, limits, wish.tier)
    )
    # What can be refused is refused before the answer begins.
    first = await asyncio.to_thread(next, pieces, b"")
    response = await request.respond(content_type=JSON_LINES)
    piece = first
    while piece:
        await response.send(piece)
        # A fault from here on ends the connection without the end of the body, which callers notice.
        piece = await asyncio.to_thread(next, pieces, b"")
    await response.eof()
    return None


@blueprint.post("/api/v1/import")
@contract(
    "Samples in JSON lines, as an export holds them.",
    Who.INGEST,
    door=PLAIN,
    body=LINES,
    is_body_required=False,
    errors=(422, 507),
    has_semantics=True,
    is_partial=True,
)
async def import_lines(request: Request) -> HTTPResponse:
    caller = require_ingest(request)
    body, encoding = request.body, request.headers.get("content-encoding")

    def decode(door: DoorContext) -> Decoded:
        return decode_json_lines(decode_body(body, encoding, door.max_body_bytes), door)

    outcome = await context_of(request).ingest.push("import", sender_of(caller), decode)
    if outcome.refused_units:
        raise _refuse(outcome)
    return HTTPResponse(status=204)


def _refuse(outcome: IngestOutcome) -> ValidationError:
    details = [ErrorDetail(f"line {refusal.position}", refusal.message) for refusal in outcome.refusals]
    rest = "; the others are stored" if outcome.accepted else ""
    more = f" ({outcome.refused_units - 1} more)" if outcome.refused_units > 1 else ""
    first = details[0]
    total = outcome.accepted + outcome.rejected
    return ValidationError(
        f"{outcome.rejected} of {total} samples refused{rest}; {first.field}: {first.message}{more}", details
    )


class _Wish(msgspec.Struct):
    alternatives: Sequence[Sequence[Matcher]]
    start_ms: int
    end_ms: int
    tier: Tier | None


def _read_wish(request: Request) -> _Wish:
    texts = _all_values(request, "match[]")
    if not texts:
        raise ValidationError.for_field("match[]", 'is required: a selector such as cpu or {job="web"}')
    now_ms = context_of(request).clock.now_ms()
    tier = (_all_values(request, "tier") or ["raw"])[0] or "raw"
    if tier not in _TIERS:
        raise ValidationError.for_field("tier", f"must be one of {', '.join(_TIERS)}")
    start_ms, end_ms = (
        _read_time(request, name, default, now_ms)
        for name, default in (("start", _oldest_ms(request, tier, now_ms)), ("end", now_ms + 86_400_000))
    )
    if end_ms < start_ms:
        raise ValidationError.for_field("end", "must not be before start")
    try:
        selectors = parse_selectors(texts)
    except ValidationError as error:
        message = error.details[0].message if error.details else error.message
        raise ValidationError.for_field("match[]", message) from None
    alternatives = [group for selector in selectors for group in selector.alternatives]
    return _Wish(alternatives, start_ms, end_ms, _TIERS[tier])


def _oldest_ms(request: Request, tier: str, now_ms: int) -> int:
    return now_ms - context_of(request).retention.retention_ms(_TIERS[tier] or TIERS[0])


def _read_time(request: Request, name: str, default: int, now_ms: int) -> int:
    text = (_all_values(request, name) or [""])[0]
    if not text:
        return default
    try:
        return parse_time_ms(text, now_ms)
    except ValueError as error:
        raise ValidationError.for_field(name, str(error)) from error


def _all_values(request: Request, name: str) -> list[str]:
    sources = [request.args]
    if request.method == "POST" and request.form is not None:
        sources.append(request.form)
    return [str(value) for source in sources for value in source.getlist(name) or []]


def _write_lines(parts: Iterator[SeriesPart]) -> Iterator[bytes]:
    """Pieces of text of about _PIECE_BYTES; blocks. Stale markers, which alone are not finite, are null."""
    pending: list[bytes] = []
    size_bytes = 0
    for part in parts:
        line = _encode(
            {
                "metric": {"__name__": part.series.name, **part.series.labels},
                "values": part.values.tolist(),
                "timestamps": part.ts_ms.tolist(),
            }
        )
        pending.append(line)
        size_bytes += len(line) + 1
        if size_bytes >= _PIECE_BYTES:
            yield b"\n".join([*pending, b""])
            pending, size_bytes = [], 0
    if pending:
        yield b"\n".join([*pending, b""])


_encode = msgspec.json.Encoder().encode


blueprint.add_route(export, "/api/v1/export", methods=["GET", "POST"])
