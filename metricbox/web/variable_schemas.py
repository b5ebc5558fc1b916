"""The part of the contract about a dashboard's variables. See schemas.py."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, StringConstraints, Tag, model_validator

from metricbox.durations import parse_duration_ms
from metricbox.errors import ValidationError
from metricbox.query.promql.parse import check_pattern
from metricbox.query.variable_choices import (
    AUTO,
    LabelValues,
    check_question,
    compile_regex,
    parse_label_values,
)
from metricbox.query.variables import quote_text
from metricbox.web.fields import Shown
from metricbox.web.models import AnswerModel, RequestModel

MAX_VARIABLES = 100
MAX_VALUES = 1_000
MAX_VALUE_BYTES = 1_024

_MUST_BE_NAME = "must begin with a letter or _, but not with two, and go on with letters, digits and _"
_MUST_BE_QUESTION = "must be label_values(metric, label) as a text, or an object with label"
# Names with two are built in.
_NAME = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def _check_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(_MUST_BE_NAME)
    return text


def _check_text_question(text: str) -> str:
    parse_label_values(text)
    return text


def _check_regex(text: str) -> str:
    if text:
        compile_regex(text)
    return text


def _check_all_value(text: str) -> str:
    try:
        check_pattern(text)
    except ValidationError as error:
        raise ValueError(error.details[0].message.removeprefix("parse error: ")) from error
    return text


def _check_bytes(text: str) -> str:
    if len(text.encode()) > MAX_VALUE_BYTES:
        msg = f"must have at most {MAX_VALUE_BYTES} bytes"
        raise ValueError(msg)
    return text


VariableType = Literal["query", "list", "text", "interval", "constant"]
VariableName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=50),
    AfterValidator(_check_name),
    Shown(_MUST_BE_NAME, r"^[A-Za-z_][A-Za-z0-9_]*$"),
]
Value = Annotated[str, StringConstraints(max_length=MAX_VALUE_BYTES), AfterValidator(_check_bytes)]
Values = Annotated[list[Value], Field(max_length=MAX_VALUES)]
# What a caller chooses: one value, or several of a variable that takes several.
ChosenValues = Annotated[
    dict[Annotated[str, StringConstraints(max_length=64)], Value | Values], Field(max_length=MAX_VARIABLES)
]


class VariableMatcher(RequestModel):
    """A condition on a label; the value may refer to other variables."""

    name: str = Field(min_length=1, max_length=255)
    op: Literal["=", "!=", "=~", "!~"]
    value: str = Field(max_length=MAX_VALUE_BYTES)


class VariableQuery(RequestModel):
    """The values of a label, among the series that fit."""

    label: str = Field(min_length=1, max_length=255)
    metric: str | None = Field(None, min_length=1, max_length=255, description="All metrics when null.")
    matchers: Annotated[list[VariableMatcher], Field(max_length=64)] | None = None

    @model_validator(mode="after")
    def _check(self) -> "VariableQuery":
        check_question(question_of(self))
        return self


def question_of(query: "str | VariableQuery") -> LabelValues:
    """Raises ValueError."""
    if isinstance(query, str):
        return parse_label_values(query)
    conditions = [] if query.metric is None else [quote_text(query.metric)]
    conditions += [f"{quote_text(one.name)}{one.op}{quote_text(one.value)}" for one in query.matchers or ()]
    return LabelValues(f"{{{', '.join(conditions)}}}" if conditions else "", query.label)


def _kind_of_question(value: Any) -> str | None:
    if isinstance(value, str):
        return "text"
    return "object" if isinstance(value, dict | VariableQuery) else None


Question = Annotated[
    Annotated[str, StringConstraints(max_length=4_000), AfterValidator(_check_text_question), Tag("text")]
    | Annotated[VariableQuery, Tag("object")],
    Discriminator(
        _kind_of_question, custom_error_type="variable_query", custom_error_message=_MUST_BE_QUESTION
    ),
    Shown(_MUST_BE_QUESTION),
]


class VariableShown(AnswerModel):
    """Something that the readers of a dashboard choose, as far as the caller may see it."""

    name: str = Field(description="$name in queries, titles and links.")
    label: str | None = Field(None, description="What the page calls it; the name when null.")
    type: VariableType
    query: str | VariableQuery | None = Field(
        None, description="Of type query; left out as queries of panels are."
    )
    values: list[str] | None = Field(None, description="Of list, interval and constant.")
    current: str | list[str] | None = Field(None, description="Saved choice; $__all for All.")
    multi: bool | None = None
    include_all: bool | None = None
    all_value: str | None = None
    regex: str | None = None
    sort: Literal["none", "asc", "desc", "numericAsc", "numericDesc"] | None = None
    hide: Literal["label", "variable"] | None = None


class Variable(RequestModel):
    """Something that the readers of a dashboard choose: $name in its queries, titles and links."""

    name: VariableName
    label: str | None = Field(None, max_length=200, description="What the page calls it; the name when null.")
    type: VariableType = Field(
        description="query: values of a label; list; text: whatever is typed; interval: durations; constant."
    )
    query: Question | None = Field(None, description="Of type query.")
    values: Values | None = Field(
        None, description="Of list, interval (durations, or auto for the step) and constant (one)."
    )
    current: Value | Values | None = Field(
        None, description="Chosen unless a reader chooses; $__all for All. Null: All, or the first value."
    )
    multi: bool | None = Field(None, description="Whether several values may be chosen at once.")
    include_all: bool | None = Field(None, description="Whether All may be chosen.")
    all_value: (
        Annotated[str, StringConstraints(max_length=1_000), AfterValidator(_check_all_value)] | None
    ) = Field(
        None, description="Pattern that All stands for; null: the values, or .* where they are all there are."
    )
    regex: Annotated[str, StringConstraints(max_length=1_000), AfterValidator(_check_regex)] | None = Field(
        None, description="Of type query: only values that hold it; its first group becomes the value."
    )
    sort: Literal["none", "asc", "desc", "numericAsc", "numericDesc"] | None = Field(
        None, description="Of type query; asc when null."
    )
    hide: Literal["label", "variable"] | None = Field(None, description="Hides the label, or all of it.")

    @model_validator(mode="after")
    def _check(self) -> "Variable":
        if (self.type == "query") != (self.query is not None):
            raise ValueError("must have a query when its type is query, and only then")
        has_values = self.type in {"list", "interval", "constant"}
        if has_values != bool(self.values):
            raise ValueError("must have values when its type is list, interval or constant, and only then")
        if self.type == "constant" and len(self.values or ()) != 1:
            raise ValueError("must have one value when its type is constant")
        if self.type == "interval":
            _check_intervals(self.values or [])
        if self.type not in {"query", "list"} and (self.multi or self.include_all):
            raise ValueError("can have multi and includeAll when its type is query or list")
        if isinstance(self.current, list) and len(self.current) > 1 and not self.multi:
            raise ValueError("must have one current value unless it is multi")
        return self


def _check_intervals(values: list[str]) -> None:
    for value in values:
        try:
            is_good = value == AUTO or parse_duration_ms(value) > 0
        except ValueError:
            is_good = False
        if not is_good:
            msg = f"must have durations as values, such as 5m, or {AUTO}"
            raise ValueError(msg)


class VariableChoices(RequestModel):
    """What is chosen of some variables; of others it is what was saved."""

    variables: ChosenValues | None = None


class VariablePreview(RequestModel):
    """A variable that is not saved, among those that it may need."""

    name: VariableName
    variables: Annotated[list[Variable], Field(min_length=1, max_length=MAX_VARIABLES)]
    chosen: ChosenValues | None = Field(None, description="Of the others; saved ones when null.")


class VariableOptions(AnswerModel):
    """What a variable offers, and what of it is chosen."""

    values: list[str] = Field(description="At most 10,000.")
    current: list[str] = Field(description="$__all alone for All; empty when there is nothing to choose.")
