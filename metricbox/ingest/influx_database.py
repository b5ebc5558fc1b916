"""Line protocol with the database, or bucket, that it was written to as one more label (setting `influx_db_label`).

The decoder stays as it is: it registers series through a registrar that adds the label, and remembers them in a
part of the door's cache that belongs to the database. A line with a tag `db` of its own keeps it. Runs in the
decode threads.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, cast

from metricbox.errors import ValidationError
from metricbox.ingest.body import decode_body
from metricbox.ingest.line_protocol import LineDecoder
from metricbox.ingest.outcome import Decoded
from metricbox.ingest.series_cache import GenerationCache, SeriesRegistrar
from metricbox.ingest.series_table import DoorContext
from metricbox.ingest.timestamps import unit_of_precision
from metricbox.model import Int64Array, SeriesKey, find_labels_fault, make_labels

LABEL = "db"


def decode_lines_of_database(
    body: bytes, encoding: str | None, precision: str | None, database: str, door: DoorContext
) -> Decoded:
    """Raises ValidationError for an unknown precision, a database that is no label's value, or a damaged body."""
    unit = unit_of_precision(precision)
    fault = find_labels_fault(((LABEL, database),))
    if fault:
        raise ValidationError.for_field("db", fault)
    text = decode_body(body, encoding, door.max_body_bytes)
    decoder = LineDecoder(cast("SeriesRegistrar", _LabelRegistrar(door.registrar, database)))
    decoder.cache = cast("GenerationCache[Any, Any]", _DatabaseCache(door.cache, database))
    return decoder.decode(text, unit, door.window, door.monotonic_s)


class _LabelRegistrar:
    """What a decoder uses of a registrar."""

    def __init__(self, registrar: SeriesRegistrar, database: str) -> None:
        self._registrar = registrar
        self._database = database

    def register(self, keys: Sequence[SeriesKey]) -> Int64Array:
        return self._registrar.register([self._label(key) for key in keys])

    def explain_limit(self, refused: Iterable[SeriesKey], monotonic_s: float) -> str:
        return self._registrar.explain_limit([self._label(key) for key in refused], monotonic_s)

    def _label(self, key: SeriesKey) -> SeriesKey:
        return SeriesKey(key.name, make_labels(({LABEL: self._database} | dict(key.labels)).items()))


class _DatabaseCache:
    """What a decoder uses of a cache. One generation holds the keys of all databases, so that all share its bound."""

    def __init__(self, cache: GenerationCache[Hashable, Any], database: str) -> None:
        self._cache = cache
        self._database = database

    @property
    def young(self) -> "_DatabaseGeneration":
        return _DatabaseGeneration(self._cache.young, self._database)

    def find(self, key: Hashable) -> Any:
        return self._cache.find((self._database, key))

    def put(self, key: Hashable, entry: Any, key_bytes: int, ids: int) -> None:
        self._cache.put((self._database, key), entry, key_bytes, ids)


class _DatabaseGeneration:
    def __init__(self, entries: dict[Hashable, Any], database: str) -> None:
        self._entries = entries
        self._database = database

    def __getitem__(self, key: Hashable) -> Any:
        return self._entries[self._database, key]

    def __contains__(self, key: Hashable) -> bool:
        return (self._database, key) in self._entries

    def get(self, key: Hashable) -> Any:
        return self._entries.get((self._database, key))
