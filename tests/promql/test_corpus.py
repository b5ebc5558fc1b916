"""The corpus for `make conformance` without a Prometheus: every expression is taken or refused, and none breaks."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from metricbox.errors import MetricboxError
from metricbox.query.promql.evaluate import Evaluation
from metricbox.query.promql.parse import parse
from tests.promql.memory_source import MemorySource

ROOT = Path(__file__).resolve().parents[2]
END_S = 1_795_600_800


def load_tool(name: str) -> ModuleType:
    """A module of tools/, which is a folder of programs and no package."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT / "tools"))


data, comparison = load_tool("conformance_data"), load_tool("conformance_compare")
CORPUS = comparison.read_corpus(Path(__file__).with_name("corpus.txt"))


@pytest.fixture(scope="module")
def source() -> MemorySource:
    source = MemorySource()
    rows: dict[tuple[tuple[str, str], ...], list[tuple[int, float]]] = {}
    for sample in data.make_samples(END_S):
        value = float(np.frombuffer(sample.bits, np.float64)[0])
        rows.setdefault(tuple(sorted(sample.labels)), []).append((sample.ts_ms, value))
    for labels, samples in rows.items():
        source.add(labels, samples)
    return source


def test_the_corpus_is_large_and_says_nothing_twice() -> None:
    texts = [one.text for one in CORPUS]
    assert len(texts) >= 320
    assert len(set(texts)) == len(texts)


def test_known_differences_are_of_the_corpus_and_have_a_reason() -> None:
    known = comparison.read_known_differences(Path(__file__).with_name("known-differences.txt"))
    assert set(known) <= {one.text for one in CORPUS}
    assert all(known.values())


@pytest.mark.parametrize("place", range(0, len(CORPUS), 40))
def test_no_expression_breaks_the_engine(source: MemorySource, place: int) -> None:
    times_ms = (END_S + np.array([-433, 0])) * 1000
    faults = []
    for expression in CORPUS[place : place + 40]:
        try:
            if not expression.is_instant_only:
                Evaluation(source, times_ms).run(parse(expression.text))
        except MetricboxError as error:
            if not expression.must_fail:
                faults.append(f"{expression.text}: {error.message}")
    assert faults == []
