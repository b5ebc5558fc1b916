"""The browser's query builder against the server's PromQL: what is rewritten means the same, what is offered exists."""

import json
import re
import subprocess
from functools import lru_cache
from typing import Any

import pytest

from metricbox.errors import ValidationError
from metricbox.query.promql.aggregations import AGGREGATIONS
from metricbox.query.promql.functions import VECTOR_FUNCTIONS
from metricbox.query.promql.nodes import Node
from metricbox.query.promql.parse import parse, selector_of_name
from metricbox.query.promql.range_functions import RANGE_FUNCTIONS
from tests.architecture.files import ROOT

REWRITER = ROOT / "tests" / "frontend" / "support" / "rewrite-promql.js"
# Worked out where the tree is walked, not by a table.
ELSEWHERE = {"absent", "absent_over_time"}
# Variables stand in texts as the server's parser never sees them.
VALUES = {"$__rate_interval": "7m", "${w}": "9m", "$label": "lbl"}


@lru_cache(maxsize=1)
def run_rewriter() -> dict[str, Any]:
    done = subprocess.run(["node", REWRITER], capture_output=True, check=True, text=True)
    return dict(json.loads(done.stdout))


def node_of(text: str) -> Node:
    if re.fullmatch(r"[A-Za-z_:][A-Za-z0-9_:.\-/]*", text):
        return selector_of_name(text)
    for variable, value in VALUES.items():
        text = text.replace(variable, value)
    return parse(text)


def test_what_the_builder_rewrites_means_the_same() -> None:
    rewritten = run_rewriter()["rewritten"]
    assert len(rewritten) > 400
    for text, written in rewritten:
        assert written is not None, text
        assert node_of(written) == node_of(text), (text, written)


def test_what_it_does_not_read_is_more_than_it_can_say() -> None:
    assert run_rewriter()["read"] == []


def test_suggested_functions_are_those_there_are() -> None:
    known = {*VECTOR_FUNCTIONS, *RANGE_FUNCTIONS, *ELSEWHERE}
    assert set(run_rewriter()["functions"]) == known
    assert set(run_rewriter()["aggregations"]) == set(AGGREGATIONS)


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_what_is_elsewhere_is_a_function(name: str) -> None:
    with pytest.raises(ValidationError, match="expected"):
        parse(f"{name}()")
