"""Grafana's unit ids as units of metricbox (static/lib/units.js). Pure."""

from typing import NamedTuple

MAX_UNIT_CHARS = 64


class UnitRead(NamedTuple):
    unit: str
    note: str | None = None
    """What is different from Grafana, as the end of a sentence; None when nothing is that matters."""


# Scaled and worded as in Grafana, or so nearly that nobody misreads it.
_KEYS = {
    "none": ("none", "string", "locale", "counter"),
    "short": ("short", "sishort"),
    "percent": ("percent",),
    "ratio": ("percentunit",),
    "bytes": ("bytes",),
    "bytesSI": ("decbytes",),
    "bytesPerSec": ("binBps", "Bps"),
    "bitsPerSec": ("bps", "binbps"),
    "seconds": ("s", "dtdurations", "dthms", "dtdhms", "clocks"),
    "ms": ("ms", "dtdurationms", "clockms"),
    "us": ("µs", "μs", "us"),
    "ns": ("ns",),
    "perSec": ("ops", "reqps", "rps", "wps", "iops", "cps", "pps", "eps", "mps", "rds", "recps", "msgps"),
    "perMin": ("opm", "cpm", "rpm", "wpm", "epm", "mpm", "recpm", "reqpm"),
    "hertz": ("hertz", "rothz"),
    "celsius": ("celsius",),
    "fahrenheit": ("fahrenheit", "farenheit"),
    "volt": ("volt",),
    "ampere": ("amp",),
    "watt": ("watt",),
    "wattHour": ("watth",),
    "rpm": ("rotrpm",),
    "bar": ("pressurebar",),
    "pascal": ("pressurepa",),
    "metre": ("lengthm",),
    "litre": ("litre",),
    "dateTime": (
        "dateTimeAsIso",
        "dateTimeAsIsoNoDateIfToday",
        "dateTimeAsIsoSmart",
        "dateTimeAsUS",
        "dateTimeAsUSNoDateIfToday",
        "dateTimeAsUSSmart",
        "dateTimeAsLocal",
        "dateTimeAsLocalNoDateIfToday",
        "dateTimeAsLocalSmart",
        "dateTimeAsSystem",
    ),
    "age": ("dateTimeFromNow",),
    "bool": ("bool", "bool_yes_no", "bool_on_off"),
}
# Never scaled in Grafana either: the same suffix behind the same number.
_SUFFIXES = {
    "humidity": "%H", "dB": "dB", "candela": "cd", "pixel": "px", "accMS2": "m/s²", "accFS2": "ft/s²", "accG": "g",
    "degree": "°", "radian": "rad", "grad": "grad", "arcmin": "arcmin", "arcsec": "arcsec",
    "areaM2": "m²", "areaF2": "ft²", "areaMI2": "mi²", "acres": "ac", "hectares": "ha",
    "ppm": "ppm", "conppb": "ppb", "conngm3": "ng/m³", "conngNm3": "ng/Nm³", "conμgm3": "µg/m³", "conμgNm3": "µg/Nm³",
    "conmgm3": "mg/m³", "conmgNm3": "mg/Nm³", "congm3": "g/m³", "congNm3": "g/Nm³", "conmgdL": "mg/dL",
    "conmmolL": "mmol/L", "Wm2": "W/m²", "dBm": "dBm", "flowgpm": "gpm", "flowcms": "m³/s", "flowcfs": "ft³/s",
    "flowcfm": "ft³/min", "litreh": "L/h", "flowlpm": "L/min", "flowmlpm": "mL/min", "flowcmh": "m³/h", "lux": "lx",
    "masst": "t", "masslb": "lb", "lengthin": "in", "lengthft": "ft", "lengthmi": "mi", "pressurehpa": "hPa",
    "pressurekpa": "kPa", "pressurehg": '"Hg', "rotrads": "rad/s", "rotdegs": "°/s", "kelvin": "K",
    "velocityms": "m/s", "velocitykmh": "km/h", "velocitymph": "mph", "velocityknot": "kn", "m3": "m³", "Nm3": "Nm³",
    "dm3": "dm³", "gallons": "gal",
}  # fmt: skip
# Grafana goes on to the next prefix where they grow; here they are shown as they are.
_UNSCALED = {
    "bits": "b", "decbits": "b", "kbytes": "KiB", "mbytes": "MiB", "gbytes": "GiB", "tbytes": "TiB", "pbytes": "PiB",
    "deckbytes": "kB", "decmbytes": "MB", "decgbytes": "GB", "dectbytes": "TB", "decpbytes": "PB",
    "KiBs": "KiB/s", "MiBs": "MiB/s", "GiBs": "GiB/s", "TiBs": "TiB/s", "PiBs": "PiB/s",
    "KBs": "kB/s", "MBs": "MB/s", "GBs": "GB/s", "TBs": "TB/s", "PBs": "PB/s",
    "Kibits": "Kib/s", "Mibits": "Mib/s", "Gibits": "Gib/s", "Tibits": "Tib/s", "Pibits": "Pib/s",
    "Kbits": "kb/s", "Mbits": "Mb/s", "Gbits": "Gb/s", "Tbits": "Tb/s", "Pbits": "Pb/s",
    "m": "min", "h": "h", "d": "d", "timeticks": "s/100",
    "flops": "FLOP/s", "mflops": "MFLOP/s", "gflops": "GFLOP/s", "tflops": "TFLOP/s", "pflops": "PFLOP/s",
    "eflops": "EFLOP/s", "zflops": "ZFLOP/s", "yflops": "YFLOP/s",
    "kwatt": "kW", "megwatt": "MW", "gwatt": "GW", "mwatt": "mW", "voltamp": "VA", "kvoltamp": "kVA",
    "voltampreact": "var", "kvoltampreact": "kvar", "watthperkg": "Wh/kg", "kwatth": "kWh", "kwattm": "kW min",
    "amph": "Ah", "kamph": "kAh", "mamph": "mAh", "joule": "J", "ev": "eV", "kamp": "kA", "mamp": "mA", "kvolt": "kV",
    "mvolt": "mV", "ohm": "Ω", "kohm": "kΩ", "Mohm": "MΩ", "farad": "F", "µfarad": "µF", "nfarad": "nF",
    "pfarad": "pF", "ffarad": "fF", "henry": "H", "mhenry": "mH", "µhenry": "µH", "lumens": "lm",
    "forceNm": "Nm", "forcekNm": "kNm", "forceN": "N", "forcekN": "kN",
    "Hs": "H/s", "KHs": "kH/s", "MHs": "MH/s", "GHs": "GH/s", "THs": "TH/s", "PHs": "PH/s", "EHs": "EH/s",
    "massmg": "mg", "massg": "g", "masskg": "kg", "lengthmm": "mm", "lengthkm": "km", "pressurembar": "mbar",
    "pressurekbar": "kbar", "pressurepsi": "psi", "radbq": "Bq", "radci": "Ci", "radgy": "Gy", "radrad": "rad",
    "radsv": "Sv", "radmsv": "mSv", "radusv": "µSv", "radrem": "rem", "radexpckg": "C/kg", "radr": "R",
    "radsvh": "Sv/h", "radmsvh": "mSv/h", "radusvh": "µSv/h", "mlitre": "mL",
}  # fmt: skip
_CURRENCIES = {
    "USD": "$", "GBP": "£", "EUR": "€", "JPY": "¥", "RUB": "₽", "UAH": "₴", "BRL": "R$", "DKK": "kr", "ISK": "kr",
    "NOK": "kr", "SEK": "kr", "CZK": "Kč", "BTC": "₿", "mBTC": "mBTC", "μBTC": "µBTC", "ZAR": "R", "INR": "₹",
    "KRW": "₩", "VND": "₫", "TRY": "₺",
}  # fmt: skip
_NOTATIONS = {"hex", "hex0x", "sci"}
_ID_TO_KEY = {grafana: unit for unit, ids in _KEYS.items() for grafana in ids}


def read_unit(unit_id: str) -> UnitRead:
    """The unit for an id, or for a text that Grafana shows as a suffix."""
    if unit_id in _ID_TO_KEY:
        return UnitRead(_ID_TO_KEY[unit_id])
    if unit_id in _SUFFIXES:
        return UnitRead(_SUFFIXES[unit_id])
    if unit_id in _UNSCALED:
        return _unscaled(_UNSCALED[unit_id])
    if unit_id in _NOTATIONS:
        return UnitRead("none", f"{unit_id} is a way of writing numbers that does not exist here")
    if unit_id.startswith("currency") and ":" not in unit_id:
        code = unit_id.removeprefix("currency")
        return _behind(_CURRENCIES.get(code, code))
    return _read_custom(unit_id)


def _read_custom(unit_id: str) -> UnitRead:
    """Such as `suffix:req` and `time:YYYY`; a text of no known kind is the suffix itself."""
    kind, colon, rest = unit_id.partition(":")
    if colon and kind in {"prefix", "currency"}:
        return _behind(rest)
    if colon and kind in {"si", "count"}:
        return _unscaled(rest)
    if colon and kind == "time":
        return UnitRead("dateTime", "times are written in one way here, without a format")
    if colon and kind == "bool":
        return UnitRead("bool", "the words for true and false are fixed here")
    suffix = rest if colon and kind == "suffix" else unit_id
    cut = suffix.strip()[:MAX_UNIT_CHARS]
    return UnitRead(cut or "none", None if len(suffix) <= MAX_UNIT_CHARS else "is longer than a unit may be")


def _unscaled(suffix: str) -> UnitRead:
    cut = suffix.strip()[:MAX_UNIT_CHARS]
    return UnitRead(cut or "none", f"{cut} is shown behind the number as it is, without k, M and the like")


def _behind(symbol: str) -> UnitRead:
    cut = symbol.strip()[:MAX_UNIT_CHARS]
    return UnitRead(cut or "none", f"{cut} stands behind the number here, not before it")
