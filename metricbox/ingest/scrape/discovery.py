"""Targets from files, as Prometheus's file-based discovery reads them: JSON or YAML, read again when they change.

    [{"targets": ["web1:9100", "web2:9100"], "labels": {"env": "prod"}}]

A file that cannot be read, as one that is just being written, leaves its last good content in force and is told of
on the page. Blocks on the disk: called in a thread, one call at a time.
"""

import glob
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from metricbox.ingest.scrape.targets import FoundAddress
from metricbox.scrape_settings import ScrapeJob, check_labels

MAX_FILE_BYTES = 16 * 2**20
_YAML_SUFFIXES = (".yml", ".yaml")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Discovered(NamedTuple):
    """What there is for one job now."""

    addresses: tuple[FoundAddress, ...]
    faults: tuple[str, ...]
    """Sentences, each about one file."""


class _File(NamedTuple):
    stamp: tuple[int, int, int]
    """Of the file as it was read: time of change, size, inode."""
    addresses: tuple[FoundAddress, ...]
    fault: str


class Discovery:
    """The addresses of one job. `read` costs a look at each file while none of them changes."""

    def __init__(self, job: ScrapeJob) -> None:
        self._job = job
        self._static = tuple(FoundAddress(address, {}) for address in job.targets)
        self._files: dict[str, _File] = {}

    @property
    def has_files(self) -> bool:
        return bool(self._job.files)

    def read(self) -> Discovered:
        names = sorted({name for pattern in self._job.files for name in _expand(pattern)})
        self._files = {name: self._look_at(name) for name in names}
        faults = [f"{name}: {file.fault}" for name, file in self._files.items() if file.fault]
        faults += [
            f"{pattern}: there is no such file"
            for pattern in self._job.files
            if not glob.has_magic(pattern) and pattern not in self._files
        ]
        found = [*self._static, *(one for file in self._files.values() for one in file.addresses)]
        return Discovered(tuple(found), tuple(faults))

    def _look_at(self, name: str) -> _File:
        known = self._files.get(name)
        try:
            status = Path(name).stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if known is not None and known.stamp == stamp:
                return known
            return _File(stamp, tuple(_read_file(Path(name), status.st_size)), "")
        except OSError as error:
            fault = f"cannot be read: {error.strerror}"
        except ValueError as error:
            return _File(stamp, known.addresses if known else (), str(error))
        return _File((0, 0, 0), known.addresses if known else (), fault)


def _expand(pattern: str) -> list[str]:
    # Path.glob takes no absolute pattern.
    return glob.glob(pattern, recursive=True)  # noqa: PTH207


def _read_file(path: Path, size_bytes: int) -> Iterator[FoundAddress]:
    """Raises ValueError with the end of a sentence, and OSError."""
    if size_bytes > MAX_FILE_BYTES:
        raise ValueError(f"is larger than {MAX_FILE_BYTES} bytes")
    groups = _parse(path, path.read_bytes())
    if groups is None:  # an empty YAML file
        return
    if not isinstance(groups, list):
        raise ValueError("must hold a list of {targets, labels}")  # noqa: TRY004 - a file is at fault
    for number, group in enumerate(groups):
        try:
            yield from _read_group(path, group)
        except ValueError as error:
            raise ValueError(f"entry {number}: {error}") from error


def _parse(path: Path, content: bytes) -> Any:
    try:
        if path.suffix.lower() in _YAML_SUFFIXES:
            return yaml.load(content, _LOADER)  # noqa: S506 - a safe loader
        return json.loads(content)
    except (yaml.YAMLError, json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        kind = "YAML" if path.suffix.lower() in _YAML_SUFFIXES else "JSON (YAML files end in .yml)"
        raise ValueError(f"is not {kind}: {' '.join(str(error).split())[:200]}") from error


def _read_group(path: Path, group: Any) -> list[FoundAddress]:
    if not isinstance(group, Mapping):
        raise ValueError("must be {targets, labels}")  # noqa: TRY004 - a file is at fault
    unknown = sorted(str(name) for name in group if name not in {"targets", "labels"})
    if unknown:
        raise ValueError(f"{unknown[0][:60]!r} is neither targets nor labels")
    targets = group.get("targets") or []
    if not _is_texts(targets):
        raise ValueError("targets must be a list of texts, as in web1:9100")
    labels = group.get("labels") or {}
    if not isinstance(labels, Mapping) or not _is_texts([*labels, *labels.values()]):
        raise ValueError("labels must be texts; put quotes around numbers")
    check_labels(labels)
    return [FoundAddress(target, {"__meta_filepath": str(path), **labels}) for target in targets]


def _is_texts(values: Any) -> bool:
    is_list = isinstance(values, Sequence) and not isinstance(values, str | bytes)
    return is_list and all(isinstance(one, str) for one in values)
