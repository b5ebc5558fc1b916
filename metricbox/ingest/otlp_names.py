"""Names and labels of OTLP's metrics: by Prometheus's conventions, or as they are. Pure.

    prometheus   http.server.duration (ms)  ->  http_server_duration_milliseconds, with _bucket, _sum, _count
                 service.namespace/service.name -> job, service.instance.id -> instance, other resource attributes
                 -> labels of every series, the scope's name -> otel_scope_name
    raw          names stay; only what no name here may hold becomes `_`

An attribute of a point goes before one of its resource that has the same name. Attributes that take a name which
means something here (`__name__`; `le` of a histogram, `quantile` of a summary) become exported_… (trap B033).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from metricbox.ingest.otlp_points import Attributes, FamilyTexts, Kind
from metricbox.model import MAX_LABEL_VALUE_BYTES, RESERVED_LABEL_NAMES

SHAPE_LABELS = {Kind.HISTOGRAM: "le", Kind.EXPONENTIAL: "le", Kind.SUMMARY: "quantile"}
"""The label that tells the series of one point apart."""

_UNITS = {
    "d": "days",
    "h": "hours",
    "min": "minutes",
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
    "By": "bytes",
    "KiBy": "kibibytes",
    "MiBy": "mebibytes",
    "GiBy": "gibibytes",
    "TiBy": "tibibytes",
    "KBy": "kilobytes",
    "kBy": "kilobytes",
    "MBy": "megabytes",
    "GBy": "gigabytes",
    "TBy": "terabytes",
    "bit": "bits",
    "m": "meters",
    "V": "volts",
    "A": "amperes",
    "J": "joules",
    "W": "watts",
    "g": "grams",
    "Cel": "celsius",
    "Hz": "hertz",
    "1": "",
    "%": "percent",
}
_UNITS_PER = {
    "s": "second",
    "m": "minute",
    "min": "minute",
    "h": "hour",
    "d": "day",
    "w": "week",
    "mo": "month",
    "y": "year",
}
# Units of the catalogue of metrics that pages can format, by UCUM's words; others stay.
_CATALOGUE_UNITS = {
    "1": "",
    "By": "bytes",
    "By/s": "bytesPerSec",
    "bit/s": "bitsPerSec",
    "Cel": "celsius",
    "Hz": "hertz",
    "V": "volt",
    "A": "ampere",
    "W": "watt",
    "s": "seconds",
    "%": "percent",
}

_NO_WORD = re.compile(r"[^A-Za-z0-9:]+")
_NO_LABEL = re.compile(r"[^A-Za-z0-9_]")
_NO_RAW_NAME = re.compile(r"[^A-Za-z0-9_:.\-/]")
_NO_RAW_LABEL = re.compile(r"[^A-Za-z0-9_.\-]")
_TARGET_LABELS = ("job", "instance")


class FamilyNames(NamedTuple):
    """What all series of a family have in common."""

    metric: str
    labels: dict[str, str]
    """Of the resource and the scope."""
    unit: str
    """For the catalogue of metrics."""


class Naming(NamedTuple):
    name_metric: Callable[[FamilyTexts, Kind, bool], str]
    name_label: Callable[[str], str]
    target_labels: Callable[[dict[str, str]], dict[str, str]]
    scope_label: str

    def name_family(self, texts: FamilyTexts, kind: Kind, *, is_monotonic: bool) -> FamilyNames:
        labels = {name: _cut(value) for name, value in self._name_all(texts.resource).items()}
        target = {name: _cut(value) for name, value in self.target_labels(dict(texts.resource)).items()}
        used = {self.name_label(key) for key in _TARGET_KEYS} if target else set()
        labels = {name: value for name, value in labels.items() if name not in used}
        labels = _export(labels, target) | target
        if texts.scope_name:
            labels.setdefault(self.scope_label, _cut(texts.scope_name))
        unit = _catalogue_unit(texts.unit, kind)
        return FamilyNames(self.name_metric(texts, kind, is_monotonic), labels, unit)

    def name_labels(self, family: FamilyNames, attributes: Attributes, kind: Kind) -> dict[str, str]:
        """Labels of the series of a point, without the one that tells them apart."""
        own = self._name_all(attributes)
        shape = SHAPE_LABELS.get(kind)
        reserved = {*RESERVED_LABEL_NAMES, *([shape] if shape else [])}
        targets = {name: "" for name in _TARGET_LABELS if name in family.labels}
        own = _export(own, targets | dict.fromkeys(reserved, ""))
        return _export(family.labels, dict.fromkeys(reserved, "")) | own

    def _name_all(self, attributes: Attributes) -> dict[str, str]:
        """Label -> value. Values of attributes whose names become the same are joined in the order of the keys."""
        values: defaultdict[str, list[str]] = defaultdict(list)
        # Of a key that stands twice the last one counts, as in a map.
        for key, value in sorted(dict(attributes).items()):
            if value and key:
                values[self.name_label(key)].append(value)
        return {name: ";".join(all_values) for name, all_values in values.items()}


def _export(labels: dict[str, str], reserved: Iterable[str]) -> dict[str, str]:
    """`labels` with other names for those that are reserved."""
    taken = set(reserved)
    if taken.isdisjoint(labels):
        return labels
    exported = {name: value for name, value in labels.items() if name not in taken}
    for name, value in labels.items():
        if name in taken:
            free = f"exported_{name}"
            while free in exported or free in taken:
                free = f"exported_{free}"
            exported[free] = value
    return exported


def _cut(value: str) -> str:
    """What is too long for a label, such as a command line: a resource's series are not lost for it."""
    encoded = value.encode("utf-8", "surrogatepass")
    if len(encoded) <= MAX_LABEL_VALUE_BYTES:
        return value
    return encoded[:MAX_LABEL_VALUE_BYTES].decode("utf-8", "ignore")


def _catalogue_unit(unit: str, kind: Kind) -> str:
    if unit == "1" and kind == Kind.GAUGE:
        return "ratio"
    if unit.startswith("{") and unit.endswith("}"):
        return ""
    return _CATALOGUE_UNITS.get(unit, unit)


# ---- by Prometheus's conventions


def name_prometheus_metric(texts: FamilyTexts, kind: Kind, is_monotonic: bool) -> str:  # noqa: FBT001
    """Unit and type behind the name, unless they are there."""
    words = [word for word in _NO_WORD.split(texts.name) if word]
    for suffix in _unit_suffixes(texts.unit):
        if suffix not in words:
            words.append(suffix)
    if kind == Kind.SUM and is_monotonic:
        words = [word for word in words if word != "total"] + ["total"]
    if kind == Kind.GAUGE and texts.unit == "1":
        words = [word for word in words if word != "ratio"] + ["ratio"]
    name = "_".join(words)
    return f"_{name}" if name[:1].isdigit() else name


def _unit_suffixes(unit: str) -> list[str]:
    """`By/s` -> `bytes`, `per_second`; nothing of what stands in braces."""
    main, _, per = unit.partition("/")
    suffixes = []
    main_word = _unit_word(main, _UNITS)
    if main_word:
        suffixes.append(main_word)
    per_word = _unit_word(per, _UNITS_PER)
    if per_word:
        suffixes.append(f"per_{per_word}")
    return suffixes


def _unit_word(unit: str, words: dict[str, str]) -> str:
    unit = unit.strip()
    if "{" in unit or "}" in unit:
        return ""
    return _NO_WORD.sub("_", words.get(unit, unit)).strip("_")


def name_prometheus_label(key: str) -> str:
    name = _NO_LABEL.sub("_", key)
    return f"key_{name}" if name[:1].isdigit() else name


def _make_target_labels(resource: dict[str, str]) -> dict[str, str]:
    namespace, name, instance = (resource.get(key, "") for key in _TARGET_KEYS)
    job = f"{namespace}/{name}" if namespace and name else name
    return {label: value for label, value in (("job", job), ("instance", instance)) if value}


_TARGET_KEYS = ("service.namespace", "service.name", "service.instance.id")


# ---- as they are


def name_raw_metric(texts: FamilyTexts, kind: Kind, is_monotonic: bool) -> str:  # noqa: ARG001, FBT001
    name = _NO_RAW_NAME.sub("_", texts.name)
    return name if not name or name[0].isalpha() or name[0] in "_:" else f"_{name}"


def name_raw_label(key: str) -> str:
    name = _NO_RAW_LABEL.sub("_", key)
    return name if name[0].isalpha() or name[0] == "_" else f"_{name}"


NAMINGS = {
    "prometheus": Naming(
        name_prometheus_metric, name_prometheus_label, _make_target_labels, "otel_scope_name"
    ),
    "raw": Naming(name_raw_metric, name_raw_label, lambda _: {}, "otel.scope.name"),
}
"""By the setting otlp_names."""
