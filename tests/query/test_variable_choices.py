"""What is chosen of variables, and what may be sent by whom."""

from collections.abc import Sequence
from typing import Any

import pytest

from metricbox.errors import ValidationError
from metricbox.query.variable_choices import (
    ALL,
    Choices,
    LabelValues,
    Sort,
    Variable,
    VariableType,
    check_variables,
    compile_regex,
    parse_label_values,
    sort_values,
)
from metricbox.query.variables import Choice, expand_query, make_builtins

HOSTS = {"x": ["a", "b"], "y": ["c"]}


def list_values(selector: str, label: str) -> Sequence[str]:
    """Data centres x and y, with their hosts."""
    if label == "dc":
        return ["x", "y"]
    return [host for dc, hosts in HOSTS.items() if "dc" not in selector or dc in selector for host in hosts]


def query(name: str, text: str, **more: Any) -> Variable:
    return Variable(name=name, type=VariableType.QUERY, question=parse_label_values(text), **more)


def listed(name: str, *values: str, **more: Any) -> Variable:
    return Variable(name=name, type=VariableType.LIST, values=values, **more)


def text(name: str, *current: str) -> Variable:
    return Variable(name=name, type=VariableType.TEXT, current=current)


DC = query("dc", "label_values(up, dc)")
HOST = query("host", 'label_values(up{dc=~"$dc"}, host)', is_multi=True, has_all=True)


def choose(*variables: Variable, bound: bool = False, settling: bool = False, **sent: list[str]) -> Choices:
    return Choices(variables, sent, list_values, is_bound=bound, is_settling=settling)


# ---- without a choice


@pytest.mark.parametrize(
    ("variable", "choice"),
    [
        (DC, Choice(["x"])),
        (query("dc", "label_values(up, dc)", sort=Sort.DESCENDING), Choice(["y"])),
        (query("dc", "label_values(up, dc)", has_all=True), Choice((), ".*")),
        (query("dc", "label_values(up, dc)", has_all=True, regex="y|z"), Choice(["y"])),
        (query("h", 'label_values(up{dc="x"}, host)', has_all=True), Choice(["a", "b"])),
        (query("h", "label_values(host)", has_all=True), Choice((), ".*")),
        (query("dc", "label_values(up, dc)", has_all=True, all_value="x.*"), Choice((), "x.*")),
        (query("dc", "label_values(up, dc)", current=["gone"]), Choice(["gone"])),
        (query("dc", "label_values(up, dc)", regex="nothing"), Choice([])),
        (listed("l", "p", "q"), Choice(("p",))),
        (listed("l", "p", "q", has_all=True), Choice(("p", "q"))),
        (listed("l", "p", "q", current=["q"]), Choice(["q"])),
        (text("t"), Choice(())),
        (text("t", "saved"), Choice(("saved",))),
        (Variable(name="c", type=VariableType.CONSTANT, values=["k"]), Choice(["k"])),
        (Variable(name="i", type=VariableType.INTERVAL, values=["1m", "5m"]), Choice(["1m"])),
    ],
)
def test_what_was_saved_then_all_then_the_first(variable: Variable, choice: Choice) -> None:
    assert choose(variable).find(variable.name) == choice


def test_a_chain_is_followed() -> None:
    assert choose(HOST, DC).find("host") == Choice(["a", "b"])
    assert choose(HOST, DC, dc=["y"]).find("host") == Choice(["c"])
    assert choose(HOST, DC).find("nobody") is None


def test_auto_is_the_step_of_the_query() -> None:
    variable = Variable(name="window", type=VariableType.INTERVAL, values=["auto", "5m"])
    scope = choose(variable).with_builtins(make_builtins(0, 3_600_000, 15_000))
    assert expand_query("rate(up[$window]) + rate(up[$__range])", scope) == "rate(up[15s]) + rate(up[1h])"
    other = choose(listed("window", "auto")).with_builtins(make_builtins(0, 1, 15_000))
    assert other.find("window") == Choice(("auto",)), "only of an interval"


# ---- who may send what


@pytest.mark.parametrize("bound", [False, True])
@pytest.mark.parametrize(
    ("variable", "sent", "told"),
    [
        (DC, ["x", "y"], "takes one value"),
        (DC, [ALL], "takes no All"),
        (HOST, [ALL, "a"], "All alone"),
        (Variable(name="c", type=VariableType.CONSTANT, values=["k"]), ["other"], "constant"),
    ],
)
def test_what_nobody_may_send(variable: Variable, sent: list[str], told: str, bound: bool) -> None:
    with pytest.raises(ValidationError, match=told) as caught:
        choose(DC, HOST, variable, bound=bound, **{variable.name: sent})
    assert caught.value.details[0].field == f"variables.{variable.name}"


def test_an_unknown_variable_is_named() -> None:
    with pytest.raises(ValidationError, match=r"variables\.nope: is no variable"):
        choose(DC, nope=["x"])


def test_readers_may_send_any_value() -> None:
    assert choose(DC, dc=["elsewhere"]).find("dc") == Choice(["elsewhere"])
    assert choose(text("t", "saved"), t=["mine"]).find("t") == Choice(["mine"])


@pytest.mark.parametrize(
    ("variables", "sent", "name"),
    [
        ([DC], {"dc": ["z"]}, "dc"),
        ([DC, HOST], {"host": ["c"]}, "host"),  # of the other data centre
        ([DC, HOST], {"host": ["a", "c"]}, "host"),
        ([query("dc", "label_values(up, dc)", regex="x")], {"dc": ["y"]}, "dc"),
        ([listed("l", "p")], {"l": ["q"]}, "l"),
        ([listed("l", "p")], {"l": [".*"]}, "l"),
        ([text("t", "saved")], {"t": ["mine"]}, "t"),
        ([Variable(name="i", type=VariableType.INTERVAL, values=["1m"])], {"i": ["9y"]}, "i"),
        # The way there is bound, too.
        ([DC, HOST], {"dc": ["z"], "host": ["a"]}, "dc"),
    ],
)
def test_the_bound_may_send_what_is_offered_only(
    variables: list[Variable], sent: dict[str, list[str]], name: str
) -> None:
    choices = choose(*variables, bound=True, **sent)
    with pytest.raises(ValidationError) as caught:
        choices.find(variables[-1].name)
    assert caught.value.details[0].field == f"variables.{name}"


def test_the_bound_choose_among_what_is_offered() -> None:
    assert choose(DC, HOST, bound=True, dc=["y"], host=["c"]).find("host") == Choice(["c"])
    assert choose(DC, HOST, bound=True, host=[ALL]).find("host") == Choice(["a", "b"])
    assert choose(text("t", "saved"), bound=True, t=["saved"]).find("t") == Choice(["saved"])
    assert choose(DC, bound=True, dc=[]).find("dc") == Choice(["x"]), "nothing is no choice"


# ---- settling


@pytest.mark.parametrize("bound", [False, True])
def test_a_choice_that_is_not_offered_gives_way(bound: bool) -> None:
    settled = choose(DC, HOST, bound=bound, settling=True, dc=["y"], host=["a"]).settle()
    assert (settled["host"].values, settled["host"].current) == (["c"], (ALL,))
    settled = choose(DC, HOST, bound=bound, settling=True, dc=["gone"], host=["a", "gone"]).settle()
    assert (settled["dc"].current, settled["host"].current) == (["x"], ["a"])
    settled = choose(DC, HOST, bound=bound, settling=True, dc=["x", "y"]).settle()
    assert settled["dc"].current == ["x"]


def test_settled_text_is_what_may_be_sent() -> None:
    assert choose(text("t", "saved"), settling=True, t=["mine"]).settle()["t"].current == ["mine"]
    assert choose(text("t", "saved"), settling=True, bound=True, t=["mine"]).settle()["t"].current == (
        "saved",
    )


def test_a_saved_choice_that_is_gone_gives_way() -> None:
    variable = query("dc", "label_values(up, dc)", current=["gone"])
    assert choose(variable, settling=True).settle()["dc"].current == ["x"]


# ---- questions


@pytest.mark.parametrize(
    ("written", "question"),
    [
        ("label_values(host)", ("", "host")),
        (" label_values( up , host ) ", ("up", "host")),
        ('label_values(up{a="x,y", b=~"$c"}, host)', ('up{a="x,y", b=~"$c"}', "host")),
        ("label_values($metric, host.name)", ("$metric", "host.name")),
        ('label_values({__name__=~"node_.*"}, __name__)', ('{__name__=~"node_.*"}', "__name__")),
    ],
)
def test_questions_as_grafana_writes_them(written: str, question: tuple[str, str]) -> None:
    assert parse_label_values(written) == LabelValues(*question)


@pytest.mark.parametrize(
    "written",
    ["", "host", "label_values()", "label_values(up,)", "label_values(sum(up), host)", "label_values(up{, host)",
     "query_result(up)", "label_values(up, a b)", "label_values(up, host) or up"],
)  # fmt: skip
def test_other_questions_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"must|parse error|selector"):
        parse_label_values(written)


def test_variables_must_go_together() -> None:
    check_variables([HOST, DC])
    for variables, field in (
        ([DC, DC], "variables[1].name"),
        ([HOST], "variables[0].query"),
        ([query("a", 'label_values(up{x="$b"}, y)'), query("b", 'label_values(up{x="$a"}, y)')], "variables"),
    ):
        with pytest.raises(ValidationError) as caught:
            check_variables(variables)
        assert caught.value.details[0].field == field


def test_regex_and_order() -> None:
    def offered(**more: Any) -> Sequence[str]:
        variable = query("v", "label_values(v)", **more)
        return (
            Choices([variable], {}, lambda *_: ["b10", "B2", "a", "c1"], is_bound=False, is_settling=True)
            .settle()["v"]
            .values
        )

    assert offered() == ["a", "b10", "B2", "c1"]
    assert offered(sort=Sort.NONE) == ["b10", "B2", "a", "c1"]
    assert offered(sort=Sort.NUMERIC_DESCENDING) == ["b10", "B2", "c1", "a"]
    assert offered(regex="/[0-9]/") == ["b10", "B2", "c1"]
    assert offered(regex="[a-z]([0-9])") == ["1"], "the group is the value, each once"
    assert sort_values(["10", "9", "-1"], Sort.NUMERIC_ASCENDING) == ["-1", "9", "10"]
    with pytest.raises(ValueError, match="regular expression"):
        compile_regex("(?!x)")
