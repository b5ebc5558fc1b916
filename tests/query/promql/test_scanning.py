"""What is done to an expression before the parser sees it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.errors import ValidationError
from metricbox.query.promql.scanning import MAX_CHARS, MAX_DEPTH, MAX_OPERATORS, fail, prepare, scan


def texts(expression: str) -> list[str]:
    return [token.text for token in scan(expression)]


def test_tokens_have_their_places() -> None:
    tokens = scan('sum(a.b{x=~"}"}[5m])  # )\n >= 0x1F')
    assert [token.text for token in tokens] == [
        "sum", "(", "a.b", "{", "x", "=~", '"}"', "}", "[", "5m", "]", ")", ">=", "0x1F",
    ]  # fmt: skip
    assert tokens[2] == ("word", "a.b", 4)


@pytest.mark.parametrize(
    ("expression", "tokens"),
    [
        (r'"a\"b" c', [r'"a\"b"', "c"]),
        (r"'a\\' b", [r"'a\\'", "b"]),
        ("`a\\` b", ["`a\\`", "b"]),
        ("1e-5-2", ["1e-5", "-", "2"]),
        ("a@ -1.5e3 b", ["a", "@ -1.5e3", "b"]),
        ("a @ start()", ["a", "@", "start", "(", ")"]),
        (":a:b", [":a:b"]),
        ("a.b.c_d-e", ["a.b.c_d", "-", "e"]),
    ],
)
def test_tokens(expression: str, tokens: list[str]) -> None:
    assert texts(expression) == tokens


@given(st.text(max_size=80))
def test_any_text_has_tokens(text: str) -> None:
    """Nothing but blanks and comments is left out, and nothing is there twice."""
    last = 0
    for token in scan(text):
        assert text[token.position :].startswith(token.text)
        between = text[last : token.position]
        assert not between.strip(" \t\r\n\f\v") or "#" in between
        last = token.position + len(token.text)


@pytest.mark.parametrize(
    ("expression", "prepared"),
    [
        ("a + b", "a + b"),
        ("a.b", '{"a.b"}'),
        ('a.b{x="1"}', '{"a.b",x="1"}'),
        ("a.b { }[5m]", '{"a.b"  }[5m]'),
        ("rate(a.b[5m]) * c.d", 'rate({"a.b"}[5m]) * {"c.d"}'),
        ('a{host.name="x"}', 'a{"host.name"="x"}'),
        ("sum by (a.b, c) (d.e)", 'sum by ("a.b", c) ({"d.e"})'),
        ("a * ON (x.y) group_left (z.z) b", 'a * ON ("x.y") group_left ("z.z") b'),
        ("sum without(a.b)(max(c.d))", 'sum without("a.b")(max({"c.d"}))'),
        ('"a.b" # c.d', '"a.b" # c.d'),
    ],
)
def test_names_with_dots_are_quoted(expression: str, prepared: str) -> None:
    assert prepare(expression) == (prepared, [])


def test_times_are_taken_out_by_their_order() -> None:
    """The parser knows no negative ones."""
    text, at_ms = prepare("a @ -1 + b[5m] @1.5 + c @ 0x10 + d @ start()")
    assert text == "a @ 0 + b[5m] @ 1 + c @ 2 + d @ start()"
    assert at_ms == [-1_000, 1_500, 16_000]


@pytest.mark.parametrize("written", ["inf", "-Inf", "NaN", "1e10", "-1e300"])
def test_a_time_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match=r"1:3: parse error: timestamp out of bounds"):
        prepare(f"a @ {written}")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("(a", "1:1: parse error: unclosed '('"),
        ("sum(a\n + b[5m)", "2:8: parse error: unexpected ')'"),
        ("a)", "1:2: parse error: unexpected ')'"),
        ('a{b="c}', "1:5: parse error: unterminated quoted string"),
    ],
)
def test_brackets_must_match(expression: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        prepare(expression)
    assert caught.value.details[0][:2] == ("query", message)


def test_the_place_of_an_error_counts_lines_and_characters() -> None:
    assert fail("x", "ä\nöü b", 5).details[0].message == "2:4: parse error: x"
    assert fail("x", "ä\nöü b", 5).details[0].position == 5
    assert fail("x").details[0] == ("query", "parse error: x", None)


@pytest.mark.parametrize(
    "expression",
    [
        " " * MAX_CHARS + "a",
        "(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1),
        "(" * 20_000 + "a" + ")" * 20_000,
        "{" * 20_000,
        "a" + " + a" * (MAX_OPERATORS + 1),
        "a" + "+a" * 10_000,
        "-" * 10_000 + "a",
        "a" + " and a" * 5_000,
        "a" + " OR a" * 5_000,
        "a" + " Unless a" * 4_000,
        "a" + " aTaN2 a" * 4_000,
        "{a='b'" + " or a='b'" * 5_000 + "}",
    ],
    ids=lambda text: text[:20],
)
def test_what_the_parser_would_not_survive_is_refused(expression: str) -> None:
    """It recurses without a bound: the process would end."""
    with pytest.raises(ValidationError, match="parse error"):
        prepare(expression)


def test_what_lies_within_the_bounds_is_taken() -> None:
    prepare("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)
    prepare("a" + " + a" * MAX_OPERATORS)
    prepare("a" * MAX_CHARS)
    # Matchers nest nothing.
    prepare("+".join(["a{b='c',d!='e',f=~'g'}"] * (MAX_OPERATORS + 1)))
