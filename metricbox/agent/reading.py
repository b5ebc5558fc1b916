"""What every part of the agents gives, and how it reads the kernel's text files.

The agent on other machines must stay small, so that nothing here needs more than the standard library: `make_labels`
is that of model.py, which needs numpy.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

Labels = tuple[tuple[str, str], ...]
"""Label pairs sorted by name, without empty values."""

TARGET_LABELS = ("instance", "job")


class HostSample(NamedTuple):
    """One measured value; `labels` are complete, with `instance` and `job`."""

    name: str
    labels: Labels
    value: float
    ts_ms: int | None = None
    """When it was measured, where its source says so; None is the time of the tick."""


class Reading(NamedTuple):
    """A value as a part gives it: labels in any order, without those that say which host it is."""

    name: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


Part = Callable[[], list[Reading]]
"""Reads one subsystem. Raises NoDataError where the system has no such numbers; other errors are failures."""


class NoDataError(Exception):
    """The system does not have these numbers. Normal, hence not logged."""


def make_labels(pairs: Iterable[tuple[str, str]]) -> Labels:
    """Canonical labels: sorted by name, empty values dropped. Names must be unique."""
    return tuple(sorted((name, value) for name, value in pairs if value))


def move_target_labels(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """What is called as the labels of a target becomes exported_…, as when Prometheus scrapes."""
    return tuple((f"exported_{name}" if name in TARGET_LABELS else name, value) for name, value in pairs)


def read_text(path: Path) -> str:
    """A whole kernel file. Names in it may hold any bytes; those that are not UTF-8 become U+FFFD."""
    return path.read_bytes().decode("utf-8", "replace")


def find_text(path: Path) -> str | None:
    """A file of one value, without the end of its line; None where the kernel or a driver does not give it."""
    try:
        return read_text(path).strip()
    except OSError:
        return None


def clamp_ratio(value: float) -> float:
    return min(max(value, 0.0), 1.0)
