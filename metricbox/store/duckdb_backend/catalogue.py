"""The catalogue of metrics and series: which series exist, under which id, with which labels.

Metric names are kept in memory; the series of a metric are loaded when they are first needed and forgotten again
when too many are held, so that neither starting nor resting memory grows with the number of series (influxdb#3668).
Rows are written by the writer thread alone; everybody may read.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import duckdb
import numpy as np
from cachetools import LRUCache

from metricbox.errors import NotFoundError
from metricbox.model import Int64Array, Series, SeriesKey, labels_from_json, labels_to_json
from metricbox.store.contract import (
    METRIC_LIMIT_REACHED,
    NO_CAPS,
    SERIES_LIMIT_REACHED,
    TOKEN_LIMIT_REACHED,
    Matcher,
    MetricBranch,
    MetricBranchPage,
    MetricDefinition,
    MetricDetails,
    MetricOrder,
    MetricPage,
    SeriesCaps,
)
from metricbox.store.duckdb_backend.database import transaction
from metricbox.store.duckdb_backend.label_index import LEAST_SERIES, LabelIndex
from metricbox.store.duckdb_backend.matching import compile_matcher
from metricbox.store.metric_names import MetricNames, branches

# A loaded series costs about 700 bytes, so this bounds the catalogue to some 140 MB; a single metric with more
# series than that is held alone while it is in use.
MAX_LOADED_SERIES = 200_000


@dataclass(slots=True)
class _Metric:
    metric_id: int
    name: str
    type: str = "unknown"
    unit: str = ""
    description: str = ""
    series_count: int = 0

    def define(self) -> MetricDefinition:
        return MetricDefinition(self.name, self.type, self.unit, self.description, self.series_count)

    def find_news(self, details: MetricDetails) -> MetricDetails:
        """Of `details` what is not known yet."""
        return MetricDetails(
            details.type if self.type == "unknown" and details.type != "unknown" else None,
            None if self.unit else details.unit or None,
            None if self.description else details.description or None,
        )


@dataclass(slots=True)
class _SeriesSet:
    """All series of one metric. `series` only grows, so that a reader may walk it while the writer appends."""

    ids_by_labels: dict[str, int] = field(default_factory=dict)
    series: list[Series] = field(default_factory=list)
    index: LabelIndex = field(default_factory=LabelIndex)


_NO_DETAILS = MetricDetails()


def _set_size(series_set: _SeriesSet) -> int:
    # An LRUCache refuses an item larger than itself: one huge metric must still fit, alone.
    return min(len(series_set.series) + 1, MAX_LOADED_SERIES)


class Catalogue:
    def __init__(self, make_cursor: Callable[[], duckdb.DuckDBPyConnection], max_series: int) -> None:
        self._max_series = max_series
        self._lock = threading.RLock()
        self._cursor = make_cursor()
        self._loaded: LRUCache[str, _SeriesSet] = LRUCache(MAX_LOADED_SERIES, getsizeof=_set_size)
        self._metrics = {
            row[1]: _Metric(*row)
            for row in self._cursor.execute(
                "SELECT m.metric_id, m.name, m.type, m.unit, m.description, count(s.series_id) "
                "FROM metric_definitions m LEFT JOIN series s USING (metric_id) "
                "GROUP BY ALL ORDER BY m.name"
            ).fetchall()
        }
        self._names = MetricNames(self._metrics)
        self._series_count: int
        self._last_series_id: int
        self._last_metric_id: int
        ((self._series_count, self._last_series_id, self._last_metric_id),) = self._cursor.execute(
            "SELECT count(*), coalesce(max(series_id), 0), "
            "(SELECT coalesce(max(metric_id), 0) FROM metric_definitions) FROM series"
        ).fetchall()
        self._count_by_token = Counter(
            dict(
                self._cursor.execute(
                    "SELECT token, count(*) FROM series WHERE token <> '' GROUP BY token"
                ).fetchall()
            )
        )

    # ---- reading, any thread

    @property
    def series_count(self) -> int:
        return self._series_count

    @property
    def metric_count(self) -> int:
        return len(self._metrics)

    def has_metric(self, name: str) -> bool:
        return name in self._metrics

    def find_metric(self, name: str) -> MetricDefinition | None:
        with self._lock:
            metric = self._metrics.get(name)
            return metric.define() if metric else None

    def find_metric_names(self, matchers: Sequence[Matcher]) -> list[str]:
        """Names that meet every matcher, ordered."""
        checks = [compile_matcher(matcher._replace(label="")) for matcher in matchers]
        return sorted(name for name in list(self._metrics) if all(check({"": name}) for check in checks))

    def find_metric_id(self, name: str) -> int | None:
        metric = self._metrics.get(name)
        return None if metric is None else metric.metric_id

    def series_count_of(self, name: str) -> int:
        metric = self._metrics.get(name)
        return 0 if metric is None else metric.series_count

    def series_ids_of(self, name: str) -> Int64Array:
        """Rising."""
        series = self._series_of(name)
        return np.sort(np.fromiter((one.series_id for one in series), np.int64, len(series)))

    def find_series(self, name: str, matchers: Sequence[Matcher]) -> list[Series]:
        compiled = [compile_matcher(matcher) for matcher in matchers]
        if not compiled:
            return list(self._series_of(name))
        series = self._candidates(name, matchers)
        return [one for one in series if all(match(one.labels) for match in compiled)]

    def list_metrics(
        self,
        search: str,
        offset: int,
        limit: int,
        order: MetricOrder | None = None,
        *,
        is_descending: bool = False,
    ) -> MetricPage:
        with self._lock:
            names = self._names.search(search)
            if order is MetricOrder.SERIES_COUNT:
                # Equal ones by name, whichever way.
                names = sorted(names)
                names.sort(key=lambda name: self._metrics[name].series_count, reverse=is_descending)
            elif order is MetricOrder.NAME:
                names.sort(reverse=is_descending)
            page = [self._metrics[name] for name in names[offset : offset + limit]]
            return MetricPage(len(names), [metric.define() for metric in page])

    def list_metric_branches(self, prefix: str, offset: int, limit: int) -> MetricBranchPage:
        with self._lock:
            names = self._names.ordered()
        found = list(branches(names, prefix))
        return MetricBranchPage(
            len(found),
            [
                MetricBranch(
                    one.prefix, one.metric_count, self.find_metric(one.prefix) if one.is_metric else None
                )
                for one in found[offset : offset + limit]
            ],
        )

    def count_label_names(self, name: str) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for one in self._series_of(name):
            for label in one.labels:
                counts[label] = counts.get(label, 0) + 1
        return dict(sorted(counts.items()))

    def count_label_values(self, name: str, label: str, search: str) -> Mapping[str, int]:
        needle = search.casefold()
        counts: dict[str, int] = {}
        for one in self._series_of(name):
            value = one.labels.get(label)
            if value is not None and needle in value.casefold():
                counts[value] = counts.get(value, 0) + 1
        return dict(sorted(counts.items()))

    def _candidates(self, name: str, matchers: Sequence[Matcher]) -> Sequence[Series]:
        with self._lock:
            if name not in self._metrics:
                return ()
            series_set = self._load(name)
            if len(series_set.series) < LEAST_SERIES:
                return series_set.series
            return series_set.index.narrow(series_set.series, matchers)

    def _series_of(self, name: str) -> Sequence[Series]:
        with self._lock:
            return self._load(name).series if name in self._metrics else ()

    def _load(self, name: str) -> _SeriesSet:
        """The series of a known metric, from memory or from disk. Call with the lock held."""
        series_set = self._loaded.get(name)
        if series_set is None:
            rows = self._cursor.execute(
                "SELECT series_id, labels FROM series WHERE metric_id = ? ORDER BY series_id",
                [self._metrics[name].metric_id],
            ).fetchall()
            series_set = _SeriesSet(
                ids_by_labels={labels: series_id for series_id, labels in rows},
                series=[Series(series_id, name, labels_from_json(labels)) for series_id, labels in rows],
            )
            self._loaded[name] = series_set
        return series_set

    def find_news(self, details: Mapping[str, MetricDetails]) -> dict[str, MetricDetails]:
        """Metric -> what is not known of it yet; metrics that are unknown themselves are left out."""
        news = {}
        for name, one in details.items():
            metric = self._metrics.get(name)
            found = metric.find_news(one) if metric else _NO_DETAILS
            if found != _NO_DETAILS:
                news[name] = found
        return news

    # ---- writing, the writer thread

    def change_metric_on_owner(
        self, connection: duckdb.DuckDBPyConnection, name: str, changes: MetricDetails
    ) -> MetricDefinition:
        with self._lock:
            if name not in self._metrics:
                raise NotFoundError("There is no such metric; nothing was ever pushed under this name.")
            self._save_details(connection, {name: changes})
            return self._metrics[name].define()

    def learn_on_owner(
        self, connection: duckdb.DuckDBPyConnection, details: Mapping[str, MetricDetails]
    ) -> None:
        with self._lock:
            self._save_details(connection, self.find_news(details))

    def _save_details(
        self, connection: duckdb.DuckDBPyConnection, details: Mapping[str, MetricDetails]
    ) -> None:
        """Call with the lock held. Nothing is published before the commit."""
        if not details:
            return
        columns = list(zip(*details.values(), strict=True))
        with transaction(connection):
            connection.execute(
                "UPDATE metric_definitions SET type = coalesce(d.type, metric_definitions.type), "
                "unit = coalesce(d.unit, metric_definitions.unit), "
                "description = coalesce(d.description, metric_definitions.description) "
                "FROM (SELECT unnest(?::VARCHAR[]) AS name, unnest(?::VARCHAR[]) AS type, "
                "unnest(?::VARCHAR[]) AS unit, unnest(?::VARCHAR[]) AS description) d "
                "WHERE d.name = metric_definitions.name",
                [list(details), *(list(column) for column in columns)],
            )
        for name, one in details.items():
            metric = self._metrics[name]
            metric.type = metric.type if one.type is None else one.type
            metric.unit = metric.unit if one.unit is None else one.unit
            metric.description = metric.description if one.description is None else one.description

    def forget_unused_on_owner(self, connection: duckdb.DuckDBPyConnection, before_ms: int) -> int:
        """Forget series without a sample since `before_ms`; how many. Only at start: later, ids may be on their way.

        Metrics without a series stay: their type and unit were set by a person or a sender.
        """
        gone = connection.execute(
            "DELETE FROM series WHERE last_seen_ms < ? RETURNING metric_id, token", [before_ms]
        ).fetchall()
        counts = Counter(metric_id for metric_id, _ in gone)
        with self._lock:
            for metric in self._metrics.values():
                metric.series_count -= counts[metric.metric_id]
            self._count_by_token.subtract(token for _, token in gone if token)
            self._series_count -= len(gone)
            self._loaded.clear()
        return len(gone)

    def register_on_owner(
        self,
        connection: duckdb.DuckDBPyConnection,
        keys: Sequence[SeriesKey],
        now_ms: int,
        caps: SeriesCaps = NO_CAPS,
    ) -> Int64Array:
        """Ids of `keys`, making the unknown ones in one transaction. Nothing is published before the commit.

        The lock is held over the commit (some milliseconds), so that a concurrent load cannot miss new rows.
        """
        with self._lock:
            draft = _Draft(caps)
            ids = np.fromiter((self._draft_id(draft, key) for key in keys), np.int64, len(keys))
            if draft.series_rows:
                _write(connection, draft, now_ms)
                self._publish(draft)
            return ids

    def _draft_id(self, draft: "_Draft", key: SeriesKey) -> int:
        """The id of a known series, or the one that it gets by this draft."""
        labels = labels_to_json(key.labels)
        if key.name in self._metrics:
            known = self._load(key.name).ids_by_labels.get(labels)
            if known is not None:
                return known
        pending = draft.ids.get((key.name, labels))
        if pending is not None:
            return pending
        limit = self._find_limit(draft, key.name)
        if limit is not None:
            return limit
        metric = self._metrics.get(key.name) or draft.metrics.get(key.name)
        if metric is None:
            metric = _Metric(self._last_metric_id + len(draft.metrics) + 1, key.name)
            draft.metrics[key.name] = metric
        series_id = self._last_series_id + len(draft.series_rows) + 1
        draft.ids[key.name, labels] = series_id
        draft.count_by_metric[key.name] += 1
        draft.series_rows.append(_SeriesRow(series_id, metric.metric_id, key.name, labels))
        return series_id

    def _find_limit(self, draft: "_Draft", name: str) -> int | None:
        """The cap that refuses one more series of a metric. The narrowest first: it says most about what exploded."""
        caps, drafted = draft.caps, len(draft.series_rows)
        metric = self._metrics.get(name)
        in_metric = draft.count_by_metric[name] + (metric.series_count if metric else 0)
        if caps.per_metric and in_metric >= caps.per_metric:
            return METRIC_LIMIT_REACHED
        if caps.token and caps.per_token and self._count_by_token[caps.token] + drafted >= caps.per_token:
            return TOKEN_LIMIT_REACHED
        if self._series_count + drafted >= self._max_series:
            return SERIES_LIMIT_REACHED
        return None

    def _publish(self, draft: "_Draft") -> None:
        self._metrics.update(draft.metrics)
        self._last_metric_id += len(draft.metrics)
        self._last_series_id += len(draft.series_rows)
        self._series_count += len(draft.series_rows)
        if draft.caps.token:
            self._count_by_token[draft.caps.token] += len(draft.series_rows)
        grown = {name: _SeriesSet() for name in draft.metrics}
        for row in draft.series_rows:
            self._metrics[row.name].series_count += 1
            series_set = grown.get(row.name) or self._loaded.get(row.name)
            if series_set is not None:  # otherwise it is loaded whole when next needed
                series_set.ids_by_labels[row.labels] = row.series_id
                series_set.series.append(Series(row.series_id, row.name, labels_from_json(row.labels)))
                grown[row.name] = series_set
        for name, series_set in grown.items():
            # Put anew, so that the cache learns the new size.
            self._loaded.pop(name, None)
            self._loaded[name] = series_set


class _SeriesRow(NamedTuple):
    series_id: int
    metric_id: int
    name: str
    labels: str


@dataclass(slots=True)
class _Draft:
    """New metrics and series of one registration, before they are committed."""

    caps: SeriesCaps
    metrics: dict[str, _Metric] = field(default_factory=dict)
    ids: dict[tuple[str, str], int] = field(default_factory=dict)
    series_rows: list[_SeriesRow] = field(default_factory=list)
    count_by_metric: Counter[str] = field(default_factory=Counter)


def _write(connection: duckdb.DuckDBPyConnection, draft: _Draft, now_ms: int) -> None:
    new_metrics = draft.metrics.values()
    rows = draft.series_rows
    with transaction(connection):
        if new_metrics:
            connection.execute(
                "INSERT INTO metric_definitions SELECT unnest(?), unnest(?), 'unknown', '', ''",
                [[metric.metric_id for metric in new_metrics], [metric.name for metric in new_metrics]],
            )
        connection.execute(
            "INSERT INTO series SELECT unnest(?), unnest(?), unnest(?), ?, ?, ?",
            [
                [row.series_id for row in rows],
                [row.metric_id for row in rows],
                [row.labels for row in rows],
                now_ms,
                now_ms,
                draft.caps.token,
            ],
        )
