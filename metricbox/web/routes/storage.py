"""How long metrics are kept: `/api/v1/storage/retention` (API.md 3)."""

import asyncio

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ValidationError
from metricbox.store.appdb.records import Role
from metricbox.store.tiers import TIERS
from metricbox.web.authors import author_of
from metricbox.web.body import read_json
from metricbox.web.callers import require_read, require_role
from metricbox.web.context import context_of
from metricbox.web.contract import Parameter, Who, contract
from metricbox.web.respond import data_response, format_optional_time
from metricbox.web.schemas import Retention, RetentionChange, RetentionPreview

blueprint = Blueprint("storage")

DRY_RUN = Parameter(
    "dryRun",
    {"type": "string", "enum": ["true", "false"]},
    "true only tells what would be deleted.",
    can_be_blank=False,
)


def _is_dry_run(request: Request) -> bool:
    """A mistyped value is refused: a preview that deletes would be the worst of answers."""
    # Blank values count: `?dryRun` alone is no consent to deleting.
    texts = request.get_args(keep_blank_values=True).getlist("dryRun") or ["false"]
    if len(texts) != 1 or texts[0] not in {"true", "false"}:
        raise ValidationError.for_field("dryRun", "must be true or false")
    return bool(texts[0] == "true")


@blueprint.get("/api/v1/storage/retention")
@contract("How long each tier is kept.", Who.READ, answer=Retention)
async def get_retention(request: Request) -> HTTPResponse:
    require_read(request)
    return data_response(context_of(request).retention.as_texts())


@blueprint.put("/api/v1/storage/retention")
@contract(
    "Change how long tiers are kept.",
    Who.ADMIN,
    body=RetentionChange,
    query=(DRY_RUN,),
    answer=Retention | RetentionPreview,
    has_semantics=True,
)
async def put_retention(request: Request) -> HTTPResponse:
    """With `?dryRun=true`: what would go, and nothing changes."""
    require_role(request, Role.ADMIN)
    context = context_of(request)
    body = read_json(request, RetentionChange)
    changes = {table: text for table, text in body.model_dump(by_alias=True).items() if text is not None}
    if not _is_dry_run(request):
        await context.retention.change(changes, author_of(request))
        return data_response(context.retention.as_texts())
    wanted = context.retention.check(changes)
    previews = await asyncio.to_thread(context.store.preview_retention, wanted)
    return data_response(
        {
            tier.table: {
                "bytes": previews[tier.table].bytes,
                "samples": previews[tier.table].samples,
                "oldest": format_optional_time(previews[tier.table].oldest_ms),
            }
            for tier in TIERS
        }
    )
