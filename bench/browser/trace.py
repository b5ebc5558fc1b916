"""What a trace of Chromium says about a page's main thread."""

import json
from typing import Any, NamedTuple

CATEGORIES = ["toplevel", "disabled-by-default-devtools.timeline", "blink.user_timing"]


class MainThread(NamedTuple):
    tasks_ms: list[float]
    """CPU time of each: waiting for a core is not its doing."""

    @property
    def total_ms(self) -> float:
        return sum(self.tasks_ms)

    @property
    def longest_ms(self) -> float:
        return max(self.tasks_ms, default=0)


def read_trace(content: bytes) -> MainThread:
    """The tasks of the renderer that worked most: other pages are empty."""
    events: list[dict[str, Any]] = json.loads(content)["traceEvents"]
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for event in events:
        key = (event["pid"], event["tid"])
        if event["name"] == "RunTask" and event.get("ph") == "X" and key in threads:
            tasks.setdefault(key, []).append(event)
    busiest = max(tasks.values(), key=lambda own: sum(task["dur"] for task in own), default=[])
    # A task without CPU time of its own was too short for the clock, or the trace ended in it.
    return MainThread([task.get("tdur", 0) / 1000 for task in busiest])


def busiest_functions(profile: dict[str, Any], count: int = 12) -> list[tuple[str, float]]:
    """Functions of a CPU profile with the time that went to each itself, most first."""
    nodes = {node["id"]: node["callFrame"] for node in profile["nodes"]}
    spent_ms: dict[str, float] = {}
    for node_id, delta_us in zip(profile["samples"], profile["timeDeltas"], strict=True):
        frame = nodes[node_id]
        file = frame["url"].rsplit("/", 1)[-1]
        name = (
            f"{frame['functionName'] or '(anonymous)'} {file}:{frame['lineNumber'] + 1}"
            if file
            else frame["functionName"]
        )
        spent_ms[name] = spent_ms.get(name, 0) + delta_us / 1000
    return sorted(spent_ms.items(), key=lambda item: -item[1])[:count]
