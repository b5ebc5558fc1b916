"""Names of metrics in their order, and the tree that they make, split after `_`, `.`, `:` and `/`.

    node_cpu_seconds                children of ""       node_ (3)   up
    node_load1                      children of node_    node_cpu_seconds   node_load1   node_load15
    node_load15
    up

A branch goes on to where its names part, and one with a single name is that name, so that each level is a choice.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

_SEPARATOR = re.compile(r"[_.:/]")
# Above everything that a name may hold.
_LAST = "\U0010ffff"


class Branch(NamedTuple):
    prefix: str
    metric_count: int
    """Metrics whose name begins so; 1 is a metric of this very name."""
    is_metric: bool


class MetricNames:
    """The names of a mapping that only grows. Not thread-safe; what it returns may be kept and is not changed."""

    def __init__(self, source: Mapping[str, object]) -> None:
        self._source = source
        self._names: Sequence[str] = ()
        self._folded: Sequence[str] = ()

    def ordered(self) -> Sequence[str]:
        if len(self._names) != len(self._source):
            self._names = sorted(self._source)
            self._folded = [name.casefold() for name in self._names]
        return self._names

    def search(self, text: str) -> list[str]:
        """Names that hold `text` in any case: the one that is it first, then those that begin so, then the others."""
        names, needle = self.ordered(), text.casefold()
        if not needle:
            return list(names)
        found: tuple[list[str], list[str], list[str]] = ([], [], [])
        for name, folded in zip(names, self._folded, strict=True):
            if needle in folded:
                found[0 if name == text else 1 if folded.startswith(needle) else 2].append(name)
        return [*found[0], *found[1], *found[2]]


def branches(names: Sequence[str], prefix: str) -> Iterator[Branch]:
    """What follows `prefix`, in order. `names` are sorted; the cost follows the branches and not the names in them."""
    at, end = bisect_left(names, prefix), bisect_left(names, prefix + _LAST)
    while at < end:
        name = names[at]
        separator = _SEPARATOR.search(name, len(prefix))
        if separator is None:
            yield Branch(name, 1, is_metric=True)
            at += 1
            continue
        branch = name[: separator.end()]
        after = bisect_left(names, branch + _LAST, at, end)
        if after - at == 1:
            yield Branch(name, 1, is_metric=True)
        else:
            # The first and the last share what all between them share.
            yield Branch(_shared_parts(name, names[after - 1]), after - at, is_metric=False)
        at = after


def _shared_parts(first: str, last: str) -> str:
    """What both begin with, up to the last separator in it, which is there."""
    length = next(
        (at for at, (left, right) in enumerate(zip(first, last, strict=False)) if left != right), len(first)
    )
    return first[: max(match.end() for match in _SEPARATOR.finditer(first, 0, length))]
