"""Metrics that other programs leave in files."""

import logging
import os
from pathlib import Path

import pytest

from metricbox.agent.reading import Reading
from metricbox.agent.remote import textfile
from metricbox.agent.remote.textfile import TextfilePart


def values_of(readings: list[Reading]) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {(reading.name, reading.labels): reading.value for reading in readings}


def test_every_prom_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "backup.prom").write_text('# HELP x y\nbackup_age_seconds{disk="a"} 12.5\n')
    (tmp_path / "raid.prom").write_text("raid_ok 1\n")
    (tmp_path / "notes.txt").write_text("not_read 1\n")
    (tmp_path / "raid.prom.tmp").write_text("not_read 1\n")
    os.utime(tmp_path / "raid.prom", (1_000, 1_000))
    values = values_of(TextfilePart(tmp_path).read())
    assert values["backup_age_seconds", (("disk", "a"),)] == 12.5
    assert values["raid_ok", ()] == 1
    assert values["node_textfile_scrape_error", ()] == 0
    assert values["node_textfile_mtime_seconds", (("file", str(tmp_path / "raid.prom")),)] == 1_000
    assert not {key for key in values if key[0] == "not_read"}


def test_a_bad_file_takes_no_other_with_it_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "bad.prom").write_text("ok 1\nthis is nothing\n")
    (tmp_path / "good.prom").write_text("good 1\n")
    part = TextfilePart(tmp_path)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            values = values_of(part.read())
    assert values["good", ()] == 1
    assert ("ok", ()) not in values, "a file is read whole or not at all"
    assert values["node_textfile_scrape_error", ()] == 1
    assert len(caplog.records) == 1
    assert "bad.prom" in caplog.text
    (tmp_path / "bad.prom").write_text("ok 1\n")
    assert values_of(part.read())["node_textfile_scrape_error", ()] == 0


def test_time_stamps_are_refused_as_node_exporter_does(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.prom").write_text("a 1 1795602440123\n")
    values = values_of(TextfilePart(tmp_path).read())
    assert ("a", ()) not in values
    assert values["node_textfile_scrape_error", ()] == 1
    assert "time stamps" in caplog.text


def test_of_one_series_twice_the_first_counts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.prom").write_text('x{p="1",q="2"} 1\n')
    (tmp_path / "b.prom").write_text('x{q="2",p="1"} 2\ny 3\n')
    values = values_of(TextfilePart(tmp_path).read())
    assert values["x", (("p", "1"), ("q", "2"))] == 1
    assert values["y", ()] == 3
    assert values["node_textfile_scrape_error", ()] == 1


def test_labels_of_the_target_are_kept_apart(tmp_path: Path) -> None:
    (tmp_path / "a.prom").write_text('x{instance="other",job="j"} 1\n')
    values = values_of(TextfilePart(tmp_path).read())
    assert values["x", (("exported_instance", "other"), ("exported_job", "j"))] == 1


def test_size_and_number_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(textfile, "MAX_FILE_BYTES", 100)
    monkeypatch.setattr(textfile, "MAX_SAMPLES", 5)
    monkeypatch.setattr(textfile, "MAX_FILES", 3)
    (tmp_path / "a.prom").write_text("a1 1\na2 2\n")
    (tmp_path / "b.prom").write_text("b" * 101)
    (tmp_path / "c.prom").write_text("c1 1\nc2 1\nc3 1\nc4 1\n")
    (tmp_path / "d.prom").write_text("d1 1\n")
    values = values_of(TextfilePart(tmp_path).read())
    assert {name for name, _ in values} == {
        "a1",
        "a2",
        "node_textfile_mtime_seconds",
        "node_textfile_scrape_error",
    }
    assert values["node_textfile_scrape_error", ()] == 1


def test_a_folder_that_is_gone_is_a_fault_and_no_more(tmp_path: Path) -> None:
    values = values_of(TextfilePart(tmp_path / "none").read())
    assert values == {("node_textfile_scrape_error", ()): 1}
