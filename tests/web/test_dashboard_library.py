"""The dashboards that come with metricbox."""

import json
from collections import Counter

import pytest

from metricbox.agent.host import find_host_name
from metricbox.errors import NotFoundError
from metricbox.query.promql.parse import parse
from metricbox.web.dashboard_library import (
    FOLDER,
    KEYS,
    STARTER,
    copy_entry,
    find_entry,
    iter_selectors,
    load_library,
    make_starter,
)
from metricbox.web.schemas import DashboardFile


def test_every_file_is_in_the_list_and_every_key_has_a_file() -> None:
    assert sorted(KEYS) == sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.mark.parametrize("key", KEYS)
def test_a_file_meets_the_contract_and_has_whole_words(key: str) -> None:
    text = (FOLDER / f"{key}.json").read_text(encoding="utf-8")
    file = json.loads(text)
    # As an export writes it, so that an export of a copy can be put back.
    assert text == json.dumps(file, indent=2, ensure_ascii=False) + "\n"
    DashboardFile.model_validate(file)
    entry = find_entry(key)
    assert entry.new.description.endswith(".")
    assert all(panel.title for panel in entry.new.panels if panel.type != "text")


@pytest.mark.parametrize("key", KEYS)
def test_panels_do_not_overlap_and_rows_are_rows(key: str) -> None:
    panels = find_entry(key).new.panels
    cells: Counter[tuple[int, int]] = Counter()
    for panel in panels:
        assert panel.position is not None
        x, y, w, h = panel.position
        cells.update((column, line) for column in range(x, x + w) for line in range(y, y + h))
        if panel.type == "row":
            assert (x, w, h) == (0, 12, 1)
    assert max(cells.values()) == 1
    # Nothing hangs in the air.
    lines = {line for _, line in cells}
    assert lines == set(range(max(lines) + 1))


@pytest.mark.parametrize("key", KEYS)
def test_variables_are_used_and_what_is_used_is_a_variable(key: str) -> None:
    entry = find_entry(key)
    text = json.dumps([panel.query for panel in entry.new.panels])
    for variable in entry.new.variables:
        assert f"${variable['name']}" in text
        assert variable["label"]


def test_the_list_has_different_names() -> None:
    names = [entry.new.name for entry in load_library().values()]
    assert len(set(names)) == len(names) == 8
    with pytest.raises(NotFoundError):
        find_entry("../host")


def test_a_copy_has_an_owner_and_perhaps_another_name() -> None:
    entry = find_entry("hosts")
    assert entry.new.owner_id == ""
    assert copy_entry(entry, "u1")[:2] == ("Hosts overview", "u1")
    assert copy_entry(entry, "u1", "Mine")[:2] == ("Mine", "u1")
    assert not copy_entry(entry, "u1").is_public


def test_the_starter_shows_this_machine() -> None:
    starter = make_starter("u1")
    assert (starter.name, starter.owner_id, starter.refresh_interval) == ("This box", "u1", "10s")
    (host,) = starter.variables
    assert (host["name"], host["current"]) == ("host", find_host_name())
    assert "current" not in find_entry(STARTER).new.variables[0]
    types = {panel.type for panel in starter.panels}
    assert {"row", "stat", "gauge", "line", "area", "table"} <= types


def test_the_selectors_of_an_expression_are_found_wherever_they_are() -> None:
    text = "sum(rate(a[5m])) / -b + max_over_time((c)[5m:1m]) > topk(scalar(d), e offset 1h) or vector(0)"
    found = [selector.alternatives[0][0].value for selector in iter_selectors(parse(text))]
    assert sorted(found) == ["a", "b", "c", "d", "e"]
