"""Unit ids."""

import re
from pathlib import Path

import pytest

import metricbox.web
from metricbox.web.grafana.units import _ID_TO_KEY, _KEYS, _SUFFIXES, _UNSCALED, read_unit

UNITS_JS = Path(metricbox.web.__file__).parent / "static" / "lib" / "units.js"


@pytest.mark.parametrize(
    ("grafana", "unit"),
    [
        ("percentunit", "ratio"),
        ("s", "seconds"),
        ("bytes", "bytes"),
        ("decbytes", "bytesSI"),
        ("Bps", "bytesPerSec"),
        ("reqps", "perSec"),
        ("µs", "us"),
        ("dateTimeAsIso", "dateTime"),
        ("dateTimeFromNow", "age"),
        ("bool_yes_no", "bool"),
        ("string", "none"),
        ("rotrpm", "rpm"),
        ("rpm", "perMin"),
        ("velocityms", "m/s"),
        ("suffix: req", "req"),
        ("potatoes", "potatoes"),
    ],
)
def test_a_unit_is_shown_as_in_grafana(grafana: str, unit: str) -> None:
    assert read_unit(grafana) == (unit, None)


@pytest.mark.parametrize(
    ("grafana", "unit", "note"),
    [
        ("mbytes", "MiB", "without k, M"),
        ("si:mF", "mF", "without k, M"),
        ("currencyEUR", "€", "behind the number"),
        ("prefix:~", "~", "behind the number"),
        ("currency:financial", "financial", "behind"),
        ("time:YYYY", "dateTime", "without a format"),
        ("bool:up/down", "bool", "words"),
        ("hex", "none", "way of writing"),
        ("x" * 70, "x" * 64, "longer"),
        ("suffix:", "none", None),
    ],
)
def test_what_is_shown_otherwise_is_told(grafana: str, unit: str, note: str | None) -> None:
    read = read_unit(grafana)
    assert read.unit == unit
    assert (read.note is None) if note is None else (note in (read.note or ""))


def test_every_key_is_one_that_the_browser_knows() -> None:
    table = UNITS_JS.read_text(encoding="utf-8").partition("const UNITS = {")[2].partition("};")[0]
    assert set(_KEYS) <= set(re.findall(r"^ +(\w+): \{ kind", table, re.MULTILINE))


def test_no_id_stands_in_two_tables() -> None:
    assert len(_ID_TO_KEY) == sum(len(ids) for ids in _KEYS.values())
    assert not set(_ID_TO_KEY) & (set(_SUFFIXES) | set(_UNSCALED))
    assert not set(_SUFFIXES) & set(_UNSCALED)
