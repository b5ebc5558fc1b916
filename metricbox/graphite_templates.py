"""What parts of a Graphite path mean: texts of the setting `graphite_templates` to a function on paths. Pure.

    servers.{host}.cpu.{cpu}.*       servers.web1.cpu.0.user  ->  servers_cpu_user{host="web1", cpu="0"}
    (collectd).{host}.**             collectd.web1.load.short ->  load_short{host="web1"}

A template is a path whose parts may hold:

    text        that text, kept in the metric's name
    *           any text, kept in the name
    {label}     any text, which becomes the value of that label
    (text) (*)  the same without parentheses, left out of the name
    **          as the last part: all further parts, at least one, kept in the name

The first template that fits a path as a whole wins; a path that fits none keeps all its parts in its name.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_PIECE = re.compile(r"\{([^{}()*.]*)\}|\(([^{}().]*)\)|(\*)|([^{}()*.]+)")
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_DIVIDER = re.compile(r"[,\s]+")
# Where texts of a part are cut, their joints stay behind: `cpu-{cpu}` leaves `cpu-`.
_JOINTS = "-_"
# A regular expression with many stars in one part takes long on texts made for it.
_MAX_STARS_IN_PART = 3


class PathMeaning(NamedTuple):
    """What a template makes of a path."""

    name_parts: tuple[str, ...]
    labels: dict[str, str]


class Template(NamedTuple):
    text: str
    pattern: re.Pattern[str]
    labels: tuple[str, ...]
    """Of the groups named l0, l1 and so on."""
    part_of_group: tuple[int, ...]
    """The part of the path to which each of the groups n0, n1 and so on belongs."""

    def read(self, path: str) -> PathMeaning | None:
        """None when the path is not of this shape."""
        match = self.pattern.fullmatch(path)
        if match is None:
            return None
        parts: dict[int, str] = {}
        for number, part in enumerate(self.part_of_group):
            parts[part] = parts.get(part, "") + match[f"n{number}"]
        names = (one.strip(_JOINTS) for text in parts.values() for one in text.split("."))
        labels = {label: match[f"l{number}"] for number, label in enumerate(self.labels)}
        return PathMeaning(tuple(filter(None, names)), labels)


class Templates(NamedTuple):
    """A setting's value. Shows as the text that it was read from."""

    templates: tuple[Template, ...] = ()

    def __str__(self) -> str:
        return ", ".join(template.text for template in self.templates)

    def read(self, path: str) -> PathMeaning:
        for template in self.templates:
            meaning = template.read(path)
            # A path whose kept parts are all empty would have no name: the next template, or none, may give it one.
            if meaning is not None and meaning.name_parts:
                return meaning
        return PathMeaning(tuple(filter(None, path.split("."))), {})


def parse_templates(text: str) -> Templates:
    """Templates, divided by commas or blanks. Raises ValueError with a sentence that names the one at fault."""
    return Templates(tuple(_parse_template(part) for part in _DIVIDER.split(text) if part))


def _parse_template(text: str) -> Template:
    try:
        return _compile(text)
    except ValueError as error:
        msg = f"template {text!r}: {error}; write it like servers.{{host}}.cpu.{{cpu}}.*"
        raise ValueError(msg) from error


def _compile(text: str) -> Template:
    patterns: list[str] = []
    labels: list[str] = []
    part_of_group: list[int] = []
    parts = text.split(".")
    for position, part in enumerate(parts):
        if part == "**":
            if position != len(parts) - 1:
                raise ValueError("** stands only at the end")
            patterns.append(rf"(?P<n{len(part_of_group)}>.+)")
            part_of_group.append(position)
            continue
        pattern = ""
        stars = 0
        for kind, content in _iter_pieces(part):
            any_text = "[^.]+" if kind == "label" or part in {"*", "(*)"} else "[^.]*"
            stars += kind == "label" or content == "*"
            if kind == "label":
                pattern += rf"(?P<l{len(labels)}>{any_text})"
                labels.append(content)
            elif kind == "dropped":
                pattern += any_text if content == "*" else re.escape(content)
            else:
                inner = any_text if content == "*" else re.escape(content)
                pattern += rf"(?P<n{len(part_of_group)}>{inner})"
                part_of_group.append(position)
        if stars > _MAX_STARS_IN_PART:
            msg = f"a part holds at most {_MAX_STARS_IN_PART} of * and {{label}}"
            raise ValueError(msg)
        patterns.append(pattern)
    if not part_of_group:
        raise ValueError("nothing is left for the metric's name")
    if len(set(labels)) != len(labels):
        raise ValueError("a label stands in it twice")
    return Template(text, re.compile(r"\.".join(patterns), re.DOTALL), tuple(labels), tuple(part_of_group))


def _iter_pieces(part: str) -> Iterator[tuple[str, str]]:
    """(kind, content) of the pieces of one part. Raises ValueError."""
    position = 0
    was_open = False
    while position < len(part):
        match = _PIECE.match(part, position)
        if match is None:
            msg = f"{part[position:]!r} is not to be understood"
            raise ValueError(msg)
        position = match.end()
        label, dropped, star, literal = match.groups()
        is_open = label is not None or star is not None or dropped == "*"
        if is_open and was_open:
            raise ValueError("between two of * and {label} there must be a text")
        was_open = is_open
        if label is not None:
            if not _LABEL.fullmatch(label):
                msg = f"{label!r} is not a label; it holds letters, digits and _"
                raise ValueError(msg)
            yield "label", label
        elif dropped is not None:
            if not dropped or ("*" in dropped and dropped != "*"):
                raise ValueError("( ) hold a text, or * alone")
            yield "dropped", dropped
        else:
            yield "kept", star or literal
    if not position:
        raise ValueError("a part is empty")
