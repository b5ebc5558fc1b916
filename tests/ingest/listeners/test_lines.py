"""Bytes of a stream to lines, however they are cut."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.ingest.listeners.lines import LineSplitter, bound_lines


@settings(deadline=None)
@given(st.lists(st.binary(max_size=30), max_size=10), st.lists(st.integers(0, 200), max_size=10))
def test_lines_are_the_same_however_the_stream_is_cut(lines: list[bytes], cuts: list[int]) -> None:
    stream = b"\n".join(lines)
    splitter = LineSplitter(20)
    places = [0, *sorted(cuts), len(stream)]
    found = b"".join(splitter.feed(stream[start:end]) for start, end in itertools.pairwise(places))
    found += splitter.finish()
    wanted = [line for line in stream.split(b"\n") if len(line) <= 20]
    assert [line for line in found.split(b"\n") if line] == [line for line in wanted if line]
    assert splitter.dropped == sum(len(line) > 20 for line in stream.split(b"\n"))


def test_a_line_without_end_takes_no_more_memory_than_its_bound() -> None:
    splitter = LineSplitter(100)
    for _ in range(1000):
        assert splitter.feed(b"x" * 50) == b""
        assert len(splitter._rest) <= 100
    assert splitter.feed(b"\ngood 1 1\n") == b"good 1 1\n"
    assert splitter.dropped == 1


@pytest.mark.parametrize(
    ("text", "kept", "dropped"),
    [
        (b"a\nb\n", b"a\nb\n", 0),
        (b"aaaa\nb\n", b"b\n", 1),
        (b"b\naaaa\n", b"b\n", 1),
        (b"aaa\n", b"aaa\n", 0),
    ],
)
def test_bound_lines(text: bytes, kept: bytes, dropped: int) -> None:
    assert bound_lines(text, 3) == (kept, dropped)
