"""Temperatures, fans, voltages and frequencies; the same tree read by a real node_exporter gives the same."""

import re
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from metricbox.agent.reading import NoDataError, Reading
from metricbox.agent.sensors import read_cpufreq, read_hwmon, read_thermal_zones

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def sys_root(tmp_path: Path) -> Path:
    """A sysfs with a CPU sensor behind a device, and a board's chip without one."""
    root = shutil.copytree(FIXTURES / "sys", tmp_path / "sys")
    device = root / "devices" / "platform" / "coretemp.0"
    chip = device / "hwmon" / "hwmon1"
    chip.mkdir(parents=True)
    files = {
        "name": "coretemp",
        "temp1_input": "55000",
        "temp1_crit": "100000",
        "temp1_crit_alarm": "0",
        "temp1_label": "Package id 0",
        "temp2_input": "",
        "fan1_input": "1200",
        "fan1_min": "300",
        "fan1_alarm": "0",
        "fan2_pulses": "2",
        "in0_input": "1032",
        "in0_beep": "1",
        "power1_average": "12500000",
        "power1_average_interval": "1000",
        "curr1_input": "1500",
        "energy1_input": "7000000",
    }
    for name, text in files.items():
        (chip / name).write_text(f"{text}\n")
    (chip / "device").symlink_to(device)
    (root / "class" / "hwmon" / "hwmon1").symlink_to(chip)
    return root


def values_of(readings: list[Reading]) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {(reading.name, tuple(sorted(reading.labels))): reading.value for reading in readings}


def test_files_become_names_with_their_units(sys_root: Path) -> None:
    values = values_of(read_hwmon(sys_root))
    chip = ("chip", "platform_coretemp_0")
    assert values["node_hwmon_temp_celsius", (chip, ("sensor", "temp1"))] == 55
    assert values["node_hwmon_temp_crit_celsius", (chip, ("sensor", "temp1"))] == 100
    assert values["node_hwmon_fan_rpm", (chip, ("sensor", "fan1"))] == 1200
    assert values["node_hwmon_fan_alarm", (chip, ("sensor", "fan1"))] == 0
    assert values["node_hwmon_in_volts", (chip, ("sensor", "in0"))] == pytest.approx(1.032)
    assert values["node_hwmon_power_average_watt", (chip, ("sensor", "power1"))] == 12.5
    assert values["node_hwmon_energy_joule_total", (chip, ("sensor", "energy1"))] == 7
    assert values["node_hwmon_chip_names", (chip, ("chip_name", "coretemp"))] == 1
    assert values["node_hwmon_sensor_label", (chip, ("label", "Package id 0"), ("sensor", "temp1"))] == 1
    assert values["node_hwmon_temp_celsius", (("chip", "nct6779"), ("sensor", "temp1"))] == 40.5


def test_a_sensor_that_gives_nothing_takes_no_other_with_it(sys_root: Path) -> None:
    sensors = {dict(labels).get("sensor") for _, labels in values_of(read_hwmon(sys_root))}
    assert "temp2" not in sensors
    assert {"temp1", "fan1"} <= sensors


def test_zones_and_frequencies(sys_root: Path) -> None:
    zones = values_of(read_thermal_zones(sys_root))
    assert zones == {("node_thermal_zone_temp", (("type", "x86_pkg_temp"), ("zone", "0"))): 47}
    speeds = values_of(read_cpufreq(sys_root))
    assert speeds["node_cpu_scaling_frequency_hertz", (("cpu", "0"),)] == 1_219_917_000
    assert speeds["node_cpu_scaling_frequency_max_hertz", (("cpu", "0"),)] == 3_400_000_000


def test_a_host_without_sensors_has_no_data(tmp_path: Path) -> None:
    for read in (read_hwmon, read_thermal_zones, read_cpufreq):
        with pytest.raises(NoDataError):
            read(tmp_path)


_LINE = re.compile(r"(?P<name>node_(?:hwmon|thermal_zone)\w+)\{(?P<labels>.*)\} (?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def test_a_real_node_exporter_reads_the_tree_alike(sys_root: Path) -> None:
    program = shutil.which("node_exporter") or shutil.which("prometheus-node-exporter")
    if program is None:
        pytest.skip("node_exporter is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            program,
            f"--web.listen-address=127.0.0.1:{port}",
            f"--path.sysfs={sys_root}",
            *("--collector.disable-defaults", "--collector.hwmon", "--collector.thermal_zone"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        text = _ask(f"http://127.0.0.1:{port}/metrics", process)
    finally:
        process.terminate()
        process.wait(10)
    theirs = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match:
            theirs[match["name"], tuple(sorted(_LABEL.findall(match["labels"])))] = float(match["value"])
    ours = values_of([*read_hwmon(sys_root), *read_thermal_zones(sys_root)])
    assert len(theirs) > 10
    assert set(ours) ^ set(theirs) == set()
    assert ours == pytest.approx(theirs)


def _ask(url: str, process: "subprocess.Popen[bytes]") -> str:
    for _ in range(100):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return str(response.read().decode())
        except OSError:
            time.sleep(0.1)
    pytest.skip("node_exporter does not answer here")
