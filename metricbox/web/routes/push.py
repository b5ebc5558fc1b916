"""Doors for text in the Prometheus formats: the Pushgateway's, and VictoriaMetrics's import (PROTOCOLS 5).

    PUT, POST /metrics/job/JOB[/LABEL/VALUE]...    200, 400 with nothing stored
    DELETE    the same                             202, also for a group that is not there
    POST      /api/v1/import/prometheus            204, 400 when a part was refused

    job@base64/am9i   a value in URL-safe base64, its padding optional; `=` alone is the empty value
    path/a%2Fb        parts are divided before they are decoded

Errors are plain text, which is what senders of this protocol print. GET /metrics is this server's own exposition.
"""

import base64
import binascii
import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import text as text_response

from metricbox.errors import (
    MetricboxError,
    NotFoundError,
    RetryableError,
    ValidationError,
)
from metricbox.ingest.body import decode_body
from metricbox.ingest.exposition import Exposition, decode_exposition, make_series, read_exposition
from metricbox.ingest.exposition_protobuf import read_protobuf
from metricbox.ingest.outcome import Decoded, IngestOutcome
from metricbox.ingest.push_groups import GroupKey, Scope
from metricbox.ingest.series_table import DoorContext
from metricbox.model import SeriesKey, make_labels
from metricbox.web.callers import require_ingest
from metricbox.web.context import context_of
from metricbox.web.contract import PUSH, Parameter, Raw, Who, contract
from metricbox.web.routes.ingest import sender_of

EXPOSITION = Raw(
    ("text/plain", "application/openmetrics-text", "application/vnd.google.protobuf"),
    "Prometheus text format 0.0.4, or OpenMetrics 1.0 or Prometheus's delimited protobuf when the media type says "
    "so; any other type is read as the first. gzip, zstd, deflate and snappy are taken.",
)
GROUP = {
    "group": Parameter(
        "group",
        {"type": "string", "examples": ["nightly/instance/db1"]},
        "The job's name, then names and values of labels: nightly/instance/db1.",
        is_required=True,
    ),
}
EXTRA_LABEL = Parameter(
    "extra_label",
    {"type": ["array", "string"], "items": {"type": "string"}, "examples": [["site=attic"]]},
    "NAME=VALUE, a label that all series get; may be repeated.",
)

_LABEL_NAME = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_.\-]*", re.ASCII)
_BASE64 = "@base64"

blueprint = Blueprint("push")


def make_error(_: Request, error: MetricboxError) -> HTTPResponse:
    """`ErrorShape` of these doors: the sentence alone."""
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, RetryableError) else {}
    return text_response(f"{error.message}\n", error.status, headers)


@contract(
    "What a batch job pushes, in place of its group, as to a Pushgateway.",
    Who.INGEST,
    door=PUSH,
    body=EXPOSITION,
    is_body_required=False,
    path=GROUP,
    status=200,
    errors=(422, 507),
    has_semantics=True,
    is_partial=True,
)
async def put_group(request: Request, **_: str) -> HTTPResponse:
    return await _push(request, Scope.GROUP)


@contract(
    "What a batch job pushes, in place of the group's families of these names.",
    Who.INGEST,
    door=PUSH,
    body=EXPOSITION,
    is_body_required=False,
    path=GROUP,
    status=200,
    errors=(422, 507),
    has_semantics=True,
    is_partial=True,
)
async def post_group(request: Request, **_: str) -> HTTPResponse:
    return await _push(request, Scope.FAMILIES)


@contract(
    "The end of a pushed group: its series have no values from now on.",
    Who.INGEST,
    door=PUSH,
    path=GROUP,
    status=202,
    errors=(400, 422, 507),
    has_semantics=True,
)
async def delete_group(request: Request, **_: str) -> HTTPResponse:
    caller = require_ingest(request)
    await context_of(request).pushed.delete(_group_of(request), sender_of(caller))
    return HTTPResponse(status=202)


@blueprint.post("/api/v1/import/prometheus", ctx_error_shape=make_error)
@contract(
    "Samples in the Prometheus text format or in OpenMetrics, at the times that stand in the text or now.",
    Who.INGEST,
    door=PUSH,
    body=EXPOSITION,
    is_body_required=False,
    query=(EXTRA_LABEL,),
    errors=(422, 507),
    has_semantics=True,
    is_partial=True,
)
async def import_text(request: Request) -> HTTPResponse:
    caller = require_ingest(request)
    read = _reader_of(request)
    # Keys with other labels are keys of their own: the mark stands in front of them.
    extra = _read_extra_labels(request.args.getlist("extra_label", []))
    mark = f"{sorted(extra.items())!r}\n".encode()

    def decode(door: DoorContext) -> Decoded:
        exposition = read(door.max_body_bytes)
        if not extra:
            return decode_exposition(door, exposition)
        marked = exposition._replace(keys=[mark + key for key in exposition.keys])
        return decode_exposition(door, marked, make)

    def make(key: bytes) -> SeriesKey:
        name, labels = make_series(key.removeprefix(mark))
        return SeriesKey(name, make_labels((dict(labels) | extra).items()))

    outcome = await context_of(request).ingest.push("import_prometheus", sender_of(caller), decode)
    if outcome.refused_units:
        raise _refuse(outcome)
    return HTTPResponse(status=204)


async def _push(request: Request, scope: Scope) -> HTTPResponse:
    caller = require_ingest(request)
    pushed = context_of(request).pushed
    outcome = await pushed.push(_group_of(request), scope, sender_of(caller), _reader_of(request))
    if outcome.refused_units:
        raise _refuse(outcome)
    return HTTPResponse(status=200)


def _reader_of(request: Request) -> Callable[[int], Exposition]:
    """Reads the body, given the limit on its bytes."""
    body, encoding = request.body, request.headers.get("content-encoding")
    media_type = str(request.headers.get("content-type", "")).lower()
    if media_type.startswith("application/vnd.google.protobuf"):
        return lambda max_bytes: read_protobuf(decode_body(body, encoding, max_bytes))
    is_openmetrics = media_type.startswith("application/openmetrics-text")
    return lambda max_bytes: read_exposition(
        decode_body(body, encoding, max_bytes), is_openmetrics=is_openmetrics
    )


def _group_of(request: Request) -> GroupKey:
    return parse_group(request.path.partition("/metrics/")[2])


def parse_group(path: str) -> GroupKey:
    """Labels of `job/JOB/LABEL/VALUE...`, as it stands in the URL. Raises ValidationError and NotFoundError."""
    parts = path.removesuffix("/").split("/")
    if len(parts) == 1:
        raise NotFoundError("there is nothing at this address; metrics are pushed to /metrics/job/NAME")
    if len(parts) % 2:
        raise ValidationError(
            f"odd number of components in label string {path!r}: after /metrics come names and values, "
            "job/NAME/LABEL/VALUE"
        )
    labels: dict[str, str] = {}
    for name_part, value_part in zip(parts[2::2], parts[3::2], strict=True):
        name, value = _read_pair(name_part, value_part)
        labels[name] = value
    labels["job"] = _read_pair(parts[0], parts[1])[1]
    if not labels["job"]:
        raise ValidationError("job name is required: push to /metrics/job/NAME")
    return tuple(sorted(labels.items()))


def _read_pair(name_part: str, value_part: str) -> tuple[str, str]:
    try:
        raw_name = unquote_to_bytes(name_part).decode()
        name = raw_name.removesuffix(_BASE64)
        value = unquote_to_bytes(value_part)
        if name != raw_name:
            value = _decode_base64(value)
        if not _LABEL_NAME.fullmatch(name):
            raise ValidationError(f'improper label name "{name[:60]}"')
        return name, value.decode()
    except (UnicodeDecodeError, binascii.Error) as error:
        raise ValidationError(
            f"the value of {name_part[:60]!r} is not UTF-8, or not URL-safe base64"
        ) from error


def _decode_base64(text: bytes) -> bytes:
    stripped = text.rstrip(b"=")
    padded = stripped + b"=" * (-len(stripped) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)


def _read_extra_labels(texts: list[str]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not _LABEL_NAME.fullmatch(name):
            raise ValidationError(f"extra_label: {text[:60]!r} is not NAME=VALUE")
        labels[name] = value
    return labels


def _refuse(outcome: IngestOutcome) -> ValidationError:
    first = outcome.refusals[0]
    total = outcome.accepted + outcome.rejected
    rest = "; the others are stored" if outcome.accepted else ""
    more = f" ({outcome.refused_units - 1} more)" if outcome.refused_units > 1 else ""
    return ValidationError(
        f"{outcome.rejected} of {total} samples refused{rest}; line {first.position}: {first.message}{more}"
    )


for key in ("job", f"job{_BASE64}"):
    for handler, method in ((put_group, "PUT"), (post_group, "POST"), (delete_group, "DELETE")):
        blueprint.add_route(
            handler,
            f"/metrics/{key}/<group:path>",
            [method],
            name=f"{key.replace('@', '_')}_{handler.__name__}",
            ctx_error_shape=make_error,
        )
