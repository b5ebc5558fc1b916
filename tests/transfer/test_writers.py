"""Formats: what they hold, what they leave out, and that the server's own decoders read them."""

import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.errors import CommandError
from metricbox.ingest.exposition import make_series, read_exposition
from metricbox.ingest.line_protocol import LineDecoder
from metricbox.ingest.series_cache import SeriesRegistrar
from metricbox.ingest.timestamps import make_window, unit_of_precision
from metricbox.model import find_labels_fault, find_name_fault, make_labels
from metricbox.transfer.blocks import Block
from metricbox.transfer.writers import format_time, open_writer
from tests.ingest.fakes import FakeStore

NOW_MS = 1_795_600_800_000
BLOCK = Block("a.b-c", {"host": 'w "1"', "le": "+Inf"}, [NOW_MS, NOW_MS + 1, NOW_MS + 2], [1, None, 1e-320])

names = st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:./-]{0,10}", fullmatch=True)
label_names = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_.-]{0,6}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
blocks = st.builds(
    Block,
    names,
    st.dictionaries(label_names, texts, max_size=3),
    st.just([NOW_MS, NOW_MS + 5]),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2),
).filter(
    lambda block: not find_name_fault(block.name) and not find_labels_fault(make_labels(block.labels.items()))
)


def write(format_name: str, *written: Block) -> tuple[bytes, int]:
    stream = io.BytesIO()
    writer = open_writer(format_name, stream, None)
    for block in written:
        writer.write(block)
    writer.close()
    return stream.getvalue(), writer.left_out


def test_csv_has_a_head_and_names_the_end_of_a_series():
    text, left_out = write("csv", BLOCK)
    assert left_out == 0
    assert text.decode().splitlines() == [
        "metric,labels,time,value",
        'a.b-c,"{""host"": ""w \\""1\\"""", ""le"": ""+Inf""}",2026-11-25T10:00:00.000Z,1',
        'a.b-c,"{""host"": ""w \\""1\\"""", ""le"": ""+Inf""}",2026-11-25T10:00:00.001Z,stale',
        'a.b-c,"{""host"": ""w \\""1\\"""", ""le"": ""+Inf""}",2026-11-25T10:00:00.002Z,1e-320',
    ]


def test_text_formats_leave_out_the_ends_of_series_and_say_so():
    lines, left_out = write("line", BLOCK)
    assert (left_out, lines.decode().splitlines()[0]) == (
        1,
        f'a.b-c,host=w\\ "1",le=+Inf value=1 {NOW_MS}',
    )
    text, left_out = write("prometheus", BLOCK)
    assert (left_out, text.decode().splitlines()[0]) == (
        1,
        f'{{"a.b-c",host="w \\"1\\"",le="+Inf"}} 1 {NOW_MS}',
    )


@given(blocks)
def test_line_protocol_is_read_as_it_was_meant(block):
    text, left_out = write("line", block)
    if left_out:
        assert any("\n" in value for value in block.labels.values())
        return
    store = FakeStore()
    decoded = LineDecoder(SeriesRegistrar(store, 1000)).decode(
        text, unit_of_precision("ms"), make_window(NOW_MS, 86_400_000, 600_000), 0.0
    )
    assert decoded.refusals.samples == 0
    assert decoded.batch.values.tolist() == list(block.values)
    (key,) = store.ids
    labels = dict(key.labels)
    # A backslash at the end cannot be written: clients put a blank after it.
    expected = {name: value + " " if value.endswith("\\") else value for name, value in block.labels.items()}
    assert (key.name, labels) == (block.name, expected)


@given(blocks)
def test_the_text_format_is_read_as_it_was_meant(block):
    text, left_out = write("prometheus", block)
    read = read_exposition(text, is_openmetrics=False)
    assert (left_out, list(read.faults)) == (0, [])
    key = make_series(read.keys[0])
    assert (key.name, dict(key.labels)) == (block.name, dict(block.labels))
    assert [math.copysign(1, value) * abs(value) for value in read.values.tolist()] == list(block.values)


def test_parquet_wants_a_file():
    with pytest.raises(CommandError, match="--output"):
        open_writer("parquet", io.BytesIO(), None)


def test_times_are_iso_in_utc():
    assert format_time(1) == "1970-01-01T00:00:00.001Z"
    assert format_time(-1) == "1969-12-31T23:59:59.999Z"
