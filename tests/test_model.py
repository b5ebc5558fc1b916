"""Names, labels and batches."""

import json
import math
import struct
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.model import (
    MAX_LABEL_VALUE_BYTES,
    STALE_MARKER,
    SampleBatch,
    find_labels_fault,
    find_name_fault,
    is_stale_marker,
    labels_from_json,
    labels_to_json,
    make_labels,
)


@pytest.mark.parametrize("name", ["a", "_", ":", "node_cpu:rate5m", "cpu.load-1/min", "A1", "a" * 255])
def test_metric_names_that_are_good(name: str) -> None:
    assert find_name_fault(name) is None


@pytest.mark.parametrize(
    "name", ["", "1a", "-a", ".a", "/a", "a b", "a\n", "čpu", "a" * 256, 'a"', "a{}", "a\x00", "ａ"]
)
def test_metric_names_that_are_refused(name: str) -> None:
    fault = find_name_fault(name)
    assert fault
    assert len(fault) < 250


@pytest.mark.parametrize("name", ["host", "_x", "a.b-c", "A1"])
def test_label_names_that_are_good(name: str) -> None:
    assert find_labels_fault(((name, "v"),)) is None


@pytest.mark.parametrize("name", ["", "1a", "a:b", "a/b", "a b", "a\n", "tür", "a" * 256, "__name__"])
def test_label_names_that_are_refused(name: str) -> None:
    """Trap B033: __name__ is the query layer's."""
    assert find_labels_fault(((name, "v"),))


def test_a_label_value_is_measured_in_bytes() -> None:
    assert find_labels_fault((("a", "x" * MAX_LABEL_VALUE_BYTES),)) is None
    assert find_labels_fault((("a", "x" * (MAX_LABEL_VALUE_BYTES + 1)),))
    assert find_labels_fault((("a", "🚀" * (MAX_LABEL_VALUE_BYTES // 4)),)) is None
    fault = find_labels_fault((("a", "🚀" * (MAX_LABEL_VALUE_BYTES // 4 + 1)),))
    assert fault
    assert str(MAX_LABEL_VALUE_BYTES + 4) in fault


def test_the_number_of_labels_is_bounded() -> None:
    labels = make_labels((f"l{number}", "v") for number in range(65))
    assert find_labels_fault(labels[:64]) is None
    assert find_labels_fault(labels)


def test_half_a_character_is_refused() -> None:
    """A lone surrogate cannot be written as UTF-8 and would fail at the disk."""
    assert find_labels_fault((("a", "x\ud800"),))
    assert find_labels_fault((("a", "line\nfeed and \x00 are text"),)) is None


def test_labels_are_sorted_and_empty_ones_dropped() -> None:
    assert make_labels([("b", "2"), ("a", "1"), ("c", "")]) == (("a", "1"), ("b", "2"))


def test_values_that_only_look_alike_stay_apart() -> None:
    """No Unicode normalisation: what a sender calls two values are two."""
    composed = "é"
    decomposed = unicodedata.normalize("NFD", composed)
    assert make_labels([("a", composed)]) != make_labels([("a", decomposed)])
    assert labels_from_json(labels_to_json((("a", decomposed),))) == {"a": decomposed}


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(st.dictionaries(TEXTS, TEXTS, max_size=5))
def test_labels_come_back_from_their_json(labels: dict[str, str]) -> None:
    text = labels_to_json(make_labels(labels.items()))
    assert labels_from_json(text) == labels
    assert json.loads(text) == labels


@given(st.dictionaries(TEXTS, TEXTS, max_size=5))
def test_the_json_of_labels_does_not_depend_on_their_order(labels: dict[str, str]) -> None:
    backwards = list(reversed(labels.items()))
    assert labels_to_json(make_labels(labels.items())) == labels_to_json(make_labels(backwards))


def test_only_the_exact_bits_are_a_stale_marker() -> None:
    other_nan = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000001))[0]
    values = np.array([STALE_MARKER, math.nan, other_nan, 0.0, math.inf])
    assert is_stale_marker(values).tolist() == [True, False, False, False, False]


def test_a_batch_is_cut_by_a_mask() -> None:
    batch = SampleBatch(np.array([1, 2, 3]), np.array([10, 20, 30]), np.array([0.1, 0.2, 0.3]))
    cut = batch.where(np.array([True, False, True]))
    assert cut.size == 2
    assert (cut.series_ids.tolist(), cut.ts_ms.tolist(), cut.values.tolist()) == (
        [1, 3],
        [10, 30],
        [0.1, 0.3],
    )
