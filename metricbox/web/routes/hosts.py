"""`GET /api/v1/hosts`: every host that reports, whoever reports it (API.md 3)."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ValidationError
from metricbox.query.hosts.families import TREND_FIGURES, Figure
from metricbox.query.hosts.past import TREND_STEPS
from metricbox.query.hosts.presence import State
from metricbox.query.hosts.service import Host
from metricbox.web import schemas
from metricbox.web.callers import require_read
from metricbox.web.contract import ListMeta, Who, contract, list_of
from metricbox.web.respond import data_response, read_page, slice_page
from metricbox.web.services import services_of

blueprint = Blueprint("hosts")

Order = Callable[[Host], Any]


def _figure_of(figure: Figure) -> Order:
    return lambda host: host.figures.get(figure)


# What is wrong first.
_STATES = list(reversed(State))
# Field -> what is compared; None comes last, whichever way round.
_SORTS: Mapping[str, Order] = {
    "name": lambda host: host.name.casefold(),
    "state": lambda host: _STATES.index(host.state),
    "lastSeenMs": lambda host: host.last_ms,
    "uptimeS": _figure_of(Figure.UPTIME),
    "cpuPercent": _figure_of(Figure.CPU),
    "memoryPercent": _figure_of(Figure.MEMORY),
    "diskPercent": _figure_of(Figure.DISK),
    "load1": _figure_of(Figure.LOAD),
    "networkBytesPerS": _figure_of(Figure.NETWORK),
}


class HostsMeta(ListMeta):
    """Which part of a list this is, and how many hosts there are in each state, whatever was searched."""

    up: int
    late: int
    silent: int
    now_ms: int = Field(description="When it was looked; up to 5 s ago.")


@blueprint.get("/api/v1/hosts")
@contract(
    "Every host that reports, whoever reports it.",
    Who.READ,
    **list_of(schemas.Host, sort=tuple(_SORTS), unsorted="by name") | {"meta": HostsMeta},
    errors=(422, 503),
)
async def list_hosts(request: Request) -> HTTPResponse:
    require_read(request)
    page = read_page(request)
    order = _order_of(page.sort)
    look = await services_of(request).hosts.look()
    needle = page.search.casefold()
    found = [host for host in look.hosts if needle in host.name.casefold()]
    if page.sort:
        found = _sorted(found, order, is_down=page.sort.startswith("-"))
    part = slice_page(found, page)
    states = [host.state for host in look.hosts]
    meta = {"total": part.total, "page": page.page, "pageSize": page.page_size, "nowMs": look.at_ms}
    return data_response(
        [_show(host) for host in part.rows], meta | {state.value: states.count(state) for state in State}
    )


def _order_of(sort: str) -> Order:
    name = sort.removeprefix("-") or "name"
    if name not in _SORTS:
        raise ValidationError.for_field(
            "sort", f"must be one of {', '.join(_SORTS)}, with - in front to turn it"
        )
    return _SORTS[name]


def _sorted(hosts: list[Host], order: Order, *, is_down: bool) -> list[Host]:
    """Those that are alike stay in the order of their names."""
    known = [host for host in hosts if order(host) is not None]
    unknown = [host for host in hosts if order(host) is None]
    return [*sorted(known, key=order, reverse=is_down), *unknown]


def _show(host: Host) -> dict[str, Any]:
    skew_ms = host.figures.get(Figure.AHEAD)
    return {
        "name": host.name,
        "state": host.state.value,
        "lastSeenMs": host.last_ms,
        "intervalMs": host.interval_ms,
        "source": host.source.value,
        "tag": host.tag,
        "agentVersion": host.version,
        "clockSkewMs": None if skew_ms is None else round(skew_ms),
        "droppedSamples": dict(host.dropped) or None,
        "spoolBytes": _whole(host, Figure.SPOOL_BYTES),
        "spoolBatches": _whole(host, Figure.SPOOL_BATCHES),
        "uptimeS": _rounded(host, Figure.UPTIME, 0),
        "cpuPercent": _rounded(host, Figure.CPU, 2),
        "memoryPercent": _rounded(host, Figure.MEMORY, 2),
        "diskPercent": _rounded(host, Figure.DISK, 2),
        "load1": _rounded(host, Figure.LOAD, 3),
        "networkBytesPerS": _rounded(host, Figure.NETWORK, 1),
        "seriesCount": host.series_count,
        "ticks": [tick.value for tick in host.ticks],
        "trends": {_TREND_NAMES[figure]: _trend(host, figure) for figure in TREND_FIGURES},
    }


_TREND_NAMES = {
    Figure.CPU: "cpuPercent",
    Figure.MEMORY: "memoryPercent",
    Figure.DISK: "diskPercent",
}


def _rounded(host: Host, figure: Figure, places: int) -> float | None:
    """Digits beyond what anybody looks at would be half of the answer."""
    value = host.figures.get(figure)
    return None if value is None else round(float(value), places)


def _whole(host: Host, figure: Figure) -> int | None:
    value = host.figures.get(figure)
    return None if value is None else round(value)


def _trend(host: Host, figure: Figure) -> list[float | None]:
    values = host.trends.get(figure)
    if values is None:
        return [None] * TREND_STEPS
    return [None if value != value else round(value, 1) for value in values.tolist()]  # noqa: PLR0124 - NaN
