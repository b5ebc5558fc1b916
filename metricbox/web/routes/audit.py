"""The audit trail: `GET /api/v1/audit`. For admins; who wrote what into it is seen in store/appdb/audit.py."""

from typing import get_args

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ValidationError
from metricbox.query.times import parse_time_ms
from metricbox.store.appdb.audit import AuditFilter, list_entries
from metricbox.store.appdb.records import Role
from metricbox.web.answers import audit_answer
from metricbox.web.callers import require_role
from metricbox.web.context import context_of
from metricbox.web.contract import Parameter, Who, contract, list_of
from metricbox.web.fields import MAX_NAME_CHARS, AuditAction, AuditResource
from metricbox.web.respond import list_response, read_arg, read_page
from metricbox.web.schemas import AuditEntry

blueprint = Blueprint("audit", url_prefix="/api/v1/audit")

_TEXT = {"type": "string", "maxLength": MAX_NAME_CHARS}
_TIME = "ISO 8601, milliseconds, seconds, or relative such as now-1d."
FILTERS = (
    Parameter("author", _TEXT, "Id or e-mail of the account."),
    Parameter("action", {"type": "string", "enum": ["", *get_args(AuditAction)]}, "What was done."),
    Parameter("resourceType", {"type": "string", "enum": ["", *get_args(AuditResource)]}, "To what."),
    Parameter("resourceId", _TEXT, "To which one."),
    Parameter("from", _TEXT, f"Not before: {_TIME}"),
    Parameter("to", _TEXT, f"Before: {_TIME}"),
)


@blueprint.get("/")
@contract(
    "Who changed what, when, from where.",
    Who.ADMIN,
    **list_of(AuditEntry, sort=("at", "author", "action"), more=FILTERS),
    has_semantics=True,
)
async def list_audit(request: Request) -> HTTPResponse:
    """Newest first. `search` looks at names of authors and resources, ids and addresses."""
    require_role(request, Role.ADMIN)
    page_request = read_page(request)
    wanted = AuditFilter(
        author=_read(request, "author"),
        action=_read_word(request, "action", get_args(AuditAction)),
        subject_type=_read_word(request, "resourceType", get_args(AuditResource)),
        subject_id=_read(request, "resourceId"),
        start_ms=_read_time(request, "from"),
        end_ms=_read_time(request, "to"),
    )
    page = await context_of(request).appdb.read(
        lambda connection: list_entries(connection, page_request, wanted)
    )
    return list_response(page, page_request, audit_answer)


def _read(request: Request, name: str) -> str | None:
    text = read_arg(request, name)
    if len(text) > MAX_NAME_CHARS:
        raise ValidationError.for_field(name, f"must have at most {MAX_NAME_CHARS} characters")
    return text or None


def _read_word(request: Request, name: str, words: tuple[str, ...]) -> str | None:
    text = _read(request, name)
    if text is not None and text not in words:
        raise ValidationError.for_field(name, f"must be one of {', '.join(words)}")
    return text


def _read_time(request: Request, name: str) -> int | None:
    text = _read(request, name)
    if text is None:
        return None
    try:
        return parse_time_ms(text, context_of(request).clock.now_ms())
    except ValueError as error:
        raise ValidationError.for_field(name, str(error)) from error
