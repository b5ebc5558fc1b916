"""Values of alerts as text, with the unit of their rule: `93.4 %`, `1.5 GiB`, `5 m 20 s`. Pure.

Units have the keys that panels have (web/static/lib/units.js), and the examples in tests/alerts/unit_examples.json hold
for both. A message is read where nobody knows the language and the clock of its reader: numbers have a point and no
groups, times are UTC.
"""

import math
from typing import NamedTuple

from metricbox.query.times import format_time

_SI = ("", "k", "M", "G", "T", "P")
_IEC = ("", "Ki", "Mi", "Gi", "Ti", "Pi")
_SMALL = ("m", "µ", "n")
_TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
# The larger one, the smaller one, and from how many seconds on.
_PAIRS = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "m"), (60, "m", 1, "s"))
# The last moment that a date can be of.
_MAX_TIME_MS = 253_402_300_799_999


class _Scale(NamedTuple):
    suffix: str
    base: int = 1000
    small: int = 0
    """So many prefixes below one are usual."""


_SCALES = {
    "short": _Scale(""),
    "bytes": _Scale("B", 1024),
    "bytesSI": _Scale("B"),
    "bytesPerSec": _Scale("B/s", 1024),
    "bitsPerSec": _Scale("b/s"),
    "perSec": _Scale("/s"),
    "perMin": _Scale("/min"),
    "hertz": _Scale("Hz"),
    "volt": _Scale("V", small=3),
    "ampere": _Scale("A", small=3),
    "watt": _Scale("W", small=3),
    "wattHour": _Scale("Wh"),
    "bar": _Scale("bar", small=1),
    "pascal": _Scale("Pa"),
    "metre": _Scale("m", small=3),
    "litre": _Scale("L", small=1),
}
_SECONDS = {"seconds": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_SUFFIXES = {"celsius": "°C", "fahrenheit": "°F", "percent": "%"}
_PLAIN = frozenset({"none", "state"})
_ALIASES = {
    "": "none",
    "%": "percent",
    "s": "seconds",
    "second": "seconds",
    "milliseconds": "ms",
    "byte": "bytes",
    "By": "bytes",
    "B": "bytes",
}


def show(value: float | None) -> str:
    """Six digits are more than anybody reads of an alert."""
    if value is None or math.isnan(value):
        return "no data"
    return f"{value:.6g}"


def show_value(value: float | None, unit: str) -> str:
    """The value with its unit, such as `ratio` or `bytes`; any other text stands behind the number as it is."""
    if value is None or not math.isfinite(value):
        return show(value)
    key = _ALIASES.get(unit, unit)
    if key in _PLAIN:
        return show(value)
    if key in _SCALES:
        return _scale(value, _SCALES[key])
    if key in _SECONDS:
        return _show_seconds(value * _SECONDS[key])
    if key == "ratio":
        return f"{show(value * 100)} %"
    if key == "bool":
        return "Yes" if value else "No"
    if key in {"dateTime", "age"}:
        return format_time(int(value)) if 0 <= value <= _MAX_TIME_MS else show(value)
    return f"{show(value)} {_SUFFIXES.get(key, key)}"


def _scale(value: float, scale: _Scale) -> str:
    if scale.small and 0 < abs(value) < 1:
        small = value
        for prefix in _SMALL[: scale.small]:
            small *= 1000
            if abs(small) >= 1:
                return f"{show(small)} {prefix}{scale.suffix}"
    prefixes = _IEC if scale.base == 1024 else _SI
    step = 0
    # By what will be shown: 999.9999 k is 1 M.
    while step < len(prefixes) - 1 and abs(float(show(value))) >= scale.base:
        value /= scale.base
        step += 1
    return f"{show(value)} {prefixes[step]}{scale.suffix}".rstrip()


def _show_seconds(seconds: float) -> str:
    size, sign = abs(seconds), "-" if seconds < 0 else ""
    whole = math.floor(size + 0.5)
    for large, name, small, small_name in _PAIRS:
        if size >= 60 and whole >= large:
            rest = whole % large // small
            return f"{sign}{whole // large} {name}" + (f" {rest} {small_name}" if rest else "")
    for limit, name in _TIMES:
        if size >= limit:
            return f"{show(seconds / limit)} {name}"
    return f"{show(seconds / 1e-9)} ns" if seconds else "0 s"
