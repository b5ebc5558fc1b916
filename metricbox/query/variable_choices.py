"""What is chosen of a dashboard's variables: by the caller, by what was saved, or by default.

    sent by the caller ──▶ checked ──▶ values ──▶ Choice, for variables.py
    else saved `current`       ▲
    else All or the first      └ a bound caller may take only what the dashboard offers

A caller is bound who sees a dashboard because it is public and may read nothing else: what a variable lists is then the
most that it lets through, and a text variable stays as it was saved. Pure but for the function that lists label values,
which reads the store.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import re2

from metricbox.errors import ValidationError
from metricbox.model import LABEL_NAME
from metricbox.query.label_values import parse_selector
from metricbox.query.variables import Choice, expand_query, find_references, order_names

ALL = "$__all"
# Instead of a duration, an interval variable may follow the step of the query.
AUTO = "auto"
ANYTHING = ".*"
# Nobody finds one in a longer list, and a pattern of as many is refused.
MAX_OPTIONS = 10_000

_LABEL_VALUES = re.compile(r"\s*label_values\((?:(?P<selector>.*),)?(?P<label>[^,]*)\)\s*", re.DOTALL)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)

ListValues = Callable[[str, str], Sequence[str]]
"""Selector, which may be empty, and label -> the label's values."""


class VariableType(StrEnum):
    QUERY = "query"
    LIST = "list"
    TEXT = "text"
    INTERVAL = "interval"
    CONSTANT = "constant"


class Sort(StrEnum):
    NONE = "none"
    ASCENDING = "asc"
    DESCENDING = "desc"
    NUMERIC_ASCENDING = "numericAsc"
    NUMERIC_DESCENDING = "numericDesc"


class LabelValues(NamedTuple):
    """The question of a query variable. Both may refer to other variables."""

    selector: str
    """Empty for all series."""
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    name: str
    type: VariableType
    question: LabelValues | None = None
    """Of a query variable."""
    values: Sequence[str] = ()
    """Of a list, an interval, a constant."""
    current: Sequence[str] = ()
    is_multi: bool = False
    has_all: bool = False
    all_value: str = ""
    """RE2 in place of All; empty for none."""
    regex: str = ""
    """RE2 that a value must hold; its group, if any, is the value then."""
    sort: Sort = Sort.ASCENDING

    @property
    def needs(self) -> list[str]:
        """Names of the variables that its values hang on."""
        if self.question is None:
            return []
        return [one.name for text in self.question for one in find_references(text)]


class Options(NamedTuple):
    """What a variable offers, and what of it is chosen."""

    values: Sequence[str]
    current: Sequence[str]
    """`$__all` alone for All; empty when there is nothing to choose."""


def parse_label_values(text: str) -> LabelValues:
    """`label_values(up{job="web"}, host)` or `label_values(host)`. Raises ValueError with the end of a sentence."""
    match = _LABEL_VALUES.fullmatch(text)
    label = match["label"].strip().strip('"') if match else ""
    if match is None or not label:
        raise ValueError("must be label_values(label) or label_values(metric, label)")
    question = LabelValues((match["selector"] or "").strip(), label)
    check_question(question)
    return question


class _AnyName:
    """A scope that knows every variable."""

    def find(self, _: str) -> Choice | None:
        return Choice(("x",))


def check_question(question: LabelValues) -> None:
    """Raises ValueError with the end of a sentence."""
    try:
        label = expand_query(question.label, _AnyName())
        if question.selector:
            parse_selector(expand_query(question.selector, _AnyName()))
    except ValidationError as error:
        raise ValueError(error.details[0].message) from error
    if not LABEL_NAME.fullmatch(label):
        raise ValueError("must name a label after the last comma")


def check_variables(variables: Sequence[Variable]) -> None:
    """Raises ValidationError for a name that is used twice, a variable that needs an unknown one, and for a circle."""
    by_name = {variable.name: variable for variable in variables}
    seen: set[str] = set()
    for index, variable in enumerate(variables):
        if variable.name in seen:
            raise ValidationError.for_field(
                f"variables[{index}].name", "is the name of another variable, too"
            )
        seen.add(variable.name)
        for needed in variable.needs:
            if needed not in by_name:
                message = f"needs ${needed[:100]}, which is no variable of this dashboard"
                raise ValidationError.for_field(f"variables[{index}].query", message)
    order_names({name: variable.needs for name, variable in by_name.items()})


class Choices:
    """What is chosen of each variable, worked out when it is asked for. A scope of variables.py; of one request."""

    def __init__(
        self,
        variables: Sequence[Variable],
        sent: Mapping[str, Sequence[str]],
        list_values: ListValues,
        *,
        is_bound: bool,
        is_settling: bool = False,
    ) -> None:
        """`is_settling`: what was sent and is not offered is passed over; else it is refused to the bound, and taken
        from others. Raises ValidationError for what nobody may send.
        """
        self._variables = {variable.name: variable for variable in variables}
        self._sent = {name: values for name, values in sent.items() if values}
        self._list_values = list_values
        self._is_bound = is_bound
        self._is_settling = is_settling
        self._chosen: dict[str, Sequence[str]] = {}
        self._options: dict[str, Sequence[str]] = {}
        # Saved ones have none; this is for what was saved by an older release.
        order_names({variable.name: variable.needs for variable in variables})
        if not is_settling:
            self._check_sent()

    def with_builtins(self, builtins: Mapping[str, Choice]) -> "_WithBuiltins":
        """The scope of one query."""
        return _WithBuiltins(self, builtins)

    def find(self, name: str) -> Choice | None:
        variable = self._variables.get(name)
        if variable is None:
            return None
        chosen = self.chosen(variable)
        if list(chosen) != [ALL]:
            return Choice(chosen)
        if variable.all_value:
            return Choice((), variable.all_value)
        is_whole = (
            variable.question is not None and not variable.regex and not _has_condition(variable.question)
        )
        # Of a list that leaves something out, All is what it holds: nobody sees more by it than by each.
        return Choice((), ANYTHING) if is_whole else Choice(self.options(variable))

    def settle(self) -> dict[str, Options]:
        return {
            name: Options(self.options(variable), self.chosen(variable))
            for name, variable in self._variables.items()
        }

    def options(self, variable: Variable) -> Sequence[str]:
        """What is offered, in the order of the variable."""
        found = self._options.get(variable.name)
        if found is None:
            found = self._options[variable.name] = self._make_options(variable)
        return found

    def chosen(self, variable: Variable) -> Sequence[str]:
        found = self._chosen.get(variable.name)
        if found is None:
            found = self._chosen[variable.name] = self._choose(variable)
        return found

    def _make_options(self, variable: Variable) -> Sequence[str]:
        if variable.question is None:
            return variable.values
        selector, label = (expand_query(text, self) for text in variable.question)
        values = _filter(self._list_values(selector, label), variable.regex)
        return sort_values(values, variable.sort)[:MAX_OPTIONS]

    def follows_step(self, name: str) -> bool:
        """Whether it is an interval that may be the step of the query."""
        variable = self._variables.get(name)
        return variable is not None and variable.type is VariableType.INTERVAL

    # ---- choosing

    def _choose(self, variable: Variable) -> Sequence[str]:
        wanted = self._sent.get(variable.name)
        if self._is_settling:
            return self._settle(variable, wanted or ())
        if wanted is not None:
            if self._is_bound:
                self._check_offered(variable, wanted)
            return wanted
        return variable.current or self._default(variable)

    def _settle(self, variable: Variable, wanted: Sequence[str]) -> Sequence[str]:
        if variable.type is VariableType.TEXT:
            return variable.current if self._is_bound or not wanted else wanted[:1]
        for candidate in (wanted, variable.current):
            kept = self._offered(variable, candidate)
            if kept:
                return kept
        return self._default(variable)

    def _offered(self, variable: Variable, wanted: Sequence[str]) -> Sequence[str]:
        if ALL in wanted and variable.has_all:
            return (ALL,)
        offered = frozenset(self.options(variable))
        kept = [value for value in wanted if value in offered]
        return kept if variable.is_multi else kept[:1]

    def _default(self, variable: Variable) -> Sequence[str]:
        return (ALL,) if variable.has_all else self.options(variable)[:1]

    # ---- what may be sent

    def _check_sent(self) -> None:
        for name, values in self._sent.items():
            variable = self._variables.get(name)
            if variable is None:
                raise _refuse(name, "is no variable of this dashboard")
            if len(values) > 1 and not variable.is_multi:
                raise _refuse(name, "takes one value")
            if ALL in values and not (variable.has_all and len(values) == 1):
                raise _refuse(name, "takes no All" if not variable.has_all else "takes All alone, or values")
            if variable.type is VariableType.CONSTANT and tuple(values) != tuple(variable.values):
                raise _refuse(name, "is a constant")

    def _check_offered(self, variable: Variable, wanted: Sequence[str]) -> None:
        if list(wanted) == [ALL]:
            return
        if variable.type is VariableType.TEXT:
            if tuple(wanted) != tuple(variable.current):
                raise _refuse(variable.name, "can be changed by those who are signed in only")
            return
        offered = frozenset(self.options(variable))
        if not offered.issuperset(wanted):
            raise _refuse(variable.name, "is none of the values that the dashboard offers")


class _WithBuiltins:
    def __init__(self, choices: Choices, builtins: Mapping[str, Choice]) -> None:
        self._choices = choices
        self._builtins = builtins

    def find(self, name: str) -> Choice | None:
        found = self._builtins.get(name) or self._choices.find(name)
        if found is not None and list(found.values) == [AUTO] and self._choices.follows_step(name):
            return self._builtins["__interval"]
        return found


def _has_condition(question: LabelValues) -> bool:
    """Whether it chooses among the series of a metric."""
    selector = question.selector
    if not selector:
        return False
    alternatives = parse_selector(expand_query(selector, _AnyName())).alternatives
    return len(alternatives) != 1 or len(alternatives[0]) != 1 or alternatives[0][0].label != "__name__"


def _filter(values: Sequence[str], regex: str) -> Sequence[str]:
    if not regex:
        return values
    pattern = compile_regex(regex)
    found: dict[str, None] = {}
    for value in values:
        match = pattern.search(value)
        if match is not None:
            groups = [group for group in match.groups() if group is not None]
            kept = groups[0] if groups else value
            if kept:
                found[kept] = None
    return list(found)


def compile_regex(text: str) -> "re2._Regexp":
    """Of a variable: RE2, also between slashes as Grafana writes it. Raises ValueError with the end of a sentence."""
    inner = text[1:-1] if len(text) > 1 and text[0] == text[-1] == "/" else text
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(inner, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        told = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        msg = f"must be a regular expression of RE2: {told}"
        raise ValueError(msg) from None


def sort_values(values: Sequence[str], sort: Sort) -> list[str]:
    """By letters without regard to case, or by the first number in each; those without come first."""
    if sort is Sort.NONE:
        return list(values)
    is_down = sort in {Sort.DESCENDING, Sort.NUMERIC_DESCENDING}
    if sort in {Sort.NUMERIC_ASCENDING, Sort.NUMERIC_DESCENDING}:
        return sorted(values, key=_number_key, reverse=is_down)
    return sorted(values, key=lambda value: (value.casefold(), value), reverse=is_down)


def _number_key(value: str) -> tuple[float, str]:
    match = _NUMBER.search(value)
    return (float(match[0]) if match else float("-inf"), value)


def _refuse(name: str, message: str) -> ValidationError:
    return ValidationError.for_field(f"variables.{name[:100]}", message)
