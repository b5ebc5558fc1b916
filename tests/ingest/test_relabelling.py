"""Rules of a token: how they are kept, and what becomes of the series that come with it."""

import pytest

from metricbox.ingest.relabelling import check_rules, relabel, rules_of
from metricbox.ingest.series_cache import Sender
from metricbox.model import SeriesKey
from tests.ingest.test_service import NOW_MS, Bench

RULES = check_rules(
    [
        {"action": "drop", "source_labels": ["__name__"], "regex": "noise_.*"},
        {"action": "replace", "target_label": "site", "replacement": "north"},
        {
            "action": "replace",
            "source_labels": ["__name__"],
            "regex": "old_(.+)",
            "target_label": "__name__",
            "replacement": "new_$1",
        },
        {"action": "labeldrop", "regex": "pid"},
    ]
)


def key(name: str, **labels: str) -> SeriesKey:
    return SeriesKey(name, tuple(sorted(labels.items())))


def test_rules_rename_drop_and_add():
    rules = rules_of(RULES)
    assert relabel(rules, key("old_cpu", pid="7", host="a")) == key("new_cpu", host="a", site="north")
    assert relabel(rules, key("noise_x")) is None


def test_no_rules_are_no_text():
    assert check_rules([]) == ""
    assert rules_of("") == ()


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([{"action": "drop", "source_labels": ["a"], "regex": "("}], "rule 1, regex"),
        ([{"target_label": "a", "replacement": "b"}, {"action": "nothing"}], "rule 2, action"),
        ([{"target_label": "a", "colour": "b"}], "rule 1, colour"),
        ([{"target_label": "a", "replacement": "b"}] * 51, "at most 50"),
        (["x"], "rule 1"),
    ],
)
def test_what_is_no_rule_is_named_by_its_place(rules, words):
    with pytest.raises(ValueError, match=words):
        check_rules(rules)


def test_rules_that_make_no_series_are_told():
    rules = rules_of(check_rules([{"action": "labeldrop", "regex": "__name__"}]))
    with pytest.raises(ValueError, match="of this token make of cpu"):
        relabel(rules, key("cpu"))


async def push(bench: Bench, body: str, sender: Sender):
    return await bench.ingest.push_lines(body.encode(), None, "ms", "influx_v1", sender)


async def test_dropped_series_are_counted_and_are_no_fault_also_when_they_are_known():
    bench = Bench()
    sender = Sender("t", relabel=RULES)
    body = f"old v=1,w=2 {NOW_MS}\nnoise v=3 {NOW_MS}\n"
    for _ in range(2):
        outcome = await push(bench, body, sender)
        assert (outcome.accepted, outcome.rejected, outcome.refused_units) == (2, 1, 0)
    assert {(name, labels["site"]) for name, labels, _, _ in bench.store.rows()} == {
        ("new_v", "north"),
        ("new_w", "north"),
    }
    assert bench.store.registrations == 1
    assert bench.count("metricbox_ingest_refused_samples_total", source="influx_v1", reason="relabelled") == 2
    # The same lines without the token are what they are.
    await push(bench, body, Sender("other"))
    assert "noise_v" in {name for name, *_ in bench.store.rows()}
    bench.ingest.close()


async def test_the_prefix_counts_for_what_rules_make():
    bench = Bench()
    outcome = await push(bench, f"old v=1 {NOW_MS}\n", Sender("t", metric_prefix="new_", relabel=RULES))
    assert outcome.accepted == 1
    outcome = await push(bench, f"cpu v=1 {NOW_MS}\n", Sender("t", metric_prefix="new_", relabel=RULES))
    assert (outcome.accepted, outcome.refused_units) == (0, 1)
    bench.ingest.close()


async def test_rules_that_make_nothing_that_can_be_stored_refuse_with_their_own_words():
    bench = Bench()
    sender = Sender("t", relabel=check_rules([{"action": "labeldrop", "regex": "__name__"}]))
    outcome = await push(bench, f"cpu v=1 {NOW_MS}\n", sender)
    assert outcome.refused_units == 1
    assert "relabel rules of this token" in outcome.refusals[0].message
    bench.ingest.close()
