"""What pushed groups hold, replace, end and repeat."""

import logging
import math

import pytest

from metricbox.clock import ManualClock
from metricbox.errors import QueueFullError, ValidationError
from metricbox.ingest import push_groups
from metricbox.ingest.exposition import read_exposition
from metricbox.ingest.outcome import IngestOutcome, Reason
from metricbox.ingest.push_groups import MAX_HELD_SERIES, PUSH_TIME, PushedGroups, Scope, read_push
from metricbox.ingest.series_cache import NO_TOKEN, Sender
from metricbox.ingest.service import IngestService
from metricbox.model import SeriesKey, is_stale_marker
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import load_settings
from tests.ingest.fakes import FakeStore

NOW_MS = 1_795_600_800_000
NIGHTLY = (("job", "nightly"),)
ENDED = "ended"


class Bench:
    def __init__(self, max_series: int = 1000) -> None:
        self.store = FakeStore(max_series)
        self.clock = ManualClock(NOW_MS)
        self.metrics = SelfMetrics()
        settings = load_settings({}, environment={}).settings
        self.ingest = IngestService(self.store, self.clock, settings, self.metrics)
        self.groups = PushedGroups(self.ingest, self.clock)

    async def push(
        self, text: str, scope: Scope = Scope.GROUP, group=NIGHTLY, sender: Sender = NO_TOKEN
    ) -> IngestOutcome:
        return await self.groups.push(
            group, scope, sender, lambda _: read_exposition(text.encode(), is_openmetrics=False)
        )

    def last(self) -> dict[str, float | str]:
        """Of the last batch, by name and the labels beside the job."""
        batch = self.store.batches[-1]
        found: dict[str, float | str] = {}
        for (name, labels, _, value), ended in zip(
            self.store.rows(batch), is_stale_marker(batch.values), strict=True
        ):
            more = "".join(f" {key}={text}" for key, text in labels.items() if key != "job")
            assert name + more not in found
            found[name + more] = ENDED if ended else value
        found.pop(PUSH_TIME, None)
        return found


@pytest.fixture
def bench():
    bench = Bench()
    yield bench
    bench.ingest.close()


async def test_a_push_is_stored_at_its_arrival_with_the_time_of_the_push(bench):
    outcome = await bench.push('# TYPE rows counter\nrows{tbl="a"} 3\n')
    assert (outcome.accepted, outcome.rejected) == (2, 0)
    assert bench.store.rows() == [
        ("rows", {"job": "nightly", "tbl": "a"}, NOW_MS, 3.0),
        (PUSH_TIME, {"job": "nightly"}, NOW_MS, NOW_MS / 1000),
    ]
    assert bench.store.learned["rows"].type == "counter"
    assert (
        bench.metrics.registry.get_sample_value("metricbox_ingest_samples_total", {"source": "pushgateway"})
        == 2
    )


async def test_labels_of_the_group_stand_above_those_of_the_text(bench):
    group = (("empty", ""), ("instance", "db1"), ("job", "nightly"))
    await bench.push('a{job="other",instance="x",empty="y",b="z"} 1', group=group)
    assert bench.store.rows()[0][:2] == ("a", {"job": "nightly", "instance": "db1", "b": "z"})


async def test_a_put_ends_what_it_does_not_have(bench):
    await bench.push('a 1\nb 2\nc{x="1"} 3\nc{x="2"} 4')
    await bench.push('a 5\nc{x="2"} 6')
    assert bench.last() == {"a": 5, "c x=2": 6, "b": ENDED, "c x=1": ENDED}
    await bench.push('a 7\nc{x="2"} 8')
    assert bench.last() == {"a": 7, "c x=2": 8}


async def test_a_post_ends_series_of_its_families_alone(bench):
    histogram = '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n'
    await bench.push('a 1\nc{x="1"} 3\n' + histogram)
    await bench.push('c{x="2"} 4', Scope.FAMILIES)
    assert bench.last() == {"c x=2": 4, "c x=1": ENDED}
    await bench.push('# TYPE h histogram\nh_bucket{le="+Inf"} 2\nh_sum 2\nh_count 2', Scope.FAMILIES)
    assert bench.last() == {"h_bucket le=+Inf": 2, "h_sum": 2, "h_count": 2, "h_bucket le=1": ENDED}
    await bench.groups.repeat()
    assert bench.last() == {"a": 1, "c x=2": 4, "h_bucket le=+Inf": 2, "h_sum": 2, "h_count": 2}


async def test_a_delete_ends_all_of_its_group_and_of_no_other(bench):
    await bench.push("a 1\nb 2")
    await bench.push("a 3", group=(("job", "other"),))
    await bench.groups.delete(NIGHTLY, NO_TOKEN)
    assert bench.last() == {"a": ENDED, "b": ENDED}
    assert len(bench.store.batches[-1].values) == 3  # the time of the push as well
    await bench.groups.repeat()
    assert bench.last() == {"a": 3}
    batches = len(bench.store.batches)
    await bench.groups.delete(NIGHTLY, NO_TOKEN)
    await bench.groups.delete((("job", "never"),), NO_TOKEN)
    assert len(bench.store.batches) == batches


async def test_an_empty_put_leaves_the_time_of_the_push(bench):
    await bench.push("a 1")
    await bench.push("")
    assert bench.last() == {"a": ENDED}
    await bench.groups.repeat()
    assert bench.store.rows(bench.store.batches[-1])[0][0] == PUSH_TIME


async def test_values_are_repeated_until_the_next_push(bench):
    await bench.groups.repeat()
    assert not bench.store.batches
    await bench.push("a 1")
    for minute in (1, 2):
        bench.clock.set_ms(NOW_MS + minute * 60_000)
        await bench.groups.repeat()
        assert bench.store.rows(bench.store.batches[-1]) == [
            ("a", {"job": "nightly"}, NOW_MS + minute * 60_000, 1.0),
            (PUSH_TIME, {"job": "nightly"}, NOW_MS + minute * 60_000, NOW_MS / 1000),
        ]


async def test_a_marker_is_never_at_the_time_of_a_value(bench):
    """Trap B043: at one time the value wins, and a series that was ended would stay."""
    await bench.push("a 1")
    await bench.groups.repeat()
    await bench.groups.delete(NIGHTLY, NO_TOKEN)
    stamps = [int(batch.ts_ms[0]) for batch in bench.store.batches]
    assert stamps == [NOW_MS, NOW_MS + 1, NOW_MS + 2]
    bench.clock.set_ms(NOW_MS - 3_600_000)
    await bench.push("a 1")
    assert int(bench.store.batches[-1].ts_ms[0]) == NOW_MS - 3_600_000


async def test_a_value_that_became_no_number_ends(bench):
    """Trap B009: NaN is dropped, and what was there before is not repeated in its place."""
    await bench.push("a 1\nb 2")
    outcome = await bench.push("a NaN\nb +Inf\nc 3")
    assert (outcome.rejected, outcome.refused_units) == (2, 0)
    assert bench.last() == {"c": 3, "a": ENDED, "b": ENDED}
    await bench.groups.repeat()
    assert bench.last() == {"c": 3}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a 1\nb one", "line 2: 'one' is not a value"),
        ("a 1\nx{ 1", "line 2: .* not closed"),
        ("a 1\nb 1 1700000000000", "line 2: pushed metrics have no time stamps"),
        ("a 1\nb 1\na 2", "line 3: the same series as in line 1"),
        ('a{job="x"} 1\na{job="y"} 1', "line 2: the same series as in line 1"),
        ("1a 1", "line 1: '1a' is not a metric name"),
        ('a{__name__="b"} 1', "line 1: the tag name __name__ is reserved"),
        ('a{b="1",b="2"} 1', "line 1: .* more than once"),
    ],
)
async def test_a_push_with_a_fault_is_refused_whole(bench, text, words):
    await bench.push("a 1\nkept 2")
    with pytest.raises(ValidationError, match=words + ".*nothing was stored"):
        await bench.push(text)
    assert len(bench.store.batches) == 1
    await bench.groups.repeat()
    assert bench.last() == {"a": 1, "kept": 2}


async def test_a_push_that_cannot_be_stored_leaves_the_group_as_it_was(bench, monkeypatch):
    await bench.push("a 1")
    bench.store.full_times = 10**6
    monkeypatch.setattr("metricbox.ingest.service._DEFAULT_PATIENCE_S", 0.0)
    with pytest.raises(QueueFullError):
        await bench.push("b 2")
    bench.store.full_times = 0
    await bench.groups.repeat()
    assert bench.last() == {"a": 1}


async def test_what_the_server_says_of_a_group_cannot_be_pushed(bench):
    await bench.push(f"{PUSH_TIME} 1\npush_failure_time_seconds 2\na 1")
    assert [row[0] for row in bench.store.rows()] == ["a", PUSH_TIME]
    assert bench.store.rows()[1][3] == NOW_MS / 1000


async def test_series_over_a_cap_are_refused_and_not_held():
    bench = Bench(max_series=1)
    outcome = await bench.push("a 1\nb 2")
    assert [(one.position, one.reason) for one in outcome.refusals] == [
        (0, Reason.SERIES_LIMIT),
        (2, Reason.SERIES_LIMIT),
    ]
    bench.store.max_series = 10
    await bench.groups.repeat()
    assert bench.last() == {"a": 1}
    bench.ingest.close()


async def test_a_token_with_a_prefix_ends_nothing_of_others(bench):
    own = Sender("t", metric_prefix="own_")
    await bench.push("a 1\nown_a 2")
    outcome = await bench.push("own_b 3", sender=own)
    assert (outcome.accepted, outcome.rejected) == (2, 0)
    assert bench.last() == {"own_b": 3, "own_a": ENDED}
    await bench.groups.delete(NIGHTLY, own)
    assert bench.last() == {"own_b": ENDED}
    await bench.groups.repeat()
    assert bench.last() == {"a": 1}
    assert (await bench.push("foreign 1", sender=own)).refusals[0].reason is Reason.SERIES_LIMIT


async def test_groups_over_the_cap_are_written_once_and_the_log_says_so_once(bench, monkeypatch, caplog):
    """Traps B041 and B039: memory does not grow with what is pushed, nor does the log."""
    monkeypatch.setattr(push_groups, "MAX_HELD_SERIES", 5)
    await bench.push("a 1\nb 2", group=(("job", "first"),))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            outcome = await bench.push("c 1\nd 2", group=(("job", "second"),))
    assert outcome.accepted == 3
    assert len(caplog.records) == 1
    assert "second" in caplog.text
    await bench.groups.repeat()
    assert bench.last() == {"a": 1, "b": 2}
    assert bench.groups.held_series == 3
    assert MAX_HELD_SERIES == 20_000


def test_a_text_is_read_into_series_of_its_group():
    found = read_push(
        read_exposition(
            b'# TYPE s summary\ns{quantile="0.5"} NaN\ns_count 2\nt_count 3', is_openmetrics=False
        ),
        NIGHTLY,
    )
    families = {key.name: one.family for key, one in found.items()}
    assert families == {"s": "s", "s_count": "s", "t_count": "t_count"}
    assert math.isnan(found[SeriesKey("s", (("job", "nightly"), ("quantile", "0.5")))].value)
