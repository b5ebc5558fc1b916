"""`GET /api/v1/scrape/targets`: what is scraped, and how it is doing. No credentials are in any answer."""

from typing import Any

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from metricbox.durations import format_duration
from metricbox.errors import ValidationError
from metricbox.ingest.scrape.loop import Health
from metricbox.ingest.scrape.service import TargetStatus
from metricbox.web import schemas
from metricbox.web.answers import Answer
from metricbox.web.callers import require_read
from metricbox.web.context import context_of
from metricbox.web.contract import ListMeta, Who, contract, list_of
from metricbox.web.respond import data_response, format_optional_time, read_page, slice_page

blueprint = Blueprint("scrape", url_prefix="/api/v1/scrape")

# What is wrong first.
_ORDER = (Health.DOWN, Health.UNKNOWN, Health.UP)


class TargetsMeta(ListMeta):
    """Which part of a list this is, and how many targets there are in each state, whatever was searched."""

    jobs: int = Field(description="[[scrape]] tables in the settings file.")
    up: int
    down: int
    unknown: int
    dropped: int = Field(description="Targets that relabel rules drop.")
    problems: list[schemas.ScrapeProblem]


@blueprint.get("/targets")
@contract(
    "What is scraped, and how it is doing.",
    Who.READ,
    **list_of(schemas.ScrapeTarget, sort=("health", "job"), unsorted="by job and instance")
    | {"meta": TargetsMeta},
)
async def list_targets(request: Request) -> HTTPResponse:
    require_read(request)
    page = read_page(request)
    scrape = context_of(request).scrape
    look = scrape.look()
    needle = page.search.casefold()
    found = [
        one for one in look.targets if needle in f"{one.target.job.job} {one.target.shown_url}".casefold()
    ]
    part = slice_page(_sorted(found, page.sort), page)
    states = [one.health for one in look.targets]
    meta = {
        "total": part.total,
        "page": page.page,
        "pageSize": page.page_size,
        "jobs": len(scrape.jobs),
        **{health.value: states.count(health) for health in Health},
        "dropped": len(look.dropped),
        "problems": [{"job": one.job, "message": one.message} for one in look.problems],
    }
    return data_response([_show(one) for one in part.rows], meta)


def _sorted(found: list[TargetStatus], sort: str) -> list[TargetStatus]:
    """Those that are alike stay in the order of the settings."""
    is_down = sort.startswith("-")
    match sort.removeprefix("-"):
        case "":
            return found
        case "health":
            return sorted(found, key=lambda one: _ORDER.index(one.health), reverse=is_down)
        case "job":
            return sorted(found, key=lambda one: one.target.job.job.casefold(), reverse=is_down)
    raise ValidationError.for_field("sort", "must be health or job, with - in front to turn it")


def _show(one: TargetStatus) -> Answer:
    labels: dict[str, Any] = dict(one.target.labels)
    return {
        "job": one.target.job.job,
        "instance": one.target.instance,
        "url": one.target.shown_url,
        "health": one.health.value,
        "lastScrapeAt": format_optional_time(one.last_scrape_ms),
        "lastDurationMs": one.duration_ms,
        "samples": one.samples,
        "error": one.error or None,
        "interval": format_duration(one.target.job.interval_ms),
        "labels": labels,
    }
