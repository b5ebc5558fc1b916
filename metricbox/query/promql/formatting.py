"""Numbers, strings and label sets written as Go writes them. Pure."""

from decimal import Decimal
from math import isfinite, isnan

from metricbox.model import Labels

_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}


def format_go_float(value: float) -> str:
    """As strconv.FormatFloat(value, 'f', -1, 64): the fewest digits that name the value, never an exponent."""
    text = _format_shortest(value)
    return format(Decimal(text), "f") if "e" in text else text


def print_go_float(value: float) -> str:
    """As fmt prints a float64 with %v, in error messages: with an exponent below 1e-4 and from 1e6 on."""
    if value == 0 or not isfinite(value):
        return _format_shortest(value)
    decimal = Decimal(repr(float(value))).normalize()
    exponent = decimal.adjusted()
    if -4 <= exponent < 6:
        return format(decimal, "f")
    first, *others = decimal.as_tuple().digits
    fraction = f".{''.join(map(str, others))}" if others else ""
    return f"{'-' if value < 0 else ''}{first}{fraction}e{exponent:+03d}"


def _format_shortest(value: float) -> str:
    value = float(value)
    if isnan(value):
        return "NaN"
    if not isfinite(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value).removesuffix(".0")


def quote_go(text: str) -> str:
    """As strconv.Quote: in double quotes, what is not printable escaped."""
    return f'"{"".join(_escape(character) for character in text)}"'


def _escape(character: str) -> str:
    escaped = _ESCAPES.get(character)
    if escaped is not None:
        return escaped
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def format_labels(labels: Labels) -> str:
    """As Prometheus prints a label set: `{__name__="up", job="a"}`."""
    return f"{{{', '.join(f'{name}={quote_go(value)}' for name, value in labels)}}}"
