"""How a panel of Grafana shows its data, as the options of a panel. Pure.

Two generations: `fieldConfig` and `options` since schema 20, and the old graph and singlestat with fields of their own.
What only decides the looks (width of lines, places of legends, tooltips) is drawn in metricbox's own way and not told.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from metricbox.web.grafana.reading import Place, number, record, records, shown, text, whole
from metricbox.web.grafana.thresholds import (
    Step,
    hue_of,
    make_thresholds,
    read_thresholds,
    severity_of,
    slot_of,
)
from metricbox.web.grafana.units import read_unit

MAX_DECIMALS = 15

# What of a series is one number, by the names of both generations.
_CALCULATIONS = {
    "last": "last", "lastNotNull": "last", "current": "last", "mean": "mean", "avg": "mean", "min": "min", "max": "max",
    "sum": "sum", "total": "sum", "count": "count", "diff": "delta", "delta": "delta",
}  # fmt: skip
_OLD_LEGEND = ("current", "min", "avg", "max", "total")
_OLD_NULLS = {"null": "gap", "connected": "join", "null as zero": "zero"}
_LOOKS = frozenset(
    f"custom.{name}"
    for name in (
        "lineWidth", "lineStyle", "fillOpacity", "fillBelowTo", "gradientMode", "pointSize", "showPoints", "width",
        "align", "lineInterpolation", "barAlignment", "cellOptions", "displayMode", "inspect", "filterable", "hideFrom",
    )
)  # fmt: skip
_OLD_LOOKS = {
    "alias",
    "linewidth",
    "fill",
    "fillGradient",
    "zindex",
    "dashes",
    "dashLength",
    "spaceLength",
    "pointradius",
}
_SERIES_COLORS = "with colours of single series, which do not exist here"
_RANGES_OF_TEXTS = "texts stand for single values here, not for ranges or patterns"
MAX_NAMED = 5
MAX_VALUE_TEXTS = 100
MAX_TEXT_CHARS = 200


def read_modern_options(panel: Mapping[str, Any], panel_type: str, place: Place) -> dict[str, Any]:
    """Of a panel with `fieldConfig`."""
    defaults = record(record(panel.get("fieldConfig")).get("defaults"))
    shown_as = record(panel.get("options"))
    inside = place.at("fieldConfig.defaults")
    options: dict[str, Any] = {
        "min": number(defaults.get("min")),
        "max": number(defaults.get("max")),
        "decimals": whole(defaults.get("decimals"), 0, MAX_DECIMALS),
        "unit": _read_unit(defaults.get("unit"), inside, "unit"),
    }
    options["valueTexts"] = _read_value_texts(defaults, inside)
    color = record(defaults.get("color"))
    if color.get("mode") == "fixed":
        options["color"] = slot_of(text(color.get("fixedColor")))
    if panel_type in {"gauge", "stat"}:
        options |= _read_reduction(shown_as, place)
        if panel.get("type") == "stat" and shown_as.get("graphMode") == "none":
            options["sparkline"] = False
        has_thresholds = _is_colored(panel, color)
    elif panel_type == "table":
        has_thresholds = False
    else:
        options |= _read_lines(record(defaults.get("custom")), shown_as, inside.at("custom"))
        style = record(record(defaults.get("custom")).get("thresholdsStyle")).get("mode", "off")
        has_thresholds = style != "off"
    if has_thresholds:
        bounds = (options["min"], options["max"])
        options["thresholds"] = read_thresholds(defaults, bounds, inside.at("thresholds"))
    _tell_defaults(defaults, inside)
    _tell_overrides(panel, place)
    return _filled(options)


def _is_colored(panel: Mapping[str, Any], color: Mapping[str, Any]) -> bool:
    """Whether a figure has the colour of its threshold. A table has them in cells, and a pie not at all."""
    kind = text(panel.get("type"))
    if kind in {"gauge", "bargauge"}:
        return True
    is_by_value = color.get("mode", "thresholds") == "thresholds"
    return kind == "stat" and is_by_value and record(panel.get("options")).get("colorMode") != "none"


def _read_unit(value: Any, place: Place, field: str) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    unit, note = read_unit(value)
    if note is not None:
        place.tell(field, note)
    return unit


def _read_reduction(shown_as: Mapping[str, Any], place: Place) -> dict[str, Any]:
    reduce = record(shown_as.get("reduceOptions"))
    names = reduce.get("calcs")
    name = names[0] if isinstance(names, list) and names else None
    if reduce.get("values") is True:
        place.tell("options.reduceOptions.values", "one value of each series is shown here, not all of them")
    return _calculation(name, place, "options.reduceOptions.calcs")


def _calculation(name: Any, place: Place, field: str) -> dict[str, Any]:
    if not isinstance(name, str) or not name:
        return {}
    if name not in _CALCULATIONS:
        place.tell(field, f"{shown(name)} does not exist here; the last value is shown")
    return {"calculation": _CALCULATIONS.get(name, "last")}


def _read_lines(custom: Mapping[str, Any], shown_as: Mapping[str, Any], place: Place) -> dict[str, Any]:
    options: dict[str, Any] = {}
    stacking = text(record(custom.get("stacking")).get("mode"))
    if stacking in {"normal", "percent"}:
        options["stack"] = True
    if stacking == "percent":
        place.tell("stacking", "is stacked as it is, not to 100 %")
    spanned = custom.get("spanNulls")
    if spanned is True or number(spanned) is not None:
        options["nullHandling"] = "join"
        if spanned is not True:
            place.tell("spanNulls", "gaps are joined whatever their length")
    if custom.get("axisPlacement") == "right":
        options["axis"] = "right"
    elif custom.get("axisPlacement") == "hidden":
        place.tell("axisPlacement", "an axis cannot be hidden here")
    scale = text(record(custom.get("scaleDistribution")).get("type"))
    if scale == "log":
        options["scale"] = "log"
    elif scale == "symlog":
        place.tell("scaleDistribution", "the scale is linear here")
    legend = record(shown_as.get("legend"))
    if legend.get("showLegend") is False or legend.get("displayMode") == "hidden":
        options["showLegend"] = False
    if legend.get("displayMode") == "table":
        options["legendMode"] = "table"
        calculations = legend.get("calcs")
        options["legendValues"] = _known(calculations if isinstance(calculations, list) else [])
    return options


def _known(names: Iterable[Any]) -> list[str]:
    """Calculations by our names, each once."""
    return list(
        dict.fromkeys(
            _CALCULATIONS[name] for name in names if isinstance(name, str) and name in _CALCULATIONS
        )
    )


def _tell_defaults(defaults: Mapping[str, Any], place: Place) -> None:
    if defaults.get("links"):
        place.tell("links", "links of values do not exist here")
    if text(defaults.get("displayName")):
        place.tell("displayName", "series are named by the legends of the queries")


def _read_value_texts(defaults: Mapping[str, Any], place: Place) -> list[dict[str, Any]]:
    """Of `mappings`: since Grafana 8 an object by value, before it one entry a value."""
    found: list[dict[str, Any]] = []
    for mapping in records(defaults.get("mappings")):
        options = record(mapping.get("options"))
        pairs = [(mapping.get("value"), mapping)] if "text" in mapping else list(options.items())
        is_by_value = mapping.get("type") in {"value", 1}
        for key, one in pairs if is_by_value else []:
            value, words = number(key), text(record(one).get("text"))
            if value is not None and words:
                found.append(
                    {"value": value, "text": words[:MAX_TEXT_CHARS]} | _severity(record(one).get("color"))
                )
        if not is_by_value and not _is_null_mapping(mapping):
            place.tell("mappings", _RANGES_OF_TEXTS)
    return found[:MAX_VALUE_TEXTS]


def _severity(color: Any) -> dict[str, str]:
    """Of a coloured text; green, and what is no colour of the traffic light, is none."""
    if not isinstance(color, str) or not color:
        return {}
    hue = hue_of(color)
    if hue == "green":
        return {"severity": "ok"}
    return {"severity": severity_of(color)} if hue in {"red", "orange", "yellow"} else {}


def _is_null_mapping(mapping: Mapping[str, Any]) -> bool:
    """That nothing is shown as a word is what happens here as well."""
    options = record(mapping.get("options"))
    return mapping.get("value") == "null" or text(options.get("match")) in {"null", "nan", "null+nan"}


def _tell_overrides(panel: Mapping[str, Any], place: Place) -> None:
    """One entry for all of them; a panel has dozens that only colour series."""
    names: dict[str, None] = {}
    for override in records(record(panel.get("fieldConfig")).get("overrides")):
        for one in records(override.get("properties")):
            name = text(one.get("id"))
            # Told, or done, where the queries are read.
            is_negated = name == "custom.transform" and one.get("value") == "negative-Y"
            if name and name not in _LOOKS and not is_negated:
                names[shown(name)] = None
    if set(names) == {"color"}:
        place.report.count("panels[].fieldConfig.overrides", _SERIES_COLORS)
    elif names:
        message = f"single series have no options of their own here: {_join(names)}"
        place.tell("fieldConfig.overrides", message)


def _join(names: Mapping[str, Any]) -> str:
    listed = list(names)
    more = f" and {len(listed) - MAX_NAMED} more" if len(listed) > MAX_NAMED else ""
    return ", ".join(listed[:MAX_NAMED]) + more


def _filled(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value not in (None, [])}


# ---- the old graph


def read_graph_options(panel: Mapping[str, Any], place: Place) -> dict[str, Any]:
    axes = records(panel.get("yaxes"))
    axis = axes[0] if axes else {}
    grid = record(panel.get("grid"))
    formats = panel.get("y_formats")
    older_format = formats[0] if isinstance(formats, list) and formats else None
    options: dict[str, Any] = {
        "min": number(axis.get("min", grid.get("leftMin"))),
        "max": number(axis.get("max", grid.get("leftMax"))),
        "decimals": whole(panel.get("decimals", axis.get("decimals")), 0, MAX_DECIMALS),
        "unit": _read_unit(axis.get("format", older_format), place, "yaxes[0].format"),
        "stack": True if panel.get("stack") is True else None,
        "nullHandling": _OLD_NULLS.get(text(panel.get("nullPointMode"))),
        "showLegend": False if record(panel.get("legend")).get("show") is False else None,
        "thresholds": _read_graph_thresholds(panel, place),
    }
    if panel.get("stack") is True and panel.get("percentage") is True:
        place.tell("percentage", "is stacked as it is, not to 100 %")
    if (number(axis.get("logBase")) or 1) > 1:
        options["scale"] = "log"
    legend = record(panel.get("legend"))
    if legend.get("alignAsTable") is True:
        options["legendMode"] = "table"
        options["legendValues"] = _known(name for name in _OLD_LEGEND if legend.get(name) is True)
    mode = text(record(panel.get("xaxis")).get("mode"))
    if mode not in {"", "time"}:
        place.tell("xaxis.mode", "the axis is time here")
    _tell_series_overrides(panel, place)
    return _filled(options)


def _read_graph_thresholds(panel: Mapping[str, Any], place: Place) -> list[dict[str, Any]]:
    colors = {"critical": "red", "warning": "orange", "ok": "green"}
    steps = []
    for index, one in enumerate(records(panel.get("thresholds"))):
        if one.get("op") == "lt":
            place.tell(f"thresholds[{index}]", "begins downwards; thresholds here begin upwards")
        elif number(one.get("value")) is not None:
            color = text(one.get("fillColor")) or text(one.get("lineColor"))
            steps.append(Step(number(one.get("value")), colors.get(text(one.get("colorMode")), color)))
    steps.sort(key=lambda step: step.value or 0)
    return make_thresholds(steps, place.at("thresholds"))


def _tell_series_overrides(panel: Mapping[str, Any], place: Place) -> None:
    names: dict[str, None] = {}
    for override in records(panel.get("seriesOverrides")):
        names |= {
            shown(name): None
            for name, value in override.items()
            if name not in _OLD_LOOKS and (name, value) != ("transform", "negative-Y")
        }
    if names:
        place.tell("seriesOverrides", f"single series have no options of their own here: {_join(names)}")
    if record(panel.get("aliasColors")):
        place.report.count("panels[].aliasColors", _SERIES_COLORS)


# ---- the old singlestat


def read_singlestat_options(panel: Mapping[str, Any], place: Place) -> dict[str, Any]:
    gauge = record(panel.get("gauge"))
    is_gauge = gauge.get("show") is True
    options: dict[str, Any] = {
        "min": number(gauge.get("minValue")) if is_gauge else None,
        "max": number(gauge.get("maxValue")) if is_gauge else None,
        "decimals": whole(panel.get("decimals"), 0, MAX_DECIMALS),
        "unit": _read_unit(panel.get("format"), place, "format"),
    }
    options |= _calculation(panel.get("valueName"), place, "valueName")
    if is_gauge or panel.get("colorValue") is True or panel.get("colorBackground") is True:
        options["thresholds"] = _read_limits(panel, place)
    for name in ("prefix", "postfix"):
        if text(panel.get(name)).strip():
            place.tell(name, "texts beside the number do not exist here")
    if not is_gauge and record(panel.get("sparkline")).get("show") is not True:
        options["sparkline"] = False
    options["valueTexts"] = [
        {"value": value, "text": text(one.get("text"))[:MAX_TEXT_CHARS]}
        for one in records(panel.get("valueMaps"))
        if (value := number(one.get("value"))) is not None
    ][:MAX_VALUE_TEXTS]
    uses_ranges = panel.get("mappingType") == 2 and any(
        one.get("from") != "null" for one in records(panel.get("rangeMaps"))
    )
    if uses_ranges:
        place.tell("rangeMaps", _RANGES_OF_TEXTS)
    return _filled(options)


def _read_limits(panel: Mapping[str, Any], place: Place) -> list[dict[str, Any]]:
    """Of "50,80" and three colours."""
    limits = [number(part.strip()) for part in text(panel.get("thresholds")).split(",")[:MAX_NAMED]]
    colors = panel.get("colors")
    listed = [text(one) for one in colors] if isinstance(colors, list) else []
    usual = ["green", "orange", "red"]
    named = [*listed, *usual[len(listed) :]]
    steps = [Step(None, named[0])]
    steps += [
        Step(limit, color) for limit, color in zip(limits, named[1:], strict=False) if limit is not None
    ]
    return make_thresholds(steps, place.at("thresholds"))
