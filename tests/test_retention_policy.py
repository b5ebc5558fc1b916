"""How long tiers are kept: from the settings, or as changed since."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from metricbox.clock import ManualClock
from metricbox.durations import parse_duration_ms
from metricbox.errors import ValidationError
from metricbox.retention_policy import RetentionPolicy
from metricbox.settings import Settings
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.tiers import HOUR, MINUTE, RAW
from tests.support.authors import AUTHOR


@pytest.fixture
def appdb(tmp_path: Path) -> Iterator[AppDatabase]:
    appdb = AppDatabase.open(tmp_path / "app.sqlite", ManualClock(0))
    yield appdb
    appdb.close()


def test_the_settings_hold_until_somebody_changes_them(appdb: AppDatabase) -> None:
    settings = dataclasses.replace(Settings(), retention_raw=parse_duration_ms("2d"))
    policy = RetentionPolicy(settings, appdb)
    assert policy.as_texts() == {"metrics_raw": "2d", "metrics_1min": "30d", "metrics_1hour": "365d"}


async def test_a_change_holds_at_once_and_after_a_restart(appdb: AppDatabase) -> None:
    policy = RetentionPolicy(Settings(), appdb)
    await policy.change({"metrics_raw": "3d", "metrics_1min": "60d"}, AUTHOR)
    for one in (policy, RetentionPolicy(Settings(), appdb)):
        assert one.retention_ms(RAW) == parse_duration_ms("3d")
        assert one.retention_ms(MINUTE) == parse_duration_ms("60d")
        assert one.retention_ms(HOUR) == parse_duration_ms("365d")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metrics_raw": "0s"}, "at least 4h"),
        ({"metrics_raw": "-1"}, "not a duration"),
        ({"metrics_raw": "1m"}, "at least 4h"),
        ({"metrics_1hour": "10000y"}, "1000 years"),
        ({"metrics_1hour": "200y"}, "at most 100y"),
        ({"metrics_raw": "40d"}, "at least as long"),
    ],
)
async def test_an_absurd_retention_is_refused_and_changes_nothing(
    appdb: AppDatabase, changes: dict[str, str], words: str
) -> None:
    """Trap B082."""
    policy = RetentionPolicy(Settings(), appdb)
    with pytest.raises(ValidationError, match=words):
        await policy.change(changes, AUTHOR)
    assert policy.as_texts()["metrics_raw"] == "7d"
