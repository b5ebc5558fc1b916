"""Prometheus's query API under /prometheus, for Grafana's data source, promtool and client libraries (API.md 5).

Its own shapes, words and status codes, errors included. Parameters come in the query string or, by POST, in a form.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import unquote

from sanic import Blueprint, HTTPResponse, Request

from metricbox import __version__
from metricbox.errors import (
    EvaluationError,
    MetricboxError,
    QueryTimeoutError,
    RetryableError,
    ValidationError,
)
from metricbox.model import LABEL_NAME, Series
from metricbox.query.promql.formatting import quote_go
from metricbox.query.promql.nodes import VectorSelector
from metricbox.query.promql.parse import format_expression, parse
from metricbox.query.promql.selectors import parse_selectors
from metricbox.query.promql.values import NAME_LABEL
from metricbox.query.store_source import find_series
from metricbox.store.appdb.alert_rules import list_enabled_rules
from metricbox.store.contract import MetricStore
from metricbox.web.callers import require_explore
from metricbox.web.context import context_of
from metricbox.web.contract import PROMETHEUS, Form, Parameter, Who, contract
from metricbox.web.door_schemas import (
    PrometheusAlerts,
    PrometheusBuild,
    PrometheusGroups,
    PrometheusMatrix,
    PrometheusMetadata,
    PrometheusScalar,
    PrometheusVector,
)
from metricbox.web.prometheus_format import (
    encode_answer,
    parse_duration_ms,
    parse_time_ms,
    show_instant,
    show_range,
)
from metricbox.web.prometheus_rules import NO, YES, RuleFilter, alerts_answer, groups_answer
from metricbox.web.prometheus_rules import PARAMETERS as RULE_PARAMETERS
from metricbox.web.prometheus_targets import STATES, PrometheusTargets, targets_answer
from metricbox.web.respond import JSON, json_response

PREFIX = "/prometheus"

# errorType and status of our errors; 422 `execution` is what the expression's data are at fault for.
_ERROR_TYPES = {
    400: "bad_data",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "bad_data",
    408: "timeout",
    413: "bad_data",
    415: "bad_data",
    422: "execution",
    429: "too_many_requests",
    503: "unavailable",
}


class _Answer(NamedTuple):
    data: Any
    warnings: Sequence[str] = ()


def make_error(_: Request, error: MetricboxError) -> HTTPResponse:
    """`ErrorShape` of all routes here."""
    status = 422 if isinstance(error, EvaluationError) else error.status
    message = error.details[0].message if error.details else error.message
    kind = _ERROR_TYPES.get(status, "bad_data" if status < 500 else "internal")
    if isinstance(error, QueryTimeoutError):
        status, kind = 503, "timeout"
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, RetryableError) else {}
    return json_response({"status": "error", "errorType": kind, "error": message}, status, headers)


# ---- queries


async def run_instant(request: Request) -> _Answer:
    context = context_of(request)
    time_ms = _optional_time_ms(request, "time")
    if time_ms is None:
        time_ms = context.clock.now_ms()
    timeout_ms = _timeout_ms(request)
    with _naming("query"):
        text = _query_text(request)
        value, warnings = await context.query.run_instant(text, time_ms, timeout_ms)
    data = await asyncio.to_thread(show_instant, value, time_ms)
    return _cut(data, _limit(request), warnings)


async def run_range(request: Request) -> _Answer:
    start_ms = parse_time_ms("start", _required(request, "start"))
    end_ms = parse_time_ms("end", _required(request, "end"))
    if end_ms < start_ms:
        raise _bad('invalid parameter "end": end timestamp must not be before start time', "end")
    step_ms = parse_duration_ms("step", _required(request, "step"))
    if step_ms <= 0:
        message = "zero or negative query resolution step widths are not accepted. Try a positive integer"
        raise _bad(f'invalid parameter "step": {message}', "step")
    timeout_ms = _timeout_ms(request)
    text = _query_text(request)
    result = await context_of(request).query.run_range(text, start_ms, end_ms, step_ms, timeout_ms)
    data = await asyncio.to_thread(show_range, result)
    return _cut(data, _limit(request), result.warnings)


async def format_query(request: Request) -> _Answer:
    with _naming("query"):
        return _Answer(await asyncio.to_thread(format_expression, _query_text(request)))


# ---- what there is


async def list_series(request: Request) -> _Answer:
    texts = _all_values(request, "match[]")
    if not texts:
        raise _bad("no match[] parameter provided", "match[]")
    _check_times(request)
    store = context_of(request).store

    def collect() -> list[dict[str, str]]:
        with _naming("match[]"):
            selectors = parse_selectors(texts)
        rows = ({NAME_LABEL: one.name, **one.labels} for one in _find(store, selectors))
        return sorted(rows, key=lambda one: sorted(one.items()))

    return _cut_list(await asyncio.to_thread(collect), _limit(request))


async def list_labels(request: Request) -> _Answer:
    _check_times(request)
    store, texts = context_of(request).store, _all_values(request, "match[]")

    def collect() -> list[str]:
        found = _find(store, parse_selectors(texts))
        return sorted({NAME_LABEL, *(label for one in found for label in one.labels)}) if found else []

    return _cut_list(await asyncio.to_thread(collect), _limit(request))


async def list_label_values(request: Request, name: str) -> _Answer:
    label = _unescape(unquote(name))
    if not LABEL_NAME.fullmatch(label):
        raise _bad(f"invalid label name: {quote_go(label[:100])}", "name")
    _check_times(request)
    store, texts = context_of(request).store, _all_values(request, "match[]")

    def collect() -> list[str]:
        selectors = parse_selectors(texts)
        if label == NAME_LABEL:
            if not selectors:
                return list(store.find_metric_names(()))
            return sorted({one.name for one in _find(store, selectors)})
        values = {one.labels.get(label) for one in _find(store, selectors)}
        return sorted(value for value in values if value)

    return _cut_list(await asyncio.to_thread(collect), _limit(request))


async def list_metadata(request: Request) -> _Answer:
    store = context_of(request).store
    wanted, limit_text = _parameter(request, "metric"), _parameter(request, "limit")
    if limit_text and not _INTEGER.fullmatch(limit_text):
        raise _bad("limit must be a number", "limit")
    limit = int(limit_text or -1)

    def collect() -> dict[str, Any]:
        page = store.list_metrics(wanted, 0, store.series_count + 1)
        return {
            one.name: [{"type": one.type, "help": one.description, "unit": one.unit}]
            for one in page.metrics
            if not wanted or one.name == wanted
        }

    found = await asyncio.to_thread(collect)
    return _Answer(dict(list(found.items())[:limit]) if limit >= 0 else found)


async def list_rules(request: Request) -> _Answer:
    kind = _parameter(request, "type")
    if kind not in {"", "alert", "record"}:
        raise _bad(f'invalid parameter "type": not supported value {quote_go(kind[:100])}', "type")
    names, groups, files = (_all_values(request, f"{one}[]") for one in ("rule_name", "rule_group", "file"))
    exclude = _parameter(request, "exclude_alerts")
    if exclude not in {"", *YES, *NO}:
        raise _bad('invalid parameter "exclude_alerts": must be true or false', "exclude_alerts")
    wanted = RuleFilter(kind, names, groups, files, has_alerts=exclude not in YES)
    context = context_of(request)
    rules = await context.appdb.read(list_enabled_rules)
    return _Answer(groups_answer(rules, context.alerts.loop, context.settings.alert_interval, wanted))


async def list_alerts(request: Request) -> _Answer:
    context = context_of(request)
    return _Answer(alerts_answer(await context.appdb.read(list_enabled_rules), context.alerts.loop))


async def list_targets(request: Request) -> _Answer:
    state = _parameter(request, "state").lower()
    if state not in STATES:
        raise _bad('invalid parameter "state": must be any, active or dropped', "state")
    return _Answer(
        targets_answer(context_of(request).scrape.look(), state, _parameter(request, "scrapePool"))
    )


async def list_exemplars(request: Request) -> _Answer:
    start_ms, end_ms = (_optional_time_ms(request, name) for name in ("start", "end"))
    if start_ms is not None and end_ms is not None and end_ms < start_ms:
        raise _bad("end timestamp must not be before start timestamp", "end")
    await asyncio.to_thread(parse, _query_text(request))
    return _Answer([])


async def show_build(_: Request) -> _Answer:
    """Grafana looks for a version that it knows; 2.42 is the one whose semantics are kept."""
    return _Answer(
        {
            "version": "2.42.0",
            "revision": f"metricbox-{__version__}",
            "branch": "",
            "buildUser": "",
            "buildDate": "",
            "goVersion": "",
        }
    )


def _find(store: MetricStore, selectors: Sequence[VectorSelector]) -> Sequence[Series]:
    """The series that any selector selects; all of them without one."""
    alternatives = [group for selector in selectors for group in selector.alternatives] or [()]
    return find_series(store, alternatives)[0]


# ---- parameters


def _parameter(request: Request, name: str) -> str:
    values = _all_values(request, name)
    return values[0] if values else ""


def _all_values(request: Request, name: str) -> list[str]:
    sources: list[Any] = [request.args]
    if request.method == "POST" and request.form is not None:
        sources.insert(0, request.form)
    return [str(value) for source in sources for value in source.getlist(name) or []]


def _required(request: Request, name: str) -> str:
    value = _parameter(request, name)
    if not value:
        raise _bad(f'invalid parameter "{name}": cannot parse "" to a valid {_KINDS[name]}', name)
    return value


_KINDS = {"start": "timestamp", "end": "timestamp", "step": "duration"}


def _query_text(request: Request) -> str:
    text = _parameter(request, "query")
    if not text.strip():
        raise _bad("1:1: parse error: no expression found in input", "query")
    return text


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Messages about the text of an expression name the parameter that held it, as some of Prometheus's routes do."""
    try:
        yield
    except EvaluationError:
        raise
    except ValidationError as error:
        message = error.details[0].message if error.details else error.message
        raise _bad(f'invalid parameter "{name}": {message}', name) from None


def _optional_time_ms(request: Request, name: str) -> int | None:
    text = _parameter(request, name)
    return parse_time_ms(name, text, is_optional=True) if text else None


def _check_times(request: Request) -> None:
    """Read and refused when they are none; what is kept is shown, whenever it was last seen."""
    for name in ("start", "end"):
        _optional_time_ms(request, name)


def _unescape(name: str) -> str:
    """The label that Grafana writes as U__a_2e_b when its name has characters that Prometheus 2 has not."""
    if not name.startswith("U__"):
        return name
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else "_", name[3:])


_ESCAPE = re.compile(r"__|_(1?[0-9a-f]{1,4})_", re.ASCII)
_INTEGER = re.compile(r"[-+]?\d{1,9}", re.ASCII)


def _limit(request: Request) -> int | None:
    text = _parameter(request, "limit")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise _bad(f'invalid parameter "limit": {text[:100]!r} is not a whole number', "limit")
    return int(text) or None


def _timeout_ms(request: Request) -> int | None:
    text = _parameter(request, "timeout")
    return parse_duration_ms("timeout", text) if text else None


def _bad(message: str, field: str) -> ValidationError:
    return ValidationError.for_field(field, message)


def _cut(data: Mapping[str, Any], limit: int | None, warnings: Sequence[str]) -> _Answer:
    if limit is None or data["resultType"] not in {"vector", "matrix"} or len(data["result"]) <= limit:
        return _Answer(data, warnings)
    return _Answer({**data, "result": data["result"][:limit]}, [*warnings, _CUT])


def _cut_list(rows: Sequence[Any], limit: int | None) -> _Answer:
    if limit is None or len(rows) <= limit:
        return _Answer(rows)
    return _Answer(rows[:limit], [_CUT])


_CUT = "results truncated due to limit"

# ---- registration

Route = Callable[..., Any]


def _make_handler(route: Route, declared: dict[str, Any], summary: str) -> Route:
    @contract(summary, Who.READ, door=PROMETHEUS, has_semantics=True, errors=(400, 422), **declared)
    async def handle(request: Request, **parameters: str) -> HTTPResponse:
        require_explore(request)
        answer: _Answer = await route(request, **parameters)
        body = await asyncio.to_thread(encode_answer, answer.data, answer.warnings)
        return HTTPResponse(body, content_type=JSON)

    return handle


_TEXT: dict[str, Any] = {"type": "string"}
_QUERY = Parameter("query", _TEXT | {"examples": ["cpu"]}, "PromQL.", is_required=True)
_TIME = "Seconds since 1970, or RFC 3339."
_SPAN = (
    Parameter("start", _TEXT | {"examples": ["1795600800"]}, _TIME),
    Parameter("end", _TEXT | {"examples": ["1795604400"]}, _TIME),
)
_BOUNDS = (
    Parameter("timeout", _TEXT, "A duration; never longer than query_timeout."),
    Parameter("limit", {"type": "string", "pattern": "^[0-9]{0,9}$"}, "Most rows; 0 or empty is no limit."),
)
_LIMIT = _BOUNDS[1]
_MATCH = Parameter(
    "match[]",
    {"type": ["array", "string"], "items": _TEXT, "examples": [["cpu"]]},
    "A selector; may be repeated.",
)
_LABEL = {"name": Parameter("name", _TEXT, "Name of the label.", is_required=True)}
_GRID = (
    *(one._replace(is_required=True) for one in _SPAN),
    Parameter("step", _TEXT | {"examples": ["1m"]}, "A duration or seconds.", is_required=True),
)
_Instant = PrometheusVector | PrometheusMatrix | PrometheusScalar

_ROUTES: tuple[tuple[str, Route, bool, str, dict[str, Any]], ...] = (
    (
        "query",
        run_instant,
        True,
        "PromQL at one time.",
        {
            "body": Form((_QUERY, Parameter("time", _TEXT, f"{_TIME} Now when absent."), *_BOUNDS)),
            "answer": _Instant,
        },
    ),
    (
        "query_range",
        run_range,
        True,
        "PromQL over time.",
        {"body": Form((_QUERY, *_GRID, *_BOUNDS)), "answer": PrometheusMatrix},
    ),
    (
        "format_query",
        format_query,
        True,
        "PromQL as its own printer writes it.",
        {"body": Form((_QUERY,)), "answer": str},
    ),
    (
        "series",
        list_series,
        True,
        "Series that match.",
        {"body": Form((_MATCH._replace(is_required=True), *_SPAN, _LIMIT)), "answer": list[dict[str, str]]},
    ),
    (
        "labels",
        list_labels,
        True,
        "Names of labels.",
        {"body": Form((_MATCH, *_SPAN, _LIMIT)), "answer": list[str]},
    ),
    (
        "label/<name:str>/values",
        list_label_values,
        False,
        "Values of a label.",
        {"path": _LABEL, "query": (_MATCH, *_SPAN, _LIMIT), "answer": list[str]},
    ),
    (
        "metadata",
        list_metadata,
        False,
        "What is known of metrics.",
        {
            "query": (
                Parameter("metric", _TEXT, "One metric alone."),
                Parameter("limit", {"type": "string", "pattern": "^([-+]?[0-9]{1,9})?$"}, "Most metrics."),
            ),
            "answer": dict[str, list[PrometheusMetadata]],
        },
    ),
    (
        "rules",
        list_rules,
        False,
        "Alert rules, in one group.",
        {"query": RULE_PARAMETERS, "answer": PrometheusGroups},
    ),
    ("alerts", list_alerts, False, "What is pending and fires.", {"answer": PrometheusAlerts}),
    (
        "targets",
        list_targets,
        False,
        "What is scraped.",
        {
            "query": (
                Parameter("state", {"type": "string", "enum": [*STATES]}, "Active or dropped ones alone."),
                Parameter("scrapePool", _TEXT, "Those of one job alone."),
            ),
            "answer": PrometheusTargets,
        },
    ),
    (
        "query_exemplars",
        list_exemplars,
        True,
        "Exemplars; there are none.",
        {"body": Form((_QUERY, *_SPAN)), "answer": list[Any]},
    ),
    (
        "status/buildinfo",
        show_build,
        False,
        "The version that clients look for.",
        {"answer": PrometheusBuild},
    ),
)

blueprint = Blueprint("prometheus")

for path, route, has_form, summary, declared in _ROUTES:
    blueprint.add_route(
        _make_handler(route, declared, summary),
        f"{PREFIX}/api/v1/{path}",
        ["GET", "POST"] if has_form else ["GET"],
        name=route.__name__,
        ctx_error_shape=make_error,
    )
