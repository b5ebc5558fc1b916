"""`label_replace` and `label_join`: labels made of labels. Loops over rows, never over samples.

Patterns are RE2, the template is Go's: `$1`, `${1}`, `$name`, `${name}`, and `$$` for a dollar.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import re2

from metricbox.errors import EvaluationError
from metricbox.model import Labels, make_labels
from metricbox.query.promql.values import Matrix, merge_equal

# Prometheus 2.42's rule, narrower than that of stored labels: what a query names anew stays portable.
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
# Go reads numbers of a template up to nine digits; a longer one is a name, which no group has.
_MAX_GROUP_DIGITS = 9
_QUIET = re2.Options()
_QUIET.log_errors = False


def label_replace(matrix: Matrix, target: str, template: str, source: str, pattern: str) -> Matrix:
    """Where `pattern` matches the whole value of `source`, `target` becomes `template` filled in; empty removes it."""
    try:
        # Joined as text, like Prometheus does: the same patterns are accepted.
        compiled = re2.compile(f"^(?:{pattern})$", _QUIET)
    except (re2.error, UnicodeEncodeError):
        raise EvaluationError.of_query(f"invalid regular expression in label_replace(): {pattern}") from None
    _check_name(target, "destination", "label_replace")
    pieces = _parse_template(template, compiled.groups, compiled.groupindex)
    results: dict[str, str | None] = {}

    def replaced(labels: dict[str, str]) -> str | None:
        value = labels.get(source, "")
        if value not in results:
            match = compiled.search(value)
            results[value] = None if match is None else _expand(pieces, match.group)
        return results[value]

    return _with_label(matrix, target, replaced)


def label_join(matrix: Matrix, target: str, separator: str, sources: Sequence[str]) -> Matrix:
    """`target` becomes the values of `sources`, joined; an empty result removes it."""
    for source in sources:
        _check_name(source, "source", "label_join")
    _check_name(target, "destination", "label_join")
    return _with_label(
        matrix, target, lambda labels: separator.join(labels.get(source, "") for source in sources)
    )


def _with_label(matrix: Matrix, target: str, value_of: Callable[[dict[str, str]], str | None]) -> Matrix:
    """`target` set in each row to what `value_of` makes of its labels; None leaves the row as it is."""

    def changed(labels: Labels) -> Labels:
        by_name = dict(labels)
        value = value_of(by_name)
        if value is None:
            return labels
        by_name[target] = value
        return make_labels(by_name.items())

    return merge_equal(matrix._replace(labels=[changed(labels) for labels in matrix.labels]))


def _check_name(name: str, role: str, function: str) -> None:
    if not _LABEL_NAME.fullmatch(name):
        raise EvaluationError.of_query(f"invalid {role} label name in {function}(): {name}")


# ---- the template


class _Group(NamedTuple):
    """A place for what the group matched."""

    number: int


def _parse_template(template: str, groups: int, group_of_name: dict[str, int]) -> list[str | _Group]:
    """Texts and groups in order. A reference to no group is nothing; a `$` that begins no reference is itself."""
    pieces: list[str | _Group] = []
    position = 0
    while True:
        dollar = template.find("$", position)
        if dollar < 0:
            pieces.append(template[position:])
            return pieces
        pieces.append(template[position:dollar])
        position = dollar + 1
        if template.startswith("$", position):
            pieces.append("$")
            position += 1
            continue
        found = _find_reference(template, position)
        if found is None:
            pieces.append("$")
            continue
        name, position = found
        number = int(name) if _is_number(name) else group_of_name.get(name)
        if number is not None and number <= groups:
            pieces.append(_Group(number))


def _find_reference(template: str, position: int) -> tuple[str, int] | None:
    """The name, with or without braces, that stands there, and where it ends."""
    is_braced = template.startswith("{", position)
    start = end = position + is_braced
    while end < len(template) and _is_name_char(template[end]):
        end += 1
    if end == start:
        return None
    if not is_braced:
        return template[start:end], end
    return (template[start:end], end + 1) if template.startswith("}", end) else None


def _is_name_char(char: str) -> bool:
    # Go's letters and decimal digits; isalnum would take other numerals as well.
    return char == "_" or char.isalpha() or char.isdecimal()


def _is_number(name: str) -> bool:
    has_leading_zero = name.startswith("0") and name != "0"
    return name.isascii() and name.isdecimal() and not has_leading_zero and len(name) <= _MAX_GROUP_DIGITS


def _expand(pieces: Sequence[str | _Group], group: Callable[[int], str | None]) -> str:
    return "".join(piece if isinstance(piece, str) else group(piece.number) or "" for piece in pieces)
