"""Collecting refusals and joining batches."""

import numpy as np

from metricbox.ingest.outcome import MAX_LISTED_REFUSALS, Reason, Refusal, Refusals, join_batches, select_rows
from metricbox.model import SampleBatch


def test_all_are_counted_and_the_first_are_listed_in_order():
    refusals = Refusals()
    for position in range(250, 0, -1):
        refusals.add(position, Reason.SYNTAX, f"fault {position}", samples=2)
    refusals.add_unlisted(Reason.NOT_FINITE, 3)
    assert refusals.refused_units == 250
    assert refusals.samples == 503
    assert refusals.samples_by_reason == {Reason.SYNTAX: 500, Reason.NOT_FINITE: 3}
    assert [refusal.position for refusal in refusals.first] == list(range(1, MAX_LISTED_REFUSALS + 1))


def test_a_sentence_names_the_field():
    assert Refusal(1, Reason.SYNTAX, "must be a number", "value").sentence == "value: must be a number"
    assert Refusal(1, Reason.SYNTAX, "missing fields").sentence == "missing fields"


def test_a_reason_is_told_apart_later():
    refusals = Refusals()
    refusals.add(1, Reason.SERIES_LIMIT, "full", samples=5)
    refusals.add(2, Reason.SYNTAX, "bad")
    refusals.specify(Reason.SERIES_LIMIT, {Reason.METRIC_SERIES_LIMIT: 3, Reason.SERIES_LIMIT: 2})
    counts = {Reason.SYNTAX: 1, Reason.METRIC_SERIES_LIMIT: 3, Reason.SERIES_LIMIT: 2}
    assert refusals.samples_by_reason == counts
    assert (refusals.samples, refusals.refused_units, len(refusals.first)) == (6, 2, 2)
    refusals.specify(Reason.SERIES_LIMIT, {})
    assert refusals.samples_by_reason == counts
    refusals.specify(Reason.NOT_FINITE, {})
    assert refusals.samples_by_reason == counts


def test_memory_is_bounded():
    refusals = Refusals()
    for position in range(100_000):
        refusals.add(position, Reason.SYNTAX, "fault")
    assert refusals.refused_units == 100_000
    assert len(refusals.first) == MAX_LISTED_REFUSALS


def test_batches_are_joined_in_order():
    one = SampleBatch(np.array([1, 2]), np.array([10, 20]), np.array([1.0, 2.0]))
    two = SampleBatch(np.array([3]), np.array([30]), np.array([3.0]))
    joined = join_batches([one, two])
    assert joined.series_ids.tolist() == [1, 2, 3]
    assert joined.values.dtype == np.float64
    assert join_batches([one]) is one
    assert join_batches([]).size == 0
    assert join_batches([]).ts_ms.dtype == np.int64
    assert select_rows(one, np.array([False, True])).ts_ms.tolist() == [20]
