"""CPU time and the rest of /proc/stat: node_exporter's collectors `cpu` and `stat`.

The kernel counts in ticks; the values here are seconds. Runs in the collecting thread only.
"""

from collections.abc import Sequence
from pathlib import Path

from metricbox.agent.reading import Reading, clamp_ratio, read_text

# The columns of a cpu line, in order. guest and guest_nice follow; they are inside user and nice already.
MODES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_IDLE = MODES.index("idle")
_IOWAIT = MODES.index("iowait")

# node_exporter's figure (collector/cpu_linux.go): idle time that falls by this much means that the CPU was
# taken out and put back; less is the kernel's own inexactness and must not look like a counter reset.
_REPLUG_S = 3

_STAT_FIELDS = {
    "intr": "node_intr_total",
    "ctxt": "node_context_switches_total",
    "processes": "node_forks_total",
    "btime": "node_boot_time_seconds",
    "procs_running": "node_procs_running",
    "procs_blocked": "node_procs_blocked",
}


class CpuPart:
    """CPU seconds by CPU and mode, and how busy all CPUs were together since the last call.

    The counters never fall but for a CPU that was plugged in again.
    """

    def __init__(self, proc_root: Path, ticks_per_s: int) -> None:
        self._stat = proc_root / "stat"
        self._guest_ticks: dict[str, list[int]] = {}
        self._ticks_per_s = ticks_per_s
        self._ticks: dict[str, list[int]] = {}
        self._busy = BusyRatio()

    def read(self) -> list[Reading]:
        readings = []
        ticks: dict[str, list[int]] = {}
        for line in read_text(self._stat).splitlines():
            if not line.startswith("cpu"):
                break  # the cpu lines come first; the interrupt line after them is long
            name, *columns = line.split()
            counted = [int(column) for column in columns[: len(MODES)]]
            if name == "cpu":
                idle = counted[_IDLE] + sum(counted[_IOWAIT : _IOWAIT + 1])
                readings += self._busy.read(busy=sum(counted) - idle, total=sum(counted))
                continue
            cpu = name.removeprefix("cpu")
            ticks[cpu] = _hold(self._ticks.get(cpu), counted, self._ticks_per_s * _REPLUG_S)
            readings += cpu_readings(cpu, [count / self._ticks_per_s for count in ticks[cpu]])
            readings += self._read_guest(cpu, [int(column) for column in columns[len(MODES) :][:2]])
        if not ticks:
            msg = f"{self._stat} has no cpu lines"
            raise ValueError(msg)
        self._ticks = ticks
        return readings

    def _read_guest(self, cpu: str, counted: list[int]) -> list[Reading]:
        """Time of virtual machines, which is inside `user` and `nice` as well."""
        last = self._guest_ticks.get(cpu, counted)
        self._guest_ticks[cpu] = [max(pair) for pair in zip(last, counted, strict=False)]
        return [
            Reading("node_cpu_guest_seconds_total", ticks / self._ticks_per_s, (("cpu", cpu), ("mode", mode)))
            for mode, ticks in zip(("user", "nice"), self._guest_ticks[cpu], strict=False)
        ]


class BusyRatio:
    """How busy all CPUs were between two calls. Waiting for a disk counts as idle, as in top."""

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None

    def read(self, busy: float, total: float) -> list[Reading]:
        """`busy` and `total` grow, in any one unit. The first call gives nothing."""
        last, self._last = self._last, (busy, total)
        if last is None or total <= last[1]:
            return []
        ratio = (busy - last[0]) / (total - last[1])
        return [Reading("metricbox_host_cpu_busy_ratio", clamp_ratio(ratio))]


def cpu_readings(cpu: str, seconds: Sequence[float]) -> list[Reading]:
    """`seconds` by mode, in the order of MODES."""
    return [
        Reading("node_cpu_seconds_total", value, (("cpu", cpu), ("mode", mode)))
        for mode, value in zip(MODES, seconds, strict=False)
    ]


def read_stat(proc_root: Path) -> list[Reading]:
    readings = []
    for line in read_text(proc_root / "stat").splitlines():
        field, _, rest = line.partition(" ")
        name = _STAT_FIELDS.get(field)
        if name:
            readings.append(Reading(name, float(rest.split(" ", 1)[0])))
    return readings


def _hold(last: list[int] | None, counted: list[int], replug_ticks: int) -> list[int]:
    """`counted`, where no column is less than in `last`."""
    if last is None or len(last) != len(counted) or last[_IDLE] - counted[_IDLE] >= replug_ticks:
        return counted
    return [max(pair) for pair in zip(last, counted, strict=True)]
