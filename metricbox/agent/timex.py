"""How well the system's clock is kept by NTP or PTP, by adjtimex(2): node_exporter's collector `timex`. Linux only."""

import ctypes
from typing import ClassVar

from metricbox.agent.reading import NoDataError, Reading

_LONG = ctypes.c_long
# linux/timex.h
_STA_NANO = 0x2000
_TIME_ERROR = 5
# `freq` is parts per million with 16 bits behind the point.
_FREQUENCY_UNITS = 65_536 * 1_000_000


class _Timex(ctypes.Structure):
    """struct timex of linux/timex.h; the system may write a little beyond the named fields."""

    _fields_: ClassVar = [
        ("modes", ctypes.c_uint),
        ("offset", _LONG),
        ("freq", _LONG),
        ("maxerror", _LONG),
        ("esterror", _LONG),
        ("status", ctypes.c_int),
        ("constant", _LONG),
        ("precision", _LONG),
        ("tolerance", _LONG),
        ("time_s", _LONG),
        ("time_us", _LONG),
        ("tick", _LONG),
        ("ppsfreq", _LONG),
        ("jitter", _LONG),
        ("shift", ctypes.c_int),
        ("stabil", _LONG),
        ("jitcnt", _LONG),
        ("calcnt", _LONG),
        ("errcnt", _LONG),
        ("stbcnt", _LONG),
        ("tai", ctypes.c_int),
        ("unnamed", ctypes.c_int * 11),
    ]


class TimexPart:
    """Asks the kernel; changes nothing, since `modes` is 0."""

    def __init__(self) -> None:
        library = ctypes.CDLL(None, use_errno=True)
        self._adjtimex = getattr(library, "adjtimex", None)

    def read(self) -> list[Reading]:
        timex = _Timex()
        state = -1 if self._adjtimex is None else self._adjtimex(ctypes.byref(timex))
        if state < 0:  # a sandbox may forbid the call
            raise NoDataError
        return timex_readings(timex, state)


def timex_readings(timex: _Timex, state: int) -> list[Reading]:
    """`state` is what the call answered. Small units are nano- or microseconds, as the status says."""
    unit_s = 1e-9 if timex.status & _STA_NANO else 1e-6
    values = {
        "node_timex_offset_seconds": timex.offset * unit_s,
        "node_timex_frequency_adjustment_ratio": 1 + timex.freq / _FREQUENCY_UNITS,
        "node_timex_maxerror_seconds": timex.maxerror * 1e-6,
        "node_timex_estimated_error_seconds": timex.esterror * 1e-6,
        "node_timex_status": timex.status,
        "node_timex_loop_time_constant": timex.constant,
        "node_timex_tick_seconds": timex.tick * 1e-6,
        "node_timex_tai_offset_seconds": timex.tai,
        "node_timex_sync_status": 0 if state == _TIME_ERROR else 1,
    }
    return [Reading(name, float(value)) for name, value in values.items()]
