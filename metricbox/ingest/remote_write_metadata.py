"""The metadata of remote write: what senders say of their metrics. Pure; runs in the decode threads.

    MetricMetadata { MetricType type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }

With 1.0 Prometheus sends it by family, once a minute and apart from samples; metrics have the names of series. With
2.0 it stands in each series, and is still of the family. The numbers of types are the same. What cannot be read is
passed over: nobody's samples are refused for it.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from metricbox.ingest.remote_write_wire import DamagedMessageError, iter_fields
from metricbox.store.contract import MetricDetails

# As for what people write, see web/query_schemas.py.
MAX_UNIT_CHARS = 64
MAX_DESCRIPTION_CHARS = 4000


class _Member(NamedTuple):
    """A metric of a family."""

    suffix: str
    type: str
    has_unit: bool = True


_COUNT = _Member("_count", "counter", has_unit=False)
_BUCKET = _Member("_bucket", "histogram", has_unit=False)
# By the numbers of MetricType.
_MEMBERS = {
    1: (_Member("", "counter"), _Member("_total", "counter")),
    2: (_Member("", "gauge"),),
    3: (_Member("", "histogram"), _BUCKET, _Member("_sum", "counter"), _COUNT),
    4: (_BUCKET, _Member("_gsum", "gauge"), _Member("_gcount", "gauge", has_unit=False)),
    5: (_Member("", "gauge"), _Member("_sum", "counter"), _COUNT),
    6: (_Member("", "gauge"), _Member("_info", "gauge")),
    7: (_Member("", "gauge"),),
}
_UNKNOWN = (_Member("", "unknown"),)
# By the words of the text formats.
_MEMBERS_OF_TYPE = {
    word: _MEMBERS[number]
    for number, word in enumerate(
        ("counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"), 1
    )
}


def read_metadata(body: bytes, ranges: Iterable[tuple[int, int]]) -> dict[str, MetricDetails]:
    """Metric -> what is said of it. `ranges` are the messages in `body`; a later one goes before an earlier one."""
    details: dict[str, MetricDetails] = {}
    for start, end in ranges:
        try:
            details.update(_read(body, start, end))
        except (DamagedMessageError, UnicodeDecodeError):
            continue
    return details


def describe_metric(name: str, kind: int, description: str, unit: str) -> MetricDetails:
    """What the metadata of its family says of one metric; `kind` is a number of MetricType."""
    fitting = [member for member in _MEMBERS.get(kind, _UNKNOWN) if name.endswith(member.suffix)]
    member = max(fitting, key=lambda one: len(one.suffix), default=_UNKNOWN[0])
    return _describe(member, description, unit)


def describe_family(family: str, kind: str, description: str, unit: str) -> dict[str, MetricDetails]:
    """Metric -> what is said of it by its family. `kind` is a type in the words of the text formats."""
    members = _MEMBERS_OF_TYPE.get(kind, _UNKNOWN)
    return {family + member.suffix: _describe(member, description, unit) for member in members}


def _describe(member: _Member, description: str, unit: str) -> MetricDetails:
    return MetricDetails(
        member.type,
        unit.strip()[:MAX_UNIT_CHARS] if member.has_unit else None,
        description.strip()[:MAX_DESCRIPTION_CHARS],
    )


def _read(body: bytes, start: int, end: int) -> Iterator[tuple[str, MetricDetails]]:
    kind, texts = 0, {2: "", 4: "", 5: ""}
    for number, value in iter_fields(body, start, end):
        if number == 1 and isinstance(value, int):
            kind = value
        elif number in texts and isinstance(value, bytes):
            texts[number] = value.decode()
    if not texts[2]:
        return
    for member in _MEMBERS.get(kind, _UNKNOWN):
        yield texts[2] + member.suffix, _describe(member, texts[4], texts[5])
