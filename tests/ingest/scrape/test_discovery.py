"""Targets from files: what they may hold, when they are read again, and what a bad one does."""

import json
import os
from pathlib import Path

import pytest

from metricbox.ingest.scrape import discovery as module
from metricbox.ingest.scrape.discovery import Discovery
from tests.ingest.scrape.targets_at_hand import make_job

JSON_TEXT = json.dumps([{"targets": ["a:1", "b:1"], "labels": {"env": "prod"}}, {"targets": ["c:1"]}])
YAML_TEXT = """
- targets: [a:1, b:1]
  labels:
    env: prod
- targets:
    - c:1
"""


def discover(*patterns: object, targets: tuple[str, ...] = ()) -> Discovery:
    return Discovery(make_job(targets=targets, files=[str(one) for one in patterns]))


def addresses_of(discovery: Discovery) -> list[str]:
    return [one.address for one in discovery.read().addresses]


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", JSON_TEXT), ("a.yml", YAML_TEXT), ("a.yaml", YAML_TEXT)]
)
def test_a_file_names_targets_and_their_labels(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    found = discover(file, targets=("static:1",)).read()
    assert found.faults == ()
    assert [(one.address, one.labels.get("env")) for one in found.addresses] == [
        ("static:1", None),
        ("a:1", "prod"),
        ("b:1", "prod"),
        ("c:1", None),
    ]
    assert found.addresses[1].labels["__meta_filepath"] == str(file)


def test_files_come_go_and_change(tmp_path: Path) -> None:
    discovery = discover(tmp_path / "*.json")
    assert addresses_of(discovery) == []
    (tmp_path / "one.json").write_text('[{"targets": ["a:1"]}]')
    (tmp_path / "two.json").write_text('[{"targets": ["b:1"]}]')
    assert addresses_of(discovery) == ["a:1", "b:1"]
    (tmp_path / "one.json").write_text('[{"targets": ["a:1", "c:1"]}]')
    assert addresses_of(discovery) == ["a:1", "c:1", "b:1"]
    (tmp_path / "two.json").unlink()
    assert addresses_of(discovery) == ["a:1", "c:1"]


def test_a_file_is_read_again_only_when_it_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.json"
    file.write_text(JSON_TEXT)
    discovery = discover(file)
    discovery.read()
    reads: list[Path] = []
    read_file = module._read_file
    monkeypatch.setattr(module, "_read_file", lambda path, size: reads.append(path) or read_file(path, size))
    discovery.read()
    assert reads == []
    os.utime(file, ns=(1, 1))
    discovery.read()
    assert reads == [file]


def test_a_file_that_turns_bad_leaves_its_last_content_in_force(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(JSON_TEXT)
    discovery = discover(file)
    discovery.read()
    file.write_text(JSON_TEXT[:20])
    found = discovery.read()
    assert len(found.addresses) == 3
    assert f"{file}: is not JSON" in found.faults[0]
    assert discovery.read() == found
    file.write_text(JSON_TEXT)
    assert discovery.read().faults == ()


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.json", "{", "is not JSON (YAML files end in .yml)"),
        ("a.yml", "a: [", "is not YAML"),
        ("a.yml", "!!python/object/apply:os.getpid []", "is not YAML"),
        ("a.json", "{}", "must hold a list of {targets, labels}"),
        ("a.json", "[1]", "entry 0: must be {targets, labels}"),
        ("a.json", '[{"targets": ["a:1"]}, {"targets": "a:1"}]', "entry 1: targets must be a list of texts"),
        ("a.json", '[{"targets": [1]}]', "entry 0: targets must be a list of texts"),
        ("a.json", '[{"labels": {"port": 1}, "targets": []}]', "put quotes around numbers"),
        ("a.json", '[{"labels": {"a b": "1"}, "targets": []}]', "'a b' cannot be the name of a label"),
        ("a.json", '[{"target": ["a:1"]}]', "'target' is neither targets nor labels"),
        ("a.json", "[" * 100_000, "is not JSON"),
    ],
)
def test_a_bad_file_says_what_is_wrong(tmp_path: Path, name: str, text: str, expected: str) -> None:
    (tmp_path / name).write_text(text)
    found = discover(tmp_path / name).read()
    assert found.addresses == ()
    assert expected in found.faults[0]


def test_an_empty_yaml_file_has_no_targets(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("# none yet\n")
    assert discover(tmp_path / "a.yml").read() == ((), ())


def test_a_file_that_is_missing_too_large_or_a_folder_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "there is no such file" in discover(tmp_path / "no.json").read().faults[0]
    (tmp_path / "folder.json").mkdir()
    assert "cannot be read" in discover(tmp_path / "folder.json").read().faults[0]
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 10)
    (tmp_path / "a.json").write_text(JSON_TEXT)
    assert "is larger than 10 bytes" in discover(tmp_path / "a.json").read().faults[0]
