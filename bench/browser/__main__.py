"""`python -m bench.browser`: what a person waits for, in headless Chromium on a real server with generated data.

Server, browser and this program share the cores, and there is no GPU: other work on the machine shows in every figure.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.browser.actions import measure_actions
from bench.browser.chromium import Chromium, launch
from bench.browser.drawing import measure_big, measure_crosshair, measure_refresh
from bench.browser.loading import measure_loading
from bench.browser.long_page import measure_heap, measure_hundred
from bench.browser.world import Sender, fill
from bench.figures import Figure, progress, report
from bench.server import BenchServer


@dataclass(frozen=True)
class Size:
    loads: int
    actions: int
    refresh_s: int
    refreshes: int


FULL = Size(loads=12, actions=20, refresh_s=20, refreshes=1000)
QUICK = Size(loads=4, actions=6, refresh_s=6, refreshes=120)

PARTS: dict[str, Callable[[Chromium, Size], list[Figure]]] = {
    "loading": lambda chromium, size: measure_loading(chromium, size.loads),
    "actions": lambda chromium, size: measure_actions(chromium, size.actions),
    "refresh": lambda chromium, size: measure_refresh(chromium, size.refresh_s),
    "crosshair": lambda chromium, _: measure_crosshair(chromium),
    "big": lambda chromium, _: measure_big(chromium),
    "hundred": lambda chromium, _: measure_hundred(chromium),
    "heap": lambda chromium, size: measure_heap(chromium, size.refreshes),
}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.browser", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--profile", action="store_true", help="tell which functions take the time as well")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; parts are {', '.join(PARTS)}")
    size = QUICK if options.quick else FULL
    figures: list[Figure] = []
    with (
        tempfile.TemporaryDirectory(prefix="metricbox-bench-") as folder,
        BenchServer(Path(folder) / "data", "--no-agent") as server,
        launch() as browser,
    ):
        progress("loading data")
        fill(server, time.time_ns() // 1_000_000)
        load_before = os.getloadavg()[0]
        with Sender(server):
            chromium = Chromium(browser, server, is_profiled=options.profile)
            try:
                for name in options.parts or PARTS:
                    progress(f"== {name}")
                    figures += PARTS[name](chromium, size)
            finally:
                # What was measured before a part failed is worth having as well.
                load = [load_before, os.getloadavg()[0]]
                report(figures, "browser-", quick=options.quick, chromium=browser.version, load=load)
    return 0


if __name__ == "__main__":
    sys.exit(main())
