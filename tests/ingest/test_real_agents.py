"""Real senders of other projects, unchanged, against a real server process."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.server_process import ServerProcess, client_of, create_token, running_server

pytestmark = [pytest.mark.real_client, pytest.mark.slow]

WAIT_S = 60.0
_COLLECTD = shutil.which("collectd") or shutil.which("collectd", path="/usr/sbin")
_LISTENING = re.compile(r"(graphite|statsd|influx_udp): listening on (\S+):(\d+)")


class Box:
    """A server with every listener, and tokens for it."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.url = urlsplit(server.url)
        self.ingest_token = create_token(server.folder, "ingest")
        self.http = client_of(server, create_token(server.folder, "read"))
        self.addresses = {
            source: (host, int(port)) for source, host, port in _LISTENING.findall(server.errors)
        }

    def ask(self, query: str) -> list[tuple[dict[str, str], float]]:
        answer = self.http.get("/prometheus/api/v1/query", params={"query": query})
        assert answer.status_code == 200, answer.text
        return [(row["metric"], float(row["value"][1])) for row in answer.json()["data"]["result"]]

    def wait_for(
        self, query: str, condition: Callable[[Any], bool] = bool
    ) -> list[tuple[dict[str, str], float]]:
        deadline_s = time.monotonic() + WAIT_S
        found = self.ask(query)
        while not condition(found):
            assert time.monotonic() < deadline_s, f"{query}: {found}; {self.server.errors[-2000:]}"
            time.sleep(0.1)
            found = self.ask(query)
        return found


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    options = {
        "--graphite-listen": "127.0.0.1:0",
        "--statsd-listen": "127.0.0.1:0",
        "--influx-udp-listen": "127.0.0.1:0",
        "--statsd-flush-interval": "1s",
        "--graphite-templates": "(collectd).{host}.cpu-{cpu}.(cpu-)*, (collectd).{host}.**",
    }
    arguments = [text for option in options.items() for text in option]
    with running_server(tmp_path_factory.mktemp("box") / "data", *arguments) as server:
        box = Box(server)
        yield box
        box.http.close()


def test_statsd_of_pypi(box: Box) -> None:
    statsd = pytest.importorskip("statsd", reason="the PyPI client statsd is not installed")
    host, port = box.addresses["statsd"]
    client = statsd.StatsClient(host, port, prefix="shop")
    for _ in range(5):
        client.incr("orders")
    client.incr("orders", 3)
    client.gauge("queue", 12)
    client.gauge("queue", -3, delta=True)
    client.timing("latency", 320)
    client.set("users", "bob")
    with client.pipeline() as pipe:
        pipe.incr("orders")
        pipe.timing("latency", 80)
    client.close()
    box.wait_for("shop_orders_total", lambda rows: [value for _, value in rows] == [9.0])
    assert box.ask("shop_queue")[0][1] == 9.0
    assert box.ask("shop_latency_sum")[0][1] == 400.0
    assert box.ask("shop_latency_count")[0][1] == 2.0
    assert {row["quantile"] for row, _ in box.wait_for("last_over_time(shop_latency[1m])")} == {
        "0.5",
        "0.9",
        "0.99",
    }
    tcp = statsd.TCPStatsClient(host, port)
    tcp.incr("by_tcp", 2)
    tcp.close()
    assert box.wait_for("by_tcp_total")[0][1] == 2.0


def test_influxdb_of_pypi(box: Box) -> None:
    influxdb = pytest.importorskip("influxdb", reason="the PyPI client influxdb is not installed")
    client = influxdb.InfluxDBClient(
        box.url.hostname, box.url.port, "agent", box.ingest_token, "lab", gzip=True
    )
    assert client.ping() == "1.8.10"
    client.create_database("lab")
    assert {"name": "lab"} in client.get_list_database()
    assert client.get_list_retention_policies("lab")[0]["name"] == "autogen"
    points = [
        {"measurement": "v1", "tags": {"host": "a b"}, "fields": {"load": 0.5, "up": True, "text": "x"}}
    ]
    assert client.write_points(points, time_precision="ms")
    assert box.wait_for("v1_load") == [({"__name__": "v1_load", "host": "a b"}, 0.5)]
    with pytest.raises(influxdb.exceptions.InfluxDBClientError, match="partial write"):
        client.write("good v=1\nbad", params={"db": "lab"}, protocol="line")
    client.close()
    host, port = box.addresses["influx_udp"]
    by_udp = influxdb.InfluxDBClient(host, box.url.port, use_udp=True, udp_port=port)
    by_udp.write_points([{"measurement": "udp", "fields": {"value": 4.0}}])
    by_udp.close()
    by_udp.udp_socket.close()
    assert box.wait_for("udp")[0][1] == 4.0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_influxdb_client_of_pypi(box: Box) -> None:
    influxdb_client = pytest.importorskip(
        "influxdb_client", reason="the PyPI client influxdb-client is not installed"
    )
    synchronous = influxdb_client.client.write_api.SYNCHRONOUS
    with influxdb_client.InfluxDBClient(
        box.server.url, box.ingest_token, org="lab", enable_gzip=True
    ) as client:
        assert client.ping()
        assert client.buckets_api().find_bucket_by_name("lab").name == "lab"
        point = influxdb_client.Point("v2").tag("host", "a,b=c").field("load", 0.5).field("up", value=True)
        with client.write_api(write_options=synchronous) as writer:
            writer.write(bucket="lab", record=[point])
            with pytest.raises(influxdb_client.rest.ApiException, match="unable to parse"):
                writer.write(bucket="lab", record="bad")
        with pytest.raises(influxdb_client.rest.ApiException, match="not its queries"):
            client.query_api().query('from(bucket:"lab") |> range(start:-1h)')
    assert box.wait_for("v2_load") == [({"__name__": "v2_load", "host": "a,b=c"}, 0.5)]


def test_graphite_by_a_plain_socket(box: Box) -> None:
    with socket.create_connection(box.addresses["graphite"], timeout=10) as sender:
        sender.sendall(b"plain.socket;room=5 21.5 -1\n")
        assert box.wait_for("plain_socket") == [({"__name__": "plain_socket", "room": "5"}, 21.5)]


def configure_collectd(box: Box, folder: Path) -> str:
    host, port = box.addresses["graphite"]
    return f"""
        Hostname "web1"
        FQDNLookup false
        Interval 1
        BaseDir "{folder}"
        PIDFile "{folder}/pid"
        PluginDir "/usr/lib/collectd"
        TypesDB "/usr/share/collectd/types.db"
        LoadPlugin logfile
        <Plugin logfile>
            LogLevel info
            File "{folder}/log"
        </Plugin>
        LoadPlugin cpu
        LoadPlugin load
        LoadPlugin write_graphite
        <Plugin write_graphite>
            <Node "box">
                Host "{host}"
                Port "{port}"
                Protocol "tcp"
                Prefix "collectd."
            </Node>
        </Plugin>
        LoadPlugin write_http
        <Plugin write_http>
            <Node "box">
                URL "{box.server.url}/collectd"
                User "agent"
                Password "{box.ingest_token}"
                Format "JSON"
                LogHttpError true
                BufferSize 1024
            </Node>
        </Plugin>
    """


def test_collectd(box: Box, tmp_path: Path) -> None:
    """write_http, which shows its credentials only after a 401, and write_graphite, at once."""
    if _COLLECTD is None:
        pytest.skip("collectd is not installed")
    configuration = tmp_path / "collectd.conf"
    configuration.write_text(configure_collectd(box, tmp_path))
    environment = {"PATH": os.environ["PATH"]}
    process = subprocess.Popen(
        [_COLLECTD, "-f", "-C", str(configuration)], env=environment, stderr=subprocess.PIPE
    )
    try:
        try:
            box.wait_for('collectd_load_shortterm{instance="web1"}')
            idle = box.wait_for('collectd_cpu_total{instance="web1",type="idle"}')
            assert {row["cpu"] for row, _ in idle} >= {"0"}
            assert {row["host"] for row, _ in box.wait_for("load_load_shortterm")} == {"web1"}
            assert {row["cpu"] for row, _ in box.wait_for("cpu_idle")} >= {"0"}
        finally:
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=WAIT_S)
    except AssertionError:
        pytest.fail(f"{errors.decode()} {(tmp_path / 'log').read_text()[-2000:]}")
    assert "HTTP Error" not in (tmp_path / "log").read_text()
    refused = box.http.get("/metrics").text
    assert 'metricbox_ingest_refused_samples_total{reason="syntax",source="collectd"}' not in refused
    assert 'metricbox_ingest_refused_samples_total{reason="syntax",source="graphite"}' not in refused


def test_the_server_is_well_after_all_of_them(box: Box) -> None:
    assert httpx.get(f"{box.server.url}/health", trust_env=False).status_code == 200
    assert "Traceback" not in box.server.errors
