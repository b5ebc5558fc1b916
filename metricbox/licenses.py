"""`metricbox licenses`: what metricbox is made of, and under which terms.

Worked out from the metadata of what is installed; the executable carries the result as a file, since it holds more:
the interpreter and libraries of the system it was built on.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from metricbox.errors import UsageError

DISTRIBUTION = "metricbox"
FILE_NAME = "licenses.gen.json"
_PACKAGE = Path(__file__).parent
_LICENCE_FILE = re.compile(r"(?:licen[cs]e|copying|notice|copyright)[^/]*$", re.IGNORECASE)
_REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^]]*)\])?")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")
_CLASSIFIER = "License :: "
_MAX_NAME_CHARS = 60


class Licence(NamedTuple):
    """Of one part. `text` holds its licence files, one after the other; empty when it came without."""

    name: str
    version: str
    terms: str
    """An SPDX expression where the part has one, or what it says instead."""
    text: str


def list_licences() -> list[Licence]:
    """Every part, by name: as the executable was built, else as installed here."""
    built = _PACKAGE / FILE_NAME
    if built.is_file():
        return load_licences(built)
    return collect_licences(metadata.requires(DISTRIBUTION) or ())


def find_licence(name: str) -> Licence:
    """Raises UsageError naming the parts when there is none of that name."""
    licences = list_licences()
    for licence in licences:
        if _canonical(licence.name) == _canonical(name):
            return licence
    raise UsageError(f"no part is called {name}; `metricbox licenses` lists them")


def load_licences(path: Path) -> list[Licence]:
    return [Licence(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def save_licences(path: Path, licences: Iterable[Licence]) -> None:
    rows = [licence._asdict() for licence in _sort(licences)]
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def collect_licences(requirements: Sequence[str]) -> list[Licence]:
    """Of the distributions that `requirements` ask for, of what those need, and of the browser's libraries."""
    needed = list_needed(requirements)
    return _sort([*(_of_distribution(one) for one in needed.values()), *_iter_vendored(_PACKAGE / "web")])


def _sort(licences: Iterable[Licence]) -> list[Licence]:
    return sorted(licences, key=lambda licence: licence.name.lower())


def list_needed(requirements: Sequence[str]) -> dict[str, metadata.Distribution]:
    """Installed distributions that `requirements` (as in pyproject.toml) lead to, by canonical name.

    What is not installed is left out: requirements for other systems are not.
    """
    needed: dict[str, metadata.Distribution] = {}
    waiting = list(_iter_requirements(requirements, frozenset()))
    seen = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        needed[name] = distribution
        waiting.extend(_iter_requirements(distribution.requires or (), extras))
    return dict(sorted(needed.items()))


def _iter_requirements(lines: Iterable[str], extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for line in lines:
        asked, _, marker = line.partition(";")
        wanted = _EXTRA.findall(marker)
        match = _REQUIREMENT.match(asked.strip())
        if match and (not wanted or extras.intersection(wanted)):
            names = (match[2] or "").split(",")
            yield _canonical(match[1]), frozenset(name.strip() for name in names if name.strip())


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _of_distribution(distribution: metadata.Distribution) -> Licence:
    files = [file for file in distribution.files or () if _LICENCE_FILE.search(file.as_posix())]
    texts = [
        Path(str(distribution.locate_file(file))).read_text(encoding="utf-8", errors="replace")
        for file in files
        if ".dist-info/" in file.as_posix()
    ]
    return Licence(
        distribution.metadata["Name"], distribution.version, _terms_of(distribution.metadata), _join(texts)
    )


def _terms_of(fields: Mapping[str, str] | metadata.PackageMetadata) -> str:
    expression = fields.get("License-Expression")  # type: ignore[union-attr]
    if expression:
        return str(expression)
    given = str(fields.get("License") or "")  # type: ignore[union-attr]
    if 0 < len(given) <= _MAX_NAME_CHARS and "\n" not in given:
        return given
    classifiers = fields.get_all("Classifier") or ()  # type: ignore[union-attr]
    names = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith(_CLASSIFIER)]
    return ", ".join(name for name in names if name != "OSI Approved") or "see its text"


def _iter_vendored(web: Path) -> Iterator[Licence]:
    """Libraries of the browser, as vendor.toml lists them."""
    for package in tomllib.loads((web / "vendor.toml").read_text(encoding="utf-8"))["package"]:
        files = [web / file["to"] for file in package["file"]]
        texts = [path.read_text(encoding="utf-8") for path in files if _LICENCE_FILE.search(path.name)]
        yield Licence(package["name"], package["version"], package["licence"], _join(texts))


def _join(texts: Iterable[str]) -> str:
    # Some parts carry the same text several times.
    return "\n\n".join(dict.fromkeys(text.strip() for text in texts))
