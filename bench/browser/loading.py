"""The first visit: nothing is in any cache."""

import statistics

from bench.browser.chromium import Chromium, Visit
from bench.figures import Figure, quantile

FIRST_CHART_MS = 1000
TRANSFER_KB = 350


def measure_loading(chromium: Chromium, runs: int) -> list[Figure]:
    times_ms = [first_chart_ms(chromium) for _ in range(runs)]
    requests, transferred = transfer(chromium)
    return [
        Figure("first chart from a cold cache: median", statistics.median(times_ms), "ms", FIRST_CHART_MS),
        Figure("first chart from a cold cache: p95", quantile(times_ms, 0.95), "ms", FIRST_CHART_MS),
        Figure("first visit of a dashboard: requests", requests, ""),
        Figure("first visit of a dashboard: transferred", transferred / 1024, "KB", TRANSFER_KB),
    ]


def first_chart_ms(chromium: Chromium) -> float:
    """From the start of the navigation to the end of the frame with the first line in it."""
    with chromium.visit() as visit:
        visit.open("first")
        return float(visit.page.evaluate("bench.firstDrawnMs"))


def transfer(chromium: Chromium) -> tuple[int, int]:
    """Requests and bytes as they went over the wire, with headers, until nothing is asked for any more."""
    with chromium.visit() as visit:
        sizes = count_bytes(visit)
        visit.open("first")
        visit.page.wait_for_load_state("networkidle")
        return len(sizes), sum(sizes)


def count_bytes(visit: Visit) -> list[int]:
    sizes: list[int] = []
    visit.cdp.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    visit.cdp.send("Network.enable")
    return sizes
