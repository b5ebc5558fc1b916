"""Relabel rules: what each action makes of labels, and what a person is told of a wrong rule."""

import hashlib

import pytest
from pydantic import ValidationError

from metricbox.relabel import Action, RelabelRule, apply_rules, is_label_name

NODE = {"__name__": "up", "job": "node", "instance": "web1:9100", "env": "prod"}


def rule(**fields) -> RelabelRule:
    return RelabelRule.model_validate(fields)


def fault_of(**fields) -> str:
    with pytest.raises(ValidationError) as caught:
        rule(**fields)
    first = caught.value.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def hashed(text: str, modulus: int) -> str:
    return str(int(hashlib.md5(text.encode()).hexdigest()[16:], 16) % modulus)


@pytest.mark.parametrize(
    ("fields", "changes"),
    [
        # replace
        ({"target_label": "dc", "replacement": "fra"}, {"dc": "fra"}),
        ({"source_labels": ["env"], "target_label": "stage"}, {"stage": "prod"}),
        ({"source_labels": ["instance"], "regex": r"(.+):\d+", "target_label": "host"}, {"host": "web1"}),
        ({"source_labels": ["job", "env"], "target_label": "x"}, {"x": "node;prod"}),
        ({"source_labels": ["job", "env"], "separator": "/", "target_label": "x"}, {"x": "node/prod"}),
        ({"source_labels": ["job", "missing"], "target_label": "x"}, {"x": "node;"}),
        ({"source_labels": ["env"], "target_label": "env", "replacement": ""}, {"env": None}),
        ({"source_labels": ["missing"], "target_label": "env"}, {"env": None}),
        ({"source_labels": ["job"], "regex": "no", "target_label": "env", "replacement": ""}, {}),
        # The pattern is of the whole value, alternatives included, and a dot is any character.
        ({"source_labels": ["env"], "regex": "pro", "target_label": "x", "replacement": "y"}, {}),
        ({"source_labels": ["env"], "regex": "a|prod", "target_label": "x", "replacement": "y"}, {"x": "y"}),
        ({"source_labels": ["env"], "regex": "rod|b", "target_label": "x", "replacement": "y"}, {}),
        # References as in Go: longest name, braces, names, unknown ones empty.
        (
            {"source_labels": ["env"], "regex": "(p)(.*)", "target_label": "x", "replacement": "${2}1-$1"},
            {"x": "rod1-p"},
        ),
        ({"source_labels": ["env"], "target_label": "x", "replacement": "a$1b"}, {"x": "a"}),
        ({"source_labels": ["env"], "target_label": "x", "replacement": "$$1 $ ${1"}, {"x": "$1 $ ${1"}),
        (
            {"source_labels": ["env"], "regex": "(?P<all>.*)", "target_label": "x", "replacement": "$all"},
            {"x": "prod"},
        ),
        ({"source_labels": ["env"], "target_label": "x", "replacement": "$7$12345678901$no"}, {}),
        ({"source_labels": ["job"], "target_label": "of_$1", "replacement": "1"}, {"of_node": "1"}),
        # A target that comes out as no name changes nothing.
        ({"source_labels": ["instance"], "target_label": "$1", "replacement": "1"}, {}),
        (
            {"source_labels": ["__name__"], "target_label": "__name__", "replacement": "my_$1"},
            {"__name__": "my_up"},
        ),
        # labels by name
        ({"action": "labelmap", "regex": "e(.*)", "replacement": "x_$1"}, {"x_nv": "prod"}),
        ({"action": "labelmap", "regex": "e.*"}, {}),
        ({"action": "labelmap", "regex": "(job)"}, {}),
        ({"action": "labeldrop", "regex": "job|env"}, {"job": None, "env": None}),
        ({"action": "labelkeep", "regex": "__name__|job"}, {"instance": None, "env": None}),
        # case, hash
        ({"action": "uppercase", "source_labels": ["env"], "target_label": "ENV"}, {"ENV": "PROD"}),
        ({"action": "Lowercase", "source_labels": ["job"], "target_label": "job"}, {}),
        (
            {"action": "hashmod", "source_labels": ["instance"], "modulus": 8, "target_label": "__tmp"},
            {"__tmp": hashed("web1:9100", 8)},
        ),
    ],
)
def test_a_rule_changes_labels(fields: dict, changes: dict) -> None:
    expected = {name: value for name, value in (NODE | changes).items() if value is not None}
    before = dict(NODE)
    assert apply_rules([rule(**fields)], NODE) == expected
    assert before == NODE


@pytest.mark.parametrize(
    ("fields", "stays"),
    [
        ({"action": "keep", "source_labels": ["job"], "regex": "node|db"}, True),
        ({"action": "keep", "source_labels": ["job"], "regex": "nod"}, False),
        ({"action": "drop", "source_labels": ["job"], "regex": "n.*"}, False),
        ({"action": "drop", "source_labels": ["job"], "regex": "d.*"}, True),
        ({"action": "drop", "source_labels": ["missing"], "regex": ""}, False),
        ({"action": "keep", "source_labels": ["job", "env"], "regex": "node;prod"}, True),
        ({"action": "keepequal", "source_labels": ["job"], "target_label": "job"}, True),
        ({"action": "keepequal", "source_labels": ["job"], "target_label": "env"}, False),
        ({"action": "dropequal", "source_labels": ["job"], "target_label": "job"}, False),
        ({"action": "dropequal", "source_labels": ["job"], "target_label": "env"}, True),
    ],
)
def test_a_rule_keeps_or_drops_the_whole(fields: dict, stays: bool) -> None:
    assert apply_rules([rule(**fields)], NODE) == (NODE if stays else None)


def test_rules_run_in_order_and_nothing_runs_after_a_drop() -> None:
    rules = [
        rule(source_labels=["instance"], regex="([^:]+):.*", target_label="__tmp"),
        rule(action="drop", source_labels=["__tmp"], regex="web2"),
        rule(source_labels=["__tmp"], target_label="instance"),
        rule(action="labeldrop", regex="__tmp"),
    ]
    assert apply_rules(rules, NODE) == NODE | {"instance": "web1"}
    assert apply_rules(rules, NODE | {"instance": "web2:1"}) is None
    assert apply_rules([], {"a": "b", "empty": ""}) == {"a": "b"}


def test_values_of_several_lines_and_of_other_scripts_match() -> None:
    made = rule(source_labels=["text"], regex="(.*)", target_label="x")
    assert apply_rules([made], {"text": "zwei\nZeilen für ö"})["x"] == "zwei\nZeilen für ö"


def test_hash_mod_is_prometheus_s() -> None:
    """md5("foo") is acbd18db4cc2f85cedef654fccc4a4d8: its last eight bytes, big-endian, modulo 1000."""
    made = rule(action="hashmod", source_labels=["a"], modulus=1000, target_label="d")
    assert apply_rules([made], {"a": "foo"})["d"] == str(0xEDEF654FCCC4A4D8 % 1000)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"regex": "(", "target_label": "x"}, "regex: Value error, '(' is not a regular expression (RE2): "),
        ({"regex": "a)(?:b", "target_label": "x"}, "is not a regular expression"),
        ({"regex": r"(a)\1", "target_label": "x"}, "is not a regular expression"),
        ({}, "the action replace needs a target_label"),
        ({"target_label": "a b"}, "the target_label 'a b' is not a label name"),
        ({"action": "keep", "regex": "x"}, "the action keep needs source_labels"),
        ({"action": "hashmod", "source_labels": ["a"], "target_label": "b"}, "needs a modulus"),
        ({"action": "labelmap", "replacement": "a b"}, "makes no label name"),
        ({"action": "labeldrop", "regex": "x", "target_label": "y"}, "has no use for target_label"),
        ({"action": "remove"}, "action: Input should be 'replace', 'keep'"),
        (
            {"source_labels": ["a b"], "target_label": "x"},
            "source_labels: Value error, 'a b' is not a label name",
        ),
        ({"target": "x"}, "target: Extra inputs are not permitted"),
        ({"regex": "a" * 10_001, "target_label": "x"}, "a pattern has at most 10000 characters"),
    ],
)
def test_a_wrong_rule_says_what_is_wrong(fields: dict, expected: str) -> None:
    assert expected in fault_of(**fields)


def test_every_action_can_be_written() -> None:
    assert {one.value for one in Action} == {
        *("replace", "keep", "drop", "keepequal", "dropequal", "labelmap", "labeldrop", "labelkeep"),
        *("hashmod", "lowercase", "uppercase"),
    }
    assert is_label_name("__tmp_x.y-z")
    assert not is_label_name("1a")
