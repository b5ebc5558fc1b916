"""Thresholds and colours of Grafana as those of a panel. Pure.

A threshold of Grafana is a colour from a value on; one of metricbox is a severity from a value on, and below the first
all is well. So red is critical, orange and yellow are warning, everything else is info, and a scale on which low is bad
has no likeness here.
"""

import colorsys
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from metricbox.web.grafana.reading import Place, number, record, records, text

# The browser draws no more.
MAX_THRESHOLDS = 4

_SEVERITIES = ("info", "warning", "critical")
_LOW_IS_BAD = "says that low is bad; thresholds here begin where it becomes bad upwards"
_HEX = re.compile(r"#?([0-9a-f]{6})(?:[0-9a-f]{2})?", re.ASCII)
_SHORT_HEX = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])", re.ASCII)
_RGB = re.compile(r"rgba?\(\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*(?:,[^)]*)?\)", re.ASCII)
_SHADES = ("semi-dark-", "super-light-", "dark-", "light-")
# Degrees at which a hue ends.
_HUES = (
    (15, "red"),
    (42, "orange"),
    (68, "yellow"),
    (165, "green"),
    (200, "sky"),
    (255, "blue"),
    (290, "purple"),
)
# A hue of Grafana -> the colour of a series here.
_SLOTS = {
    "red": "brick", "orange": "orange", "yellow": "gold", "green": "teal", "sky": "sky", "blue": "blue",
    "purple": "purple", "pink": "pink", "gray": "slate",
}  # fmt: skip
_NAMED = {"white": "gray", "black": "gray", "grey": "gray", "text": "gray", "transparent": "gray"}


class Step(NamedTuple):
    """A colour from a value on."""

    value: float | None
    """None from the beginning on."""
    color: str


def read_thresholds(
    defaults: Mapping[str, Any], bounds: tuple[float | None, float | None], place: Place
) -> list[dict[str, Any]]:
    """Of `fieldConfig.defaults.thresholds`; `bounds` are min and max of the panel."""
    thresholds = record(defaults.get("thresholds"))
    steps = [
        Step(number(one.get("value")), text(one.get("color"))) for one in records(thresholds.get("steps"))
    ]
    if thresholds.get("mode") == "percentage" and any(step.value is not None for step in steps):
        low, high = bounds
        if low is None or high is None or low >= high:
            place.tell("mode", "percentages need a min and a max; the thresholds are left out")
            return []
        steps = [
            step if step.value is None else Step(low + step.value / 100 * (high - low), step.color)
            for step in steps
        ]
    return make_thresholds(steps, place)


def make_thresholds(steps: Sequence[Step], place: Place) -> list[dict[str, Any]]:
    """Thresholds in order; none, and told, when the colours get better upwards."""
    below = next((step.color for step in steps if step.value is None), "green")
    above = sorted((step.value, step.color) for step in steps if step.value is not None)
    ranks = [_SEVERITIES.index(severity_of(color)) for color in (below, *(color for _, color in above))]
    if not above:
        return []
    if ranks != sorted(ranks):
        place.tell("", _LOW_IS_BAD)
        return []
    if len(above) > MAX_THRESHOLDS:
        place.tell("", f"has more than {MAX_THRESHOLDS} steps; the lowest are left out")
    return [{"value": value, "severity": severity_of(color)} for value, color in above[-MAX_THRESHOLDS:]]


def severity_of(color: str) -> str:
    hue = hue_of(color)
    if hue == "red":
        return "critical"
    return "warning" if hue in {"orange", "yellow"} else "info"


def slot_of(color: str) -> str | None:
    """The colour of a series that is next to it; None for what is no colour."""
    hue = hue_of(color)
    return None if hue is None else _SLOTS[hue]


def hue_of(color: str) -> str | None:
    """`red`, `dark-red`, `#F2495C`, `rgba(242, 73, 92, 0.9)`: red."""
    name = color.strip().lower()
    for shade in _SHADES:
        name = name.removeprefix(shade)
    name = _NAMED.get(name, name)
    if name in _SLOTS:
        return name
    parts = _parts_of(name)
    if parts is None:
        return None
    hue, lightness, saturation = colorsys.rgb_to_hls(*(min(part, 255) / 255 for part in parts))
    if saturation < 0.12 or not 0.05 < lightness < 0.97:
        return "gray"
    degrees = hue * 360
    if degrees >= 345:
        return "red"
    return next((found for end, found in _HUES if degrees < end), "pink")


def _parts_of(name: str) -> tuple[int, ...] | None:
    short = _SHORT_HEX.fullmatch(name)
    if short:
        return tuple(int(digit * 2, 16) for digit in short.groups())
    whole = _HEX.fullmatch(name)
    if whole:
        return tuple(bytes.fromhex(whole[1]))
    rgb = _RGB.fullmatch(name)
    return tuple(int(part) for part in rgb.groups()) if rgb else None
