"""Values of OTLP's attributes as texts of labels: strings as they are, lists and maps as JSON. Pure."""

from typing import Any

import msgspec

from metricbox.query.promql.formatting import format_go_float

_encoder = msgspec.json.Encoder(order="sorted")


def write_value(value: Any) -> str:
    """A text, bool, int, float, list, dict or None, which is empty."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return write_number(value)
        case _:
            return _encoder.encode(value).decode()


def write_number(number: float) -> str:
    """The shortest way: `0.5`, `10`, `+Inf`; the same number is always the same text."""
    return format_go_float(number)
