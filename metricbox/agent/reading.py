"""What every part of the built-in agent gives, and how it reads the kernel's text files."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from metricbox.model import Labels


class HostSample(NamedTuple):
    """One measured value; `labels` are complete, with `instance` and `job`. The loop adds the time."""

    name: str
    labels: Labels
    value: float


class Reading(NamedTuple):
    """A value as a part gives it: labels in any order, without those that say which host it is."""

    name: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


Part = Callable[[], list[Reading]]
"""Reads one subsystem. Raises NoDataError where the system has no such numbers; other errors are failures."""


class NoDataError(Exception):
    """The system does not have these numbers. Normal, hence not logged."""


def read_text(path: Path) -> str:
    """A whole kernel file. Names in it may hold any bytes; those that are not UTF-8 become U+FFFD."""
    return path.read_bytes().decode("utf-8", "replace")


def clamp_ratio(value: float) -> float:
    return min(max(value, 0.0), 1.0)
