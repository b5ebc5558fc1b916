"""Metrics that other programs leave in files: node_exporter's collector `textfile`.

A file is read whole or not at all: whoever writes it should write another one and rename it.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from metricbox.agent.reading import Reading, move_target_labels
from metricbox.agent.remote.exposition import TextSample, read_text_samples

MAX_FILES = 200
MAX_FILE_BYTES = 2 * 2**20
MAX_SAMPLES = 20_000

_Read = Callable[[Path], list[TextSample]]

_log = logging.getLogger(__name__)


class TextfilePart:
    """All `*.prom` of a folder.

    A fault is logged when it is new, and node_textfile_scrape_error says 1 while it lasts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._faults: dict[str, str] = {}

    def read(self) -> list[Reading]:
        faults: dict[str, str] = {}
        found: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
        times: list[Reading] = []
        try:
            paths = sorted(path for path in self._folder.iterdir() if path.name.endswith(".prom"))
        except OSError as error:
            paths = []
            faults[str(self._folder)] = error.strerror or str(error)
        if len(paths) > MAX_FILES:
            faults[str(self._folder)] = f"it has {len(paths)} files, {MAX_FILES} are read"
        for path in paths[:MAX_FILES]:
            try:
                samples, modified_s = _read_file(path, MAX_SAMPLES - len(found))
            except (OSError, ValueError) as error:
                faults[path.name] = (isinstance(error, OSError) and error.strerror) or str(error)
                continue
            fault = _merge(found, samples)
            if fault:
                faults[path.name] = fault
            times.append(Reading("node_textfile_mtime_seconds", modified_s, (("file", str(path)),)))
        self._report(faults)
        return [
            *(Reading(name, value, labels) for (name, labels), value in found.items()),
            *times,
            Reading("node_textfile_scrape_error", float(bool(faults))),
        ]

    def _report(self, faults: dict[str, str]) -> None:
        for name, fault in faults.items():
            if self._faults.get(name) != fault:
                _log.warning("textfile %s: %s", name, fault)
        self._faults = faults


def _read_file(path: Path, max_samples: int) -> tuple[list[TextSample], float]:
    with path.open("rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
        modified_s = path.stat().st_mtime
    if len(data) > MAX_FILE_BYTES:
        raise ValueError(f"it is larger than {MAX_FILE_BYTES} bytes")
    samples = list(read_text_samples(data.decode("utf-8", "replace"), max_samples=max_samples))
    if any(sample.ts_ms is not None for sample in samples):
        raise ValueError("it has time stamps, which files must not have: they would be old at once")
    return samples, modified_s


def _merge(
    found: dict[tuple[str, tuple[tuple[str, str], ...]], float], samples: list[TextSample]
) -> str | None:
    """Add what is new. Of one series in two places the first counts; the answer names one."""
    fault = None
    for sample in samples:
        key = (sample.name, tuple(sorted(move_target_labels(sample.labels))))
        if key in found:
            fault = f"{sample.name} stands there twice, or in another file, with the same labels"
        else:
            found[key] = sample.value
    return fault
