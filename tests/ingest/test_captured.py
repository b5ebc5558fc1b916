"""What real clients sent, decoded."""

import pytest

from metricbox.ingest.line_protocol import LineDecoder
from metricbox.ingest.series_cache import SeriesRegistrar
from metricbox.ingest.timestamps import make_window, unit_of_precision
from tests.ingest.captured import CapturedRequest, load, load_all
from tests.ingest.fakes import FakeStore

NOW_MS = 1_795_600_800_000
# Some stamps are from 2023.
WINDOW = make_window(NOW_MS, 5 * 365 * 86_400_000, 600_000)
WRITES = [request for request in load_all() if request.path.endswith("/write")]
# npm's influx does not escape blanks in a measurement; InfluxDB refuses that line too.
INVALID = {"influx-npm-v1/004"}


def rows_of(request: CapturedRequest) -> tuple[list[tuple[str, dict[str, str], int, float]], int]:
    store = FakeStore()
    decoder = LineDecoder(SeriesRegistrar(store, 1000))
    decoded = decoder.decode(request.body, unit_of_precision(request.parameter("precision")), WINDOW, 0.0)
    return store.rows(decoded.batch), decoded.refusals.refused_units


@pytest.mark.parametrize("request_", WRITES, ids=lambda request: request.name)
def test_every_line_of_a_real_client_is_taken(request_):
    rows, refused = rows_of(request_)
    assert refused == (request_.name in INVALID)
    assert bool(rows) != (request_.name in INVALID)


def test_influxdb_client_python():
    rows, _ = rows_of(load("influxdb-client-python-v2/006"))
    labels = {"bs": "a ", "room_name": "hall,1=2"}
    stamp = 1_700_000_000_123
    # The measurement is `weather station,a=b`, escaped as one.
    assert rows == [
        ("weather_station_a_b_count", labels, stamp, 3.0),
        ("weather_station_a_b_ok", labels, stamp, 1.0),
        ("weather_station_a_b_temp", labels, stamp, 21.5),
    ]


def test_influxdb_python_writes_booleans_as_true():
    rows, _ = rows_of(load("influxdb-python-v1/005"))
    labels = {"host": "host-a", "region": "eu,west=1"}
    stamp = 1_700_000_000_123
    assert rows == [
        ("cpu_load_b", labels, stamp, 1.0),
        ("cpu_load_i", labels, stamp, 3.0),
        ("cpu_load", labels, stamp, 0.64),
    ]


def test_glances_sends_texts_and_no_stamps():
    rows, _ = rows_of(load("glances-influxdb1/002"))
    assert rows == [("now_history_size", {"hostname": "host-a"}, NOW_MS, 28800.0)]
    rows, _ = rows_of(load("glances-influxdb1/004"))
    assert ("network_bytes_all", {"hostname": "host-a", "interface_name": "lo"}, NOW_MS, 0.0) in rows
    assert not [row for row in rows if row[0] == "network_key"]


def test_icinga_escapes_blanks_in_tags():
    rows, _ = rows_of(load("icinga2-influxdb1/001"))
    stamp = 1_795_582_806_000
    assert (
        "dummy_crit",
        {"hostname": "host-a", "service": "dummy", "metric": "disk /var"},
        stamp,
        90_000_000.0,
    ) in rows
    assert ("dummy_reachable", {"hostname": "host-a", "service": "dummy"}, stamp, 1.0) in rows
