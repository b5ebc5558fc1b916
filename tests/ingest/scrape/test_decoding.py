"""What becomes of a target's answers: labels, rules, times, numbers about the scrape, and series that end."""

import gzip

import pytest

from metricbox.ingest.exposition import read_exposition
from metricbox.ingest.scrape import decoding
from metricbox.model import SeriesKey
from tests.ingest.fakes import FakeStore
from tests.ingest.scrape.targets_at_hand import (
    ENDED,
    NOW_MS,
    Bench,
    Page,
    make_target,
    serving,
    without_reports,
)

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


@pytest.fixture
async def scraping():
    """Makes a bench over a page that answers as it is told."""
    opened = []

    async def make(page: Page, store: FakeStore | None = None, **fields) -> Bench:
        server = serving(page)
        bench = Bench(make_target(await server.__aenter__(), **fields), store)
        opened.append((bench, server))
        return bench

    yield make
    for bench, server in opened:
        await bench.close()
        await server.__aexit__(None, None, None)


async def test_a_scrape_stores_samples_and_five_numbers_at_one_time(scraping) -> None:
    bench = await scraping(Page('# HELP a Text\n# TYPE a counter\na{x="1"} 1\na{x="2"} 2\nb 3\n'))
    found = await bench.scrape()
    duration = found.pop("scrape_duration_seconds")
    assert found == {
        "a x=1": 1,
        "a x=2": 2,
        "b": 3,
        "up": 1,
        "scrape_samples_scraped": 3,
        "scrape_samples_post_metric_relabeling": 3,
        "scrape_series_added": 3,
    }
    assert duration == 0
    batch = bench.store.batches[-1]
    assert set(batch.ts_ms.tolist()) == {NOW_MS + 15_000}
    instance = bench.loop.target.instance
    assert SeriesKey("up", (("instance", instance), ("job", "node"))) in bench.store.ids
    assert bench.store.learned["a"].type == "counter"
    again = await bench.scrape()
    assert again["scrape_series_added"] == 0
    assert bench.store.registrations == 2, "known series are not registered again"


async def test_an_exposed_job_or_instance_gives_way_unless_labels_are_honored(scraping) -> None:
    text = 'a{job="x",exported_job="y",instance="",env="z"} 1\n'
    bench = await scraping(Page(text), labels={"env": "prod"})
    await bench.scrape()
    key = next(key for key in bench.store.ids if key.name == "a")
    instance = bench.loop.target.instance
    assert dict(key.labels) == {
        "job": "node",
        "instance": instance,
        "env": "prod",
        "exported_job": "y",
        "exported_exported_job": "x",
        "exported_env": "z",
    }
    bench = await scraping(Page(text), labels={"env": "prod"}, honor_labels=True)
    await bench.scrape()
    key = next(key for key in bench.store.ids if key.name == "a")
    assert dict(key.labels) == {"job": "x", "exported_job": "y", "env": "z"}, "it wants no instance"
    bench = await scraping(Page(r'a{x=",instance=\"\""} 1'), honor_labels=True)
    await bench.scrape()
    key = next(key for key in bench.store.ids if key.name == "a")
    assert dict(key.labels) == {
        "job": "node",
        "instance": bench.loop.target.instance,
        "x": ',instance=""',
    }


async def test_series_that_are_gone_end_and_those_that_return_begin_anew(scraping) -> None:
    page = Page('a 1\nb{x="1"} 2\n')
    bench = await scraping(page)
    await bench.scrape()
    page.text = "a 1\n"
    found = await bench.scrape()
    assert without_reports(found) == {"a": 1, "b x=1": ENDED}
    assert found["scrape_series_added"] == 0
    assert without_reports(await bench.scrape()) == {"a": 1}, "a marker is written once"
    page.text = 'a 1\nb{x="1"} 5\n'
    found = await bench.scrape()
    assert without_reports(found) == {"a": 1, "b x=1": 5}
    assert found["scrape_series_added"] == 1


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (Page("a 1\n", "500 Oh No"), "answers 500 Oh No"),
        (Page("<!DOCTYPE html>\n<p>Version 2\nNumber 5\n"), "answers with a web page, not with metrics"),
        (Page(" \n<html>", content_type="text/html"), "answers with a web page"),
        (Page('{"a": 1}\n', content_type="application/json"), "its answer holds no metrics; line 1: "),
        (Page("a 1\n", content_encoding="gzip"), "its answer cannot be unpacked: the body is not valid gzip"),
        (Page("a 1\n", content_encoding="br"), "its answer cannot be unpacked: Content-Encoding 'br'"),
        (Page(gzip.compress(b"a 1\n" * 1000), content_encoding="gzip"), "is larger than 3000 bytes"),
        (
            Page("".join(f"m{number} 1\n" for number in range(60))),
            "has 60 samples, more than its sample_limit of 50",
        ),
    ],
)
async def test_an_answer_at_fault_ends_all_series_and_the_target_is_down(scraping, page, expected) -> None:
    text, status, headers = page.text, page.status, page.headers
    page.text, page.status, page.headers = "a 1\nb 2\n", "200 OK", {}
    bench = await scraping(page, body_size_limit=3000, sample_limit=50)
    await bench.scrape()
    page.text, page.status, page.headers = text, status, headers
    found = await bench.scrape()
    assert without_reports(found) == {"a": ENDED, "b": ENDED}
    assert (found["up"], found["scrape_series_added"]) == (0, 0)
    assert found["scrape_samples_scraped"] == (60 if "sample_limit" in expected else 0)
    assert expected in bench.loop.error
    assert without_reports(await bench.scrape()) == {}
    page.text, page.status, page.headers = "a 1\n", "200 OK", {}
    found = await bench.scrape()
    assert (found["up"], found["scrape_series_added"]) == (1, 1)


async def test_good_lines_of_a_partly_bad_answer_are_stored_and_the_rest_is_told(scraping) -> None:
    """Trap B009 beside it: NaN is dropped without being a fault."""
    bench = await scraping(Page('a 1\nb{x="1 2\nc 3\nd NaN\n1x 4\n'))
    found = await bench.scrape()
    assert without_reports(found) == {"a": 1, "c": 3}
    assert found["up"] == 1
    assert bench.loop.error.startswith("2 samples were not taken; line 2: ")


async def test_no_metrics_at_all_are_no_fault(scraping) -> None:
    bench = await scraping(Page(""))
    found = await bench.scrape()
    assert (found["up"], found["scrape_samples_scraped"]) == (1, 0)


async def test_openmetrics_is_read_as_such(scraping) -> None:
    text = f"# TYPE a counter\na_total 1 {(NOW_MS + 5_000) / 1000}\n# EOF\n"
    bench = await scraping(Page(text, content_type=OPENMETRICS))
    await bench.scrape()
    (row,) = [row for row in bench.store.rows() if row[0] == "a_total"]
    assert row[2:] == (NOW_MS + 5_000, 1.0)


async def test_metrics_may_bring_their_own_times_which_never_end(scraping) -> None:
    """A stopped agent shows its last samples for ever: they are stored once, and get no markers."""
    page = Page(f"own 1 {NOW_MS}\nplain 2\n")
    bench = await scraping(page)
    await bench.scrape()
    assert {row[0]: row[2] for row in bench.store.rows()}["own"] == NOW_MS
    assert without_reports(await bench.scrape()) == {"plain": 2}
    page.text = f"own 3 {NOW_MS + 20_000}\n"
    assert without_reports(await bench.scrape()) == {"own": 3, "plain": ENDED}
    page.text = ""
    assert without_reports(await bench.scrape()) == {}


async def test_times_are_those_of_the_scrape_when_they_are_not_honored(scraping) -> None:
    bench = await scraping(Page(f"own 1 {NOW_MS}\n"), honor_timestamps=False)
    await bench.scrape()
    assert {row[0]: row[2] for row in bench.store.rows()}["own"] == NOW_MS + 15_000


async def test_metric_relabel_drops_renames_and_is_asked_once_a_series(
    scraping, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    apply_rules = decoding.apply_rules
    monkeypatch.setattr(
        decoding,
        "apply_rules",
        lambda rules, labels: asked.append(labels["__name__"]) or apply_rules(rules, labels),
    )
    rules = [
        {"action": "drop", "source_labels": ["__name__"], "regex": "go_.*"},
        {"source_labels": ["__name__"], "regex": "old_(.*)", "target_label": "__name__"},
        {"action": "labeldrop", "regex": "secret|instance"},
    ]
    page = Page('go_x 1\nold_a{secret="s",x="y"} 2\nb 3\nbad{ 4\n')
    bench = await scraping(page, metric_relabel=rules, sample_limit=3)
    found = await bench.scrape()
    assert without_reports(found) == {"a x=y": 2, "b": 3}
    assert (found["scrape_samples_scraped"], found["scrape_samples_post_metric_relabeling"]) == (4, 3)
    assert sorted(asked) == ["b", "go_x", "old_a"]
    assert "line 4: " in bench.loop.error
    asked.clear()
    assert without_reports(await bench.scrape()) == {"a x=y": 2, "b": 3}
    assert asked == []
    assert SeriesKey("up", bench.loop.target.labels) in bench.store.ids, "its own numbers keep their labels"
    page.text = "go_x 1\n"
    assert without_reports(await bench.scrape()) == {"a x=y": ENDED, "b": ENDED}


async def test_a_rule_that_takes_the_name_away_refuses_the_series(scraping) -> None:
    rule = {"action": "labeldrop", "regex": "__name__"}
    bench = await scraping(Page("a 1\n"), metric_relabel=[rule])
    assert without_reports(await bench.scrape()) == {}
    assert "a metric name must not be empty" in bench.loop.error


async def test_series_over_a_cap_are_told_and_the_others_stored(scraping) -> None:
    bench = await scraping(Page("a 1\nb 2\n"), FakeStore(max_series=6))
    found = await bench.scrape()
    assert without_reports(found) == {"a": 1, "b": 2}
    assert found["up"] == 1
    assert "has reached its" in bench.loop.error


async def test_forgotten_series_are_registered_again(scraping) -> None:
    bench = await scraping(Page("a 1\n"))
    await bench.scrape()
    before = bench.store.registrations
    bench.ingest.forget_series()
    await bench.scrape()
    assert bench.store.registrations == before + 2


async def test_series_that_change_with_each_scrape_are_not_kept(scraping) -> None:
    page = Page()
    bench = await scraping(page)
    for number in range(20):
        page.text = f'a{{run="{number}"}} 1\n'
        await bench.scrape()
    assert len(bench.loop._series._cache.young) < 10


async def test_a_target_that_is_gone_ends_all_that_it_had(scraping) -> None:
    bench = await scraping(Page("a 1\n"))
    await bench.scrape()
    await bench.loop.end()
    found = bench.last()
    assert set(found.values()) == {ENDED}
    assert {"a", "up", "scrape_duration_seconds"} <= set(found)
    assert int(bench.store.batches[-1].ts_ms[0]) == NOW_MS + 15_001


def test_the_answer_of_a_web_server_would_be_taken_for_metrics_line_by_line() -> None:
    """Why pages are refused as a whole before they are read: `Number 5` is a sample."""
    assert list(read_exposition(b"<p>\nNumber 5\n", is_openmetrics=False).keys) == [b"Number"]
