"""The contract's models, and the browser's types made from them."""

import subprocess
import sys
from pathlib import Path

import pytest

from metricbox.errors import ValidationError
from metricbox.web.body import check_model
from metricbox.web.schemas import DashboardUpdate, Panel, QueryParams, RequestModel, TimeRange

ROOT = Path(__file__).parents[2]
VALID_TIMES = ["now", "now-1h", "now-1d/d", "2026-11-25T10:00:00Z", "1795600800000"]


@pytest.mark.parametrize("text", VALID_TIMES)
def test_time_ranges_are_kept_as_they_were_written(text: str) -> None:
    assert check_model({"from": text, "to": "now"}, TimeRange).from_ == text


@pytest.mark.parametrize("value", ["now-1h", 1_795_600_800_000, 1_795_600_800.5])
def test_times_of_queries_are_texts_or_numbers(value: object) -> None:
    assert check_model({"query": "a", "start": value, "end": "now"}, QueryParams).start == value


@pytest.mark.parametrize("name", ["model_fields_set", "MODEL", "timeRange.from"])
def test_requests_refuse_unknown_fields(name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        check_model({"version": 1, name: 1}, DashboardUpdate)
    assert [detail.field for detail in caught.value.details] == [name]


def test_no_request_reads_python_names() -> None:
    with pytest.raises(ValidationError):
        check_model({"version": 1, "is_public": True}, DashboardUpdate)


def test_every_model_tells_what_it_is() -> None:
    models = [*RequestModel.__subclasses__(), Panel]
    assert len(models) > 10
    assert all(model.__doc__ for model in models)


def test_the_browsers_types_are_current() -> None:
    run = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "generate_types.py"), "--check"],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
