"""Remote write 2.0 messages, made field by field, so that odd but lawful forms can be made as well."""

import struct
from collections.abc import Iterable, Mapping

from metricbox.ingest.remote_write_wire import read_entry, read_labels, split_entries
from tests.support.remote_write import field, number_field, sample, varint

REFS, SAMPLES, HISTOGRAM, EXEMPLAR, METADATA = 1, 2, 3, 4, 5


class Message:
    """Collects series and the texts that they refer to."""

    def __init__(self, *symbols: str) -> None:
        self._places = {text: place for place, text in enumerate(dict.fromkeys(["", *symbols]))}
        self._series: list[bytes] = []

    def ref(self, text: str) -> int:
        return self._places.setdefault(text, len(self._places))

    def refs(self, labels: Mapping[str, str] | Iterable[tuple[str, str]]) -> bytes:
        """The field `labels_refs`, packed."""
        pairs = labels.items() if isinstance(labels, Mapping) else labels
        return field(REFS, b"".join(varint(self.ref(text)) for pair in pairs for text in pair))

    def metadata(self, kind: int, text: str = "", unit: str = "") -> bytes:
        """Fields that are 0 are left out, as encoders do."""
        fields = ((1, kind), (3, self.ref(text)), (4, self.ref(unit)))
        return field(METADATA, b"".join(number_field(number, value) for number, value in fields if value))

    def add(
        self, labels: Mapping[str, str], *samples: tuple[int, float | bytes], more: bytes = b""
    ) -> "Message":
        return self.add_raw(self.refs(labels) + b"".join(sample(*one) for one in samples) + more)

    def add_raw(self, content: bytes) -> "Message":
        self._series.append(field(5, content))
        return self

    def encode(self) -> bytes:
        return b"".join(field(4, text.encode()) for text in self._places) + b"".join(self._series)


def started_sample(ts_ms: int, value: float, start_ms: int) -> bytes:
    """A sample with its start timestamp."""
    number = b"\x09" + struct.pack("<d", value) if value else b""
    return field(2, number + number_field(2, ts_ms) + number_field(3, start_ms))


def from_version_1(body: bytes) -> bytes:
    """The same series and samples. What 1.0 tells of metrics is left out."""
    message = Message()
    entries = split_entries(body)
    for start, end in zip(entries.starts.tolist(), entries.ends.tolist(), strict=True):
        parts = read_entry(body, start, end)
        labels = [(name.decode(), value.decode()) for name, value in read_labels(parts.block)]
        ranges = zip(parts.sample_starts, parts.sample_sizes, strict=True)
        texts = [field(2, body[first : first + size]) for first, size in ranges]
        message.add_raw(message.refs(labels) + b"".join(texts))
    return message.encode()
