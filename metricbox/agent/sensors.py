"""Temperatures, fans and voltages: node_exporter's collectors `hwmon`, `thermal_zone` and `cpufreq`.

    /sys/class/hwmon/hwmon2/temp1_input ──▶ node_hwmon_temp_celsius{chip="platform_coretemp_0",sensor="temp1"}

A sensor that a driver cannot read now is left out, the others are not.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from metricbox.agent.reading import NoDataError, Reading, find_text

_MILLI = 1 / 1000
_MICRO = 1 / 1_000_000

_SENSOR_FILE = re.compile(r"(in|cpu|fan|temp|curr|power|energy|humidity|freq)(\d+)_(\w+)", re.ASCII)
_NOT_IN_NAMES = re.compile(r"[^a-z0-9:_]")
_FAN_SPEEDS = ("input", "min", "max", "target")
_FREQUENCIES = {
    "scaling_cur_freq": "node_cpu_scaling_frequency_hertz",
    "scaling_min_freq": "node_cpu_scaling_frequency_min_hertz",
    "scaling_max_freq": "node_cpu_scaling_frequency_max_hertz",
}
# Kind of a sensor -> unit at the end of the name, and factor to it (Documentation/hwmon/sysfs-interface.rst).
_UNITS = {
    "in": ("_volts", _MILLI),
    "cpu": ("_volts", _MILLI),
    "temp": ("_celsius", _MILLI),
    "curr": ("_amps", _MILLI),
    "energy": ("_joule_total", _MICRO),
    "power": ("_watt", _MICRO),
    "humidity": ("", _MICRO),
    "freq": ("_freq_mhz", _MICRO),
}


def read_hwmon(sys_root: Path) -> list[Reading]:
    folder = sys_root / "class" / "hwmon"
    if not folder.is_dir():
        raise NoDataError
    readings: list[Reading] = []
    for chip in sorted(folder.iterdir()):
        # Old drivers have their files one folder further down.
        files = {**_list_files(chip / "device"), **_list_files(chip)}
        labels = (("chip", _name_chip(chip)),)
        readings += _chip_readings(files, labels)
        chip_name = _clean(find_text(chip / "name") or find_text(chip / "device" / "name") or "")
        if chip_name:
            readings.append(Reading("node_hwmon_chip_names", 1, (*labels, ("chip_name", chip_name))))
    return readings


def _list_files(folder: Path) -> dict[str, Path]:
    try:
        return {path.name: path for path in sorted(folder.iterdir()) if _SENSOR_FILE.fullmatch(path.name)}
    except OSError:
        return {}


def _name_chip(chip: Path) -> str:
    """By its device as `bus_device`, which does not change with the order in which drivers are loaded."""
    if (chip / "device").exists():
        device = (chip / "device").resolve()
        bus, name = _clean(device.parent.name), _clean(device.name)
        if bus and name:
            return f"{bus}_{name}"
        if name:
            return name
    return _clean(find_text(chip / "name") or "") or chip.resolve().name


def _chip_readings(files: dict[str, Path], labels: tuple[tuple[str, str], ...]) -> Iterator[Reading]:
    for name, path in files.items():
        match = _SENSOR_FILE.fullmatch(name)
        text = find_text(path)
        if match is None or not text:
            continue
        kind, number, element = match.groups()
        sensor = (*labels, ("sensor", f"{kind}{number}"))
        if element == "label":
            yield Reading("node_hwmon_sensor_label", 1, (*sensor, ("label", text)))
            continue
        try:
            value = float(text)
        except ValueError:
            continue
        metric, factor = _metric_of(kind, element)
        yield Reading(metric, value * factor, sensor)


def _metric_of(kind: str, element: str) -> tuple[str, float]:
    name = f"node_hwmon_{kind}" if element == "input" else f"node_hwmon_{kind}_{element}"
    if element in {"fault", "alarm"}:
        return name, 1
    if element == "beep":
        return f"{name}_enabled", 1
    if kind == "fan":
        return (f"{name}_rpm", 1) if element in _FAN_SPEEDS else (name, 1)
    if kind == "temp" and element == "type":
        return name, 1
    if kind == "power" and element == "accuracy":
        return name, _MICRO
    if kind == "power" and element.endswith("interval"):
        return f"{name}_seconds", _MILLI
    unit, factor = _UNITS[kind]
    return f"{name}{unit}", factor


def _clean(text: str) -> str:
    return _NOT_IN_NAMES.sub("_", text.lower()).strip("_")


def read_thermal_zones(sys_root: Path) -> list[Reading]:
    readings = []
    for zone in sorted((sys_root / "class" / "thermal").glob("thermal_zone*")):
        kind, text = find_text(zone / "type"), find_text(zone / "temp")
        if kind is not None and text:
            labels = (("zone", zone.name.removeprefix("thermal_zone")), ("type", kind))
            readings.append(Reading("node_thermal_zone_temp", float(text) * _MILLI, labels))
    if not readings:
        raise NoDataError
    return readings


def read_cpufreq(sys_root: Path) -> list[Reading]:
    """Files hold kilohertz."""
    readings = []
    for folder in sorted((sys_root / "devices" / "system" / "cpu").glob("cpu[0-9]*/cpufreq")):
        labels = (("cpu", folder.parent.name.removeprefix("cpu")),)
        for file, metric in _FREQUENCIES.items():
            text = find_text(folder / file)
            if text and text.isdigit():
                readings.append(Reading(metric, float(text) * 1000, labels))
    if not readings:
        raise NoDataError
    return readings
