"""From saved variables and a query to the query that runs. Rights are tested by routes/test_query_panels.py."""

import dataclasses

import pytest

from metricbox.durations import parse_duration_ms
from metricbox.errors import ErrorDetail, ValidationError
from metricbox.query.types import Query
from metricbox.query.variables import Choice
from metricbox.store.appdb.records import DashboardRecord
from metricbox.store.contract import Matcher, MatchOp
from metricbox.store.tiers import Tier
from metricbox.web.variable_schemas import Variable
from metricbox.web.variables import expand, is_about_choice, make_builtins, make_variables, read_variables

HOUR_MS = 3_600_000
QUERY = Query(text='up{a="$v"}', start_ms=0, end_ms=HOUR_MS, group_by=["$v"])
TEXT = {"name": "v", "type": "text", "current": "x"}


class Fixed:
    def find(self, _: str) -> Choice | None:
        return Choice(("value",))


def record(*variables: object) -> DashboardRecord:
    return DashboardRecord(
        id="d", name="d", description="", owner_id="o", is_public=False, variables=variables, refresh_interval="",
        time_from="now-1h", time_to="now", version=1, created_ms=0, updated_ms=0, panels=[],
    )  # fmt: skip


def test_saved_ones_are_as_they_were_sent_and_go_together() -> None:
    assert make_variables([Variable.model_validate(TEXT)]) == [TEXT]
    with pytest.raises(ValidationError, match="another variable"):
        make_variables([Variable.model_validate(TEXT)] * 2)


def test_what_an_earlier_release_saved_unchecked_is_passed_over() -> None:
    found = read_variables(record({"name": "x"}, 5, TEXT, {"name": "q", "type": "query"}))
    assert [(one.name, list(one.current)) for one in found] == [("v", ["x"])]


def test_every_part_of_a_query_is_expanded() -> None:
    expanded = expand(QUERY, {"b": "$v"}, Fixed())
    assert expanded.text == 'up{a="value"}'
    assert expanded.group_by == ["value"]
    assert expanded.matchers == [Matcher("b", MatchOp.EQUAL, "value")]


@pytest.mark.parametrize(
    ("hours", "step_ms", "interval", "rate"),
    [
        (1, None, "15s", "1m"),
        (2, None, "1m", "2m"),  # of the 1-minute table
        (2, 30_000, "30s", "1m"),  # of raw samples, since the step asks for them
        (48, None, "1h", "2h"),
    ],
)
def test_the_interval_is_the_step_that_the_service_chooses(
    hours: int, step_ms: int | None, interval: str, rate: str
) -> None:
    query = dataclasses.replace(QUERY, end_ms=hours * HOUR_MS, step_ms=step_ms)

    def retention_ms(_: Tier) -> int:
        return parse_duration_ms("1y")

    builtins = make_builtins(query, query.end_ms, retention_ms)
    assert (builtins["__interval"].values[0], builtins["__rate_interval"].values[0]) == (interval, rate)


def test_which_errors_speak_of_the_choice() -> None:
    assert is_about_choice(ValidationError.for_field("variables.v", "takes one value"))
    assert not is_about_choice(ValidationError.for_field("query", "is wrong"))
    assert not is_about_choice(ValidationError("no details"))
    assert not is_about_choice(
        ValidationError("both", [ErrorDetail("variables.v", ""), ErrorDetail("query", "")])
    )
