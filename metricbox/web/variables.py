"""Variables of a dashboard in a request: what was saved and sent becomes the scope of the panels' queries."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pydantic
from sanic import Request

from metricbox.errors import ValidationError
from metricbox.query.label_values import list_label_values
from metricbox.query.router import Span, choose_tier
from metricbox.query.times import choose_step_ms
from metricbox.query.types import MIN_STEP_MS, POINTS_WANTED, Query
from metricbox.query.variable_choices import (
    Choices,
    Options,
    Sort,
    Variable,
    VariableType,
    check_variables,
)
from metricbox.query.variables import Choice, Scope, expand_names, expand_query, expand_tags
from metricbox.query.variables import make_builtins as builtins_of
from metricbox.store.appdb.records import DashboardRecord
from metricbox.store.tiers import Tier
from metricbox.web import variable_schemas as schemas
from metricbox.web.callers import can_see_queries
from metricbox.web.context import context_of

Sent = Mapping[str, str | list[str]]


def make_variables(wish: Sequence[schemas.Variable]) -> list[dict[str, Any]]:
    """What is saved. Raises ValidationError when they do not go together."""
    check_variables([_variable(one) for one in wish])
    return [one.model_dump(by_alias=True, exclude_none=True) for one in wish]


def read_variables(dashboard: DashboardRecord) -> list[Variable]:
    """Of a saved dashboard. What an earlier release saved unchecked and is none is passed over."""
    found = []
    for value in dashboard.variables:
        try:
            found.append(_variable(schemas.Variable.model_validate(value)))
        except pydantic.ValidationError:
            continue
    return found


def make_choices(
    request: Request, dashboard: DashboardRecord, sent: Sent | None, *, is_settling: bool = False
) -> Choices:
    """The scope of this caller's choices. Its look-ups read the store and may block; raises ValidationError."""
    return Choices(
        read_variables(dashboard),
        _lists(sent),
        partial(list_label_values, context_of(request).store),
        # The others can ask for any values anyway.
        is_bound=not can_see_queries(request, dashboard),
        is_settling=is_settling,
    )


def preview(request: Request, wish: schemas.VariablePreview) -> Callable[[], Options]:
    """What a variable would offer that is not saved yet; the look-up reads the store and may block. For callers who may
    change the dashboard. Raises ValidationError.
    """
    variables = [_variable(one) for one in wish.variables]
    check_variables(variables)
    wanted = next((one for one in variables if one.name == wish.name), None)
    if wanted is None:
        raise ValidationError.for_field("name", "is none of the variables")
    choices = Choices(
        variables,
        _lists(wish.chosen),
        partial(list_label_values, context_of(request).store),
        is_bound=False,
        is_settling=True,
    )
    return lambda: Options(choices.options(wanted), choices.chosen(wanted))


def make_builtins(query: Query, now_ms: int, retention_ms: Callable[[Tier], int]) -> Mapping[str, Choice]:
    """`$__interval` and its kin: by the step that the query service will choose, were there no look-back."""
    span = Span(query.start_ms, query.end_ms, query.step_ms)
    resolution_ms = choose_tier(span, now_ms, retention_ms).resolution_ms
    step_ms = query.step_ms
    if step_ms is None:
        step_ms = choose_step_ms(max(query.end_ms - query.start_ms, 1), POINTS_WANTED)
        step_ms = max(step_ms, MIN_STEP_MS, resolution_ms)
    return builtins_of(query.start_ms, query.end_ms, step_ms, resolution_ms)


def expand(query: Query, tags: Mapping[str, str | list[str]], scope: Scope) -> Query:
    """The query with values in place of references, and of its tags. Raises ValidationError."""
    return dataclasses.replace(
        query,
        text=expand_query(query.text, scope),
        matchers=expand_tags(tags, scope),
        group_by=None if query.group_by is None else expand_names(query.group_by, scope),
    )


def is_about_choice(error: ValidationError) -> bool:
    """Whether it speaks of what the caller chose, and not of the query."""
    return bool(error.details) and all(one.field.startswith("variables") for one in error.details)


def _variable(model: schemas.Variable) -> Variable:
    return Variable(
        name=model.name,
        type=VariableType(model.type),
        question=None if model.query is None else schemas.question_of(model.query),
        values=tuple(model.values or ()),
        current=_list(model.current),
        is_multi=bool(model.multi),
        has_all=bool(model.include_all),
        all_value=model.all_value or "",
        regex=model.regex or "",
        sort=Sort(model.sort or Sort.ASCENDING),
    )


def _lists(sent: Sent | None) -> dict[str, list[str]]:
    return {name: _list(value) for name, value in (sent or {}).items()}


def _list(value: str | list[str] | None) -> list[str]:
    """Empty for what was not chosen."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else value
