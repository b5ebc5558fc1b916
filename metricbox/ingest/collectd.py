"""collectd's JSON of write_http, named as its write_prometheus names it (PROTOCOLS 8).

    {"values": [1, 2], "dstypes": ["derive", "derive"], "dsnames": ["rx", "tx"], "time": 1795582234.857,
     "host": "web1", "plugin": "interface", "plugin_instance": "eth0", "type": "if_octets", "type_instance": ""}
    -> collectd_interface_if_octets_rx_total{instance="web1", interface="eth0"} and ..._tx_total

Values that are null, as rates before the second reading are, are skipped and counted. Objects without values are
notifications, which collectd posts to the same address; they are passed over. Runs in the decode threads.
"""

from typing import NamedTuple

import msgspec
import numpy as np

from metricbox.errors import ValidationError
from metricbox.ingest.names import make_plain_labels, to_plain_metric_name
from metricbox.ingest.outcome import Decoded, Reason, Refusals
from metricbox.ingest.series_table import DoorContext, KeyedSamples
from metricbox.ingest.timestamps import parse_stamp_ms
from metricbox.model import SeriesKey

_RUNNING_TOTALS = frozenset({"counter", "derive"})


class _ValueList(msgspec.Struct):
    values: list[float | None]
    dstypes: list[str]
    dsnames: list[str]
    time: float | int
    host: str
    plugin: str
    type: str
    plugin_instance: str = ""
    type_instance: str = ""


class _Source(NamedTuple):
    """What names one series."""

    host: str
    plugin: str
    plugin_instance: str
    type: str
    type_instance: str
    dsname: str
    dstype: str


class _Probe(msgspec.Struct):
    """Whether an object is a list of values at all."""

    values: msgspec.Raw = msgspec.Raw()


_OBJECTS = msgspec.json.Decoder(list[msgspec.Raw])
_ALL = msgspec.json.Decoder(list[_ValueList])
_ONE = msgspec.json.Decoder(_ValueList)
_PROBE = msgspec.json.Decoder(_Probe)


def decode_collectd(text: bytes, door: DoorContext) -> Decoded:
    """Columns of all values that can be stored; positions count objects from 0. Raises ValidationError for a body that
    is no list of objects.
    """
    refusals = Refusals()
    lists = _read(text, refusals)
    positions: list[int] = []
    keys: list[_Source] = []
    stamps: list[int] = []
    values: list[float] = []
    for position, one in lists:
        fault = None
        if not len(one.values) == len(one.dsnames) == len(one.dstypes):
            fault = "values, dsnames and dstypes differ in length"
        try:
            ts_ms = parse_stamp_ms(one.time)
        except ValueError as error:
            fault = str(error)
        if fault:
            refusals.add(position, Reason.SYNTAX, fault, samples=len(one.values))
            continue
        for value, dsname, dstype in zip(one.values, one.dsnames, one.dstypes, strict=True):
            if value is None:
                refusals.add_unlisted(Reason.NULL_VALUE, 1)
                continue
            positions.append(position)
            keys.append(
                _Source(
                    one.host, one.plugin, one.plugin_instance, one.type, one.type_instance, dsname, dstype
                )
            )
            stamps.append(ts_ms)
            values.append(value)
    samples = KeyedSamples(positions, keys, np.array(stamps, np.int64), np.array(values, np.float64))
    return door.resolve(samples, _make_series, refusals, key_bytes=_size_of)


def _read(text: bytes, refusals: Refusals) -> list[tuple[int, _ValueList]]:
    try:
        return list(enumerate(_ALL.decode(text)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # a notification among them, or something odd: one by one
    try:
        objects = _OBJECTS.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValidationError(
            f"the body is not a JSON list of collectd's objects: {error}; set Format JSON in collectd"
        ) from error
    lists = []
    for position, raw in enumerate(objects):
        try:
            if bytes(_PROBE.decode(raw).values):
                lists.append((position, _ONE.decode(raw)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            refusals.add(position, Reason.SYNTAX, str(error))
    return lists


def _make_series(source: _Source) -> SeriesKey:
    parts = ["collectd", source.plugin]
    if source.type != source.plugin:
        parts.append(source.type)
    if source.dsname != "value":
        parts.append(source.dsname)
    if source.dstype in _RUNNING_TOTALS:
        parts.append("total")
    labels = {"instance": source.host}
    if source.plugin_instance:
        labels[source.plugin] = source.plugin_instance
        labels["type"] = source.type_instance
    elif source.type_instance:
        labels[source.plugin] = source.type_instance
    return SeriesKey(to_plain_metric_name("_".join(parts)), make_plain_labels(labels))


def _size_of(source: _Source) -> int:
    return sum(map(len, source)) + 60 * len(source)
