"""What the programs here measure, and how they tell it: a table, and a JSON file under bench/results."""

import json
import platform
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    budget: float | None = None
    """The most that it may be."""
    least: float | None = None
    """The least that it must be, where more is better."""

    def row(self) -> str:
        verdict = ""
        if self.budget is not None:
            verdict = f"{'within' if self.value <= self.budget else 'OVER'} {self.budget:g}"
        elif self.least is not None:
            verdict = f"{'reaches' if self.value >= self.least else 'UNDER'} {self.least:g}"
        return f"{self.name:<60} {self.value:>12,.2f} {self.unit:<10} {verdict}"


def progress(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def quantile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def report(figures: list[Figure], name: str = "", **facts: object) -> None:
    """Prints the table, and writes it with what is known of the machine."""
    for figure in figures:
        print(figure.row())
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / f"{name}{time.strftime('%Y%m%dT%H%M%S')}.json"
    machine = {"python": platform.python_version(), "system": platform.platform()}
    target.write_text(json.dumps(machine | facts | {"figures": [asdict(one) for one in figures]}, indent=1))
    progress(f"written to {target}")
