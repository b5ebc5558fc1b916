"""Reading a document of unknown shape, and telling what of it was left out. Pure.

A value of a wrong type reads as one that is absent: Grafana itself ignores most of those, and the document is no
contract of ours.
"""

import re
import sys
from collections import Counter
from html.parser import HTMLParser
from typing import Any, NamedTuple

import re2

from metricbox.query.variable_choices import compile_regex
from metricbox.web.dashboard_files import Fault

# A person reads it; a document of 4 MB can hold a million things that are none.
MAX_FAULTS = 500
MAX_SHOWN_CHARS = 100


def record(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def records(value: Any) -> list[dict[str, Any]]:
    """Objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """Also of a text: the old graph panel keeps the ends of its axes so."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) <= sys.float_info.max else None


def whole(value: Any, low: int, high: int) -> int | None:
    """The whole number next to it, between two others."""
    found = number(value)
    return None if found is None else round(min(max(found, low), high))


def shown(value: str) -> str:
    """A text of the document inside a message."""
    return f"{value[:MAX_SHOWN_CHARS]}…" if len(value) > MAX_SHOWN_CHARS else value


class _Words(HTMLParser):
    """Collects the texts between tags, a line for each block."""

    _BLOCKS = frozenset(
        {"p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6"}
    )
    _HIDDEN = frozenset({"script", "style", "head", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = ""

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._HIDDEN and not self._hidden:
            self._hidden = tag
        if tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""
        if tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def words_of_html(html: str) -> str:
    """What a reader of the page sees of it, in paragraphs; scripts and tags are gone."""
    words = _Words()
    words.feed(html)
    words.close()
    lines = (" ".join(line.split()) for line in "".join(words.parts).splitlines())
    return "\n\n".join(line for line in lines if line)


_WITH_FLAGS = re.compile(r"/(.*)/([a-z]*)", re.DOTALL)


def compile_javascript(pattern: str) -> "re2._Regexp":
    """RE2 of a regular expression as Grafana writes it, with or without slashes. Raises ValueError."""
    return compile_regex(without_slashes(pattern))


def without_slashes(pattern: str) -> str:
    """`/a/i` as `(?i)a`."""
    match = _WITH_FLAGS.fullmatch(pattern)
    if match is None:
        return pattern
    inner, written = match.groups()
    flags = "".join(flag for flag in "ims" if flag in written)
    return f"(?{flags}){inner}" if flags else inner


class Report:
    """What was not taken over, in the order in which it was met."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._more = 0
        self._counted: Counter[tuple[str, str]] = Counter()

    def tell(self, panel: str | None, field: str, message: str) -> None:
        if len(self._faults) < MAX_FAULTS:
            self._faults.append(Fault(panel, field, message))
        else:
            self._more += 1

    def count(self, field: str, message: str) -> None:
        """For what many panels have: it is told once, with their number in front of the message."""
        self._counted[field, message] += 1

    def make(self) -> list[Fault]:
        counted = [
            Fault(None, field, f"{'1 panel' if count == 1 else f'{count} panels'} {message}")
            for (field, message), count in self._counted.items()
        ]
        more = [Fault(None, "", f"{self._more} more things could not be taken over")] if self._more else []
        return [*self._faults, *counted, *more]


class Place(NamedTuple):
    """Where in the document one is; tells the report of it."""

    report: Report
    path: str = ""
    panel: str | None = None
    """Title of the panel; None outside of one."""

    def at(self, part: str) -> "Place":
        return self._replace(path=self.join(part))

    def join(self, part: str) -> str:
        return f"{self.path}.{part}" if self.path and part else self.path or part

    def tell(self, field: str, message: str) -> None:
        self.report.tell(self.panel, self.join(field), message)
