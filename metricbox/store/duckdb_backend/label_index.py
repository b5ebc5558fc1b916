"""Which series of a metric have which value of a label. In memory, built when it is asked for, extended as series come.

A matcher that does not match the empty text is answered by the values themselves, of which there are mostly fewer than
series, and for equality by one look. Not thread-safe: the catalogue's lock is held.
"""

from collections.abc import Iterable, Sequence

from metricbox.model import Series
from metricbox.store.contract import Matcher, MatchOp
from metricbox.store.duckdb_backend.matching import compile_pattern, literals_of

# Below this a walk over all series takes no longer than the index.
LEAST_SERIES = 500


class LabelIndex:
    def __init__(self) -> None:
        self._places: dict[str, dict[str, list[int]]] = {}
        self._indexed: dict[str, int] = {}
        """Label -> how many of the series are in its index."""

    def narrow(self, series: Sequence[Series], matchers: Sequence[Matcher]) -> Sequence[Series]:
        """Series among which all that meet the matchers are, in their order; not each of them has to meet them."""
        best: list[int] | None = None
        for matcher in matchers:
            found = self._find(series, matcher)
            if found is not None and (best is None or len(found) < len(best)):
                best = found
        return series if best is None else [series[place] for place in best]

    def _find(self, series: Sequence[Series], matcher: Matcher) -> list[int] | None:
        """Places of the series that meet the matcher; None when the index does not help."""
        label, op, value = matcher
        if op is MatchOp.EQUAL and value:
            return self._of_label(series, label).get(value, [])
        if op is not MatchOp.REGEX:
            return None
        literals = literals_of(value)
        if literals is not None:
            by_value = self._of_label(series, label)
            return _join(by_value.get(one, []) for one in literals)
        matches = compile_pattern(value, f"the pattern of {label}")
        if matches(""):
            return None
        return _join(places for one, places in self._of_label(series, label).items() if matches(one))

    def _of_label(self, series: Sequence[Series], label: str) -> dict[str, list[int]]:
        by_value = self._places.setdefault(label, {})
        known = self._indexed.get(label, 0)
        # `series` only grows, and may do so while this runs.
        count = len(series)
        for place in range(known, count):
            value = series[place].labels.get(label)
            if value:
                by_value.setdefault(value, []).append(place)
        self._indexed[label] = count
        return by_value


def _join(parts: Iterable[list[int]]) -> list[int]:
    return sorted(place for part in parts for place in part)
