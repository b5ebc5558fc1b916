"""Values of variables in queries: each place has its rule, and no value leaves its place."""

from collections.abc import Mapping, Sequence

import pytest
import re2

from metricbox.errors import ValidationError
from metricbox.query.promql.nodes import Call, VectorSelector
from metricbox.query.promql.parse import parse
from metricbox.query.promql.scanning import scan
from metricbox.query.variables import (
    Choice,
    escape_pattern,
    expand_builtins,
    expand_names,
    expand_query,
    expand_tags,
    find_references,
    make_builtins,
    order_names,
    quote_text,
)
from metricbox.store.contract import Matcher, MatchOp


class Names:
    """A scope of fixed choices."""

    def __init__(self, choices: Mapping[str, Choice]) -> None:
        self.choices = choices

    def find(self, name: str) -> Choice | None:
        return self.choices.get(name)


def scope(**values: str | Sequence[str] | Choice) -> Names:
    return Names(
        {
            name: value
            if isinstance(value, Choice)
            else Choice((value,) if isinstance(value, str) else value)
            for name, value in values.items()
        }
    )


ALL = Choice((), ".*")
HOSTS = ["web-1", "db.2"]


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        # A pattern takes any number of values, escaped.
        ('up{h=~"$one"}', 'up{h=~"web-1"}'),
        ('up{h!~"${one}"}', 'up{h!~"web-1"}'),
        ('up{h=~"[[many]]"}', r'up{h=~"web-1|db\\.2"}'),
        ('up{h=~"$many:9100"}', r'up{h=~"(?:web-1|db\\.2):9100"}'),
        ('up{h=~"a|$one"}', 'up{h=~"a|web-1"}'),
        ('up{h=~"$all"}', 'up{h=~".*"}'),
        ('up{h=~"x$all"}', 'up{h=~"x(?:.*)"}'),
        ('up{h=~"$none"}', 'up{h=~""}'),
        # An equality takes one, and becomes a pattern for several.
        ('up{h="$one"}', 'up{h="web-1"}'),
        ('up{h="$many"}', r'up{h=~"web-1|db\\.2"}'),
        ("up{h != '$many'}", r"up{h !~ 'web-1|db\\.2'}"),
        ('up{h="$all"}', 'up{h=~".*"}'),
        ('up{h="$none"}', 'up{h=""}'),
        ('up{h="${one}:9100", j!="$many"}', r'up{h="web-1:9100", j!~"web-1|db\\.2"}'),
        # Formats.
        ('up{h=~"${many:regex}"}', r'up{h=~"web-1|db\\.2"}'),
        ('up{h=~"${many:pipe}"}', 'up{h=~"web-1|db.2"}'),
        ('up{h="${many:csv}"}', 'up{h="web-1,db.2"}'),
        ('up{h=~"${pattern:raw}"}', r'up{h=~"web.\\d+"}'),
        ('up{h=~"[[many:pipe]]"}', 'up{h=~"web-1|db.2"}'),
        # Outside of quotes.
        ("rate($metric{a=\"b\"}[$window])", 'rate(http.requests:sum{a="b"}[1h30m])'),
        ("topk($n, sum by ($labels) (up)) > $low", "topk(5, sum by (job, instance) (up)) > -0.5"),
        ("metric_$n", "metric_5"),
        # Other texts; names of their own stay.
        (
            'label_replace(up, "a", "$1-$name-$one", "b", "(?P<name>.*)")',
            'label_replace(up, "a", "$1-$name-web-1", "b", "(?P<name>.*)")',
        ),
        ('{"$metric", h="x"}', '{"http.requests:sum", h="x"}'),
        # Comments and what is no reference.
        ('up # "', 'up # "'),
        ('up{h=~"a$"} + up{i=~"^[[:alpha:]]+$|x"}', 'up{h=~"a$"} + up{i=~"^[[:alpha:]]+$|x"}'),
        # Without escapes in backticks.
        ('up{h=~`\\d+$one`}', r'up{h=~"\\d+web-1"}'),
    ],
)  # fmt: skip
def test_each_place_has_its_rule(text: str, expanded: str) -> None:
    names = scope(
        one="web-1", many=HOSTS, all=ALL, none=[], pattern=r"web.\d+", metric="http.requests:sum", window="1h30m",
        n="5", labels=["job", "instance"], low="-0.5",
    )  # fmt: skip
    assert expand_query(text, names) == expanded


@pytest.mark.parametrize(
    ("text", "field", "told"),
    [
        ('up{h="$nope"}', "query", "$nope is no variable"),
        ("rate(up[$nope])", "query", "$nope is no variable"),
        ('up{h="${many.text}"}', "query", "many.text"),
        ('up{h="$many:80"}', "variables.many", "several values"),
        ('up{h="x$all"}', "variables.all", "pattern"),
        ('label_join(up, "$many")', "variables.many", "several values"),
        ("$bad", "variables.bad", "outside of quotes"),
        ("sum by ($all) (up)", "variables.all", "outside of quotes"),
        ("$none", "variables.none", "outside of quotes"),
        ('up{h=~"${one:glob}"}', "query", "regex, pipe, csv, raw"),
        ('up{h=~"$long"}', "variables.long", "allValue"),
    ],
)
def test_what_cannot_stand_somewhere_is_refused_by_name(text: str, field: str, told: str) -> None:
    names = scope(one="a", many=HOSTS, all=ALL, none=[], bad='x"} or up{a="', long=["x" * 60] * 100)
    with pytest.raises(ValidationError) as caught:
        expand_query(text, names)
    assert caught.value.details[0].field == field
    assert told in caught.value.message


HOSTILE = [
    '"', "'", "`", "\\", '\\"', "a\nb", "\r\n\t", '"} or secret{x="', "'} or secret{x='", "}", "{", "[5m]", ".*",
    "a|b", "(", ")", "^$", "$one", "${one}", "[[one]]", "$1", "\\Q", "\x00", "\x7f", "\u2028", "😀", "ä", "a#b", "%s",
    "",
]  # fmt: skip
TEXTS = [
    'up{h=~"$v"}', "up{h=~'$v'}", "up{h=~`$v`}", 'up{h="$v"}', "up{h!='$v'}", 'up{h!~"^$v$"}', 'up{"h"=~"$v"}',
    'up{h="a${v}b"}', 'up{h=~"${v:raw}"}', 'up{h="${v:csv}"}', 'up{h="${v:pipe}"}',
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("values", [*[(one,) for one in HOSTILE], ("a", '"} or secret{x="'), ("\\", "'")])
def test_no_value_breaks_out_of_its_quotes(text: str, values: Sequence[str]) -> None:
    """What is parsed is the one selector that was written, and its value means the values."""
    if len(values) > 1 and "a${v}b" in text:
        pytest.skip("several values are refused here")
    expanded = expand_query(text, scope(v=values, one="leaked"))
    kinds = [token.kind for token in scan(expanded)]
    assert kinds == ["word", "open", "string" if '"h"' in text else "word", "operator", "string", "close"]
    if ":raw" in text:
        return  # may be no regular expression
    node = parse(expanded)
    assert isinstance(node, VectorSelector)
    ((name, matcher),) = node.alternatives
    assert name == Matcher("__name__", MatchOp.EQUAL, "up")
    assert matcher.label == "h"
    if ":" in text:
        return
    if matcher.op in {MatchOp.EQUAL, MatchOp.NOT_EQUAL}:
        assert [matcher.value] == [f"a{value}b" if "a${v}b" in text else value for value in values]
        return
    pattern = re2.compile(matcher.value)
    for value in values:
        assert pattern.fullmatch(value)
    assert not pattern.fullmatch("another value")


@pytest.mark.parametrize(
    "value", [*HOSTILE, "a b", "a,b", "a-b", "5m)", "x{}", "rate(x[5m])", "a or b", "1e", "ä"]
)
def test_outside_of_quotes_is_one_word_or_nothing(value: str) -> None:
    with pytest.raises(ValidationError, match="outside of quotes"):
        expand_query("sum($v)", scope(v=value))


def test_values_are_not_looked_into_for_references() -> None:
    assert expand_query('label_join(up, "$a")', scope(a="$b ${b}", b="leaked")) == 'label_join(up, "$b ${b}")'


def test_a_pattern_matches_the_value_alone() -> None:
    for value in HOSTILE:
        pattern = re2.compile(escape_pattern(value))
        assert pattern.fullmatch(value), value
        assert not pattern.fullmatch(f"{value}x"), value
    # So that the store looks it up and matches nothing.
    assert escape_pattern("web-1:9100/a b") == "web-1:9100/a b"


def test_a_text_is_quoted_with_its_references() -> None:
    node = parse(f"up{{h={quote_text(HOSTILE[7])}}}")
    assert isinstance(node, VectorSelector)
    assert node.alternatives[0][1].value == HOSTILE[7]
    assert quote_text("$host") == '"$host"'


def test_references_are_found_in_order() -> None:
    found = find_references("$a ${b} ${c:csv} [[d]] [[e:raw]] $1 $ ${} ${ [[ $f_2x")
    assert [(one.name, one.format) for one in found] == [
        ("a", ""), ("b", ""), ("c", "csv"), ("d", ""), ("e", "raw"), ("f_2x", ""),
    ]  # fmt: skip


# ---- built in


def test_built_in_ones_follow_range_and_step() -> None:
    builtins = make_builtins(1_000_000, 1_000_000 + 3_600_000, 30_000)
    assert {name: choice.values[0] for name, choice in builtins.items()} == {
        "__interval": "30s",
        "__interval_ms": "30000",
        "__rate_interval": "1m",
        "__range": "1h",
        "__range_ms": "3600000",
        "__range_s": "3600",
        "__from": "1000000",
        "__to": "4600000",
    }
    node = parse(expand_query("rate(up[$__rate_interval])", Names(builtins)))
    assert isinstance(node, Call)


def test_built_in_ones_need_no_dashboard() -> None:
    builtins = make_builtins(1_000_000, 1_000_000 + 3_600_000, 30_000)
    for text, expanded in (
        ("rate(up[$__rate_interval])", "rate(up[1m])"),
        ('a{b=~"x$__interval"}[${__interval}]', 'a{b=~"x$__interval"}[30s]'),
        ("up offset [[__range]] + $host", "up offset 1h + $host"),
        ('"$__range', '"1h'),
        ("$__nothing", "$__nothing"),
    ):
        assert expand_builtins(text, builtins) == expanded


@pytest.mark.parametrize(
    ("step_ms", "resolution_ms", "rate"),
    [(1_000, 0, "1m"), (120_000, 0, "2m15s"), (60_000, 60_000, "2m"), (3_600_000, 3_600_000, "2h")],
)
def test_a_rate_sees_at_least_four_samples_and_two_buckets(
    step_ms: int, resolution_ms: int, rate: str
) -> None:
    assert make_builtins(0, 1, step_ms, resolution_ms)["__rate_interval"].values == (rate,)


# ---- tags and groups


def test_tags_take_one_value_or_several() -> None:
    names = scope(one="a.b", many=["x", "y|z"], all=ALL, none=[])
    tags = {
        "a": "$one",
        "b": "$many",
        "c": ["$one", "lit.eral"],
        "d": "$all",
        "e": "p-$many",
        "f": "$none",
        "g": "plain.",
        "h": [],
        "i": "p.$all",
    }
    assert expand_tags(tags, names) == [
        Matcher("a", MatchOp.EQUAL, "a.b"),
        Matcher("b", MatchOp.REGEX, r"x|y\|z"),
        Matcher("c", MatchOp.REGEX, r"a\.b|lit\.eral"),
        Matcher("d", MatchOp.REGEX, "(?:.*)"),
        Matcher("e", MatchOp.REGEX, r"p-x|p-y\|z"),
        Matcher("f", MatchOp.EQUAL, ""),
        Matcher("g", MatchOp.EQUAL, "plain."),
        Matcher("h", MatchOp.REGEX, r"[^\s\S]"),
        Matcher("i", MatchOp.REGEX, r"p\.(?:.*)"),
    ]


def test_groups_take_several_tags() -> None:
    names = scope(many=["x", "y"], all=ALL)
    assert expand_names(["a", "$many", "x"], names) == ["a", "x", "y"]
    with pytest.raises(ValidationError, match="All"):
        expand_names(["$all"], names)


def test_tags_stand_for_a_bounded_number_of_texts() -> None:
    names = scope(many=[str(number) for number in range(200)])
    with pytest.raises(ValidationError, match="10000"):
        expand_tags({"a": "$many$many"}, names)


# ---- which needs which


def test_needed_ones_come_first() -> None:
    assert order_names({"c": ["b", "a"], "b": ["a"], "a": [], "d": ["nobody"]}) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("needs", "told"),
    [
        ({"a": ["a"]}, "a needs a"),
        ({"x": ["a"], "a": ["b"], "b": ["c"], "c": ["a"]}, "a needs b, b needs c, c needs a"),
    ],
)
def test_a_circle_is_named(needs: dict[str, list[str]], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        order_names(needs)
