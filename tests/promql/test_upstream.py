"""Prometheus's own tests of 2.42, which are kept outside of this repository."""

import os
from pathlib import Path

import pytest

from tests.promql.script import run

FOLDER = (
    Path(os.environ.get("CONFORMANCE_SUITE", Path(__file__).parents[3] / "shared" / "cases" / "promql"))
    / "testdata-v2.42"
)
FILES = [
    "aggregators",
    "at_modifier",
    "collision",
    "functions",
    "histograms",
    "literals",
    "operators",
    "selectors",
    "staleness",
    "subquery",
    "trig_functions",
]
# Prometheus's runner takes numbers that agree to this; the files have them rounded.
TOLERANCE = 1e-6


@pytest.mark.parametrize("name", FILES)
def test_prometheus_own_tests(name: str) -> None:
    path = FOLDER / f"{name}.test"
    if not path.is_file():
        pytest.skip(f"{path} is not here: the public suites are kept outside of this repository")
    assert run(path.read_text(encoding="utf-8"), TOLERANCE)
