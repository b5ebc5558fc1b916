"""How well the clock is kept, by adjtimex(2)."""

import sys

import pytest

from metricbox.agent.reading import NoDataError
from metricbox.agent.timex import TimexPart, _Timex, timex_readings


def test_units_go_by_the_status() -> None:
    timex = _Timex(offset=1_500, freq=65_536 * 20, maxerror=2_000, esterror=300, tick=10_000, tai=37)
    values = {reading.name: reading.value for reading in timex_readings(timex, 0)}
    assert values["node_timex_offset_seconds"] == pytest.approx(0.0015)
    assert values["node_timex_frequency_adjustment_ratio"] == pytest.approx(1.00002)
    assert values["node_timex_maxerror_seconds"] == pytest.approx(0.002)
    assert values["node_timex_sync_status"] == 1
    assert values["node_timex_tai_offset_seconds"] == 37
    timex.status = 0x2000
    values = {reading.name: reading.value for reading in timex_readings(timex, 5)}
    assert values["node_timex_offset_seconds"] == pytest.approx(0.0000015)
    assert values["node_timex_sync_status"] == 0, "the kernel says that the clock is not kept"


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_this_hosts_clock_answers() -> None:
    try:
        readings = TimexPart().read()
    except NoDataError:
        pytest.skip("this sandbox forbids adjtimex")
    values = {reading.name: reading.value for reading in readings}
    assert 0.009 <= values["node_timex_tick_seconds"] <= 0.011
    assert values["node_timex_sync_status"] in {0, 1}
