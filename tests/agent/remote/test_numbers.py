"""The agent's own numbers."""

import os
from pathlib import Path

import pytest

from metricbox import __version__
from metricbox.agent.remote.numbers import AgentNumbers
from metricbox.agent.remote.skew import ClockSkew
from metricbox.agent.remote.spool import SpoolState

NOW_MS = 1_795_602_440_000


def values_of(numbers: AgentNumbers, spool: SpoolState, skew: ClockSkew) -> dict[str, float]:
    found = {}
    for sample in numbers.samples(spool, skew, NOW_MS):
        labels = dict(sample.labels)
        assert labels["instance"] == "web1"
        assert labels["job"] == "metricbox_agent"
        found[sample.name + labels.get("reason", "") + labels.get("version", "")] = sample.value
    return found


def test_what_is_held_and_lost_can_be_seen_from_the_start() -> None:
    """Trap B044: a drop is an increase, which needs the 0 before it."""
    numbers = AgentNumbers("web1")
    values = values_of(numbers, SpoolState(0, 0, 0, None), ClockSkew())
    assert values["metricbox_agent_dropped_samples_totalspool_full"] == 0
    assert values["metricbox_agent_dropped_samples_totalrefused"] == 0
    assert values["metricbox_agent_dropped_samples_totaldamaged"] == 0
    assert values[f"metricbox_agent_info{__version__}"] == 1
    numbers.add_dropped(120, "spool_full")
    values = values_of(numbers, SpoolState(3, 30, 5_000, NOW_MS - 90_000), ClockSkew())
    assert values["metricbox_agent_dropped_samples_totalspool_full"] == 120
    assert values["metricbox_agent_spool_batches"] == 3
    assert values["metricbox_agent_spool_samples"] == 30
    assert values["metricbox_agent_spool_bytes"] == 5_000
    assert values["metricbox_agent_spool_age_seconds"] == 90


def test_the_clock_is_told_of_once_it_is_known() -> None:
    numbers, skew = AgentNumbers("web1"), ClockSkew()
    empty = SpoolState(0, 0, 0, None)
    assert "metricbox_agent_clock_skew_seconds" not in values_of(numbers, empty, skew)
    skew.add(NOW_MS, NOW_MS, NOW_MS - 61_000)
    assert values_of(numbers, empty, skew)["metricbox_agent_clock_skew_seconds"] == pytest.approx(60.5)


def test_memory_of_the_process(tmp_path: Path) -> None:
    empty = SpoolState(0, 0, 0, None)
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "statm").write_text("5000 1000 700 1 0 600 0\n")
    values = values_of(AgentNumbers("web1", tmp_path), empty, ClockSkew())
    assert values["metricbox_agent_resident_bytes"] == 1000 * os.sysconf("SC_PAGE_SIZE")
    values = values_of(AgentNumbers("web1", tmp_path / "none"), empty, ClockSkew())
    assert "metricbox_agent_resident_bytes" not in values
    assert values["metricbox_agent_cpu_seconds_total"] > 0
