"""JSON lines to columns: what is read, what is refused, and that nothing else is ever raised."""

import contextlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.errors import ValidationError
from metricbox.ingest.json_lines import decode_json_lines
from metricbox.ingest.outcome import Reason
from metricbox.ingest.series_cache import GenerationCache, SeriesRegistrar
from metricbox.ingest.series_table import DoorContext
from metricbox.ingest.timestamps import make_window
from metricbox.model import STALE_MARKER_BITS
from tests.ingest.fakes import FakeStore

NOW_MS = 1_795_600_800_000


def make_door(store: FakeStore | None = None) -> DoorContext:
    return DoorContext(
        SeriesRegistrar(store or FakeStore(), 1000),
        GenerationCache(1_000_000),
        make_window(NOW_MS, 86_400_000, 600_000),
        0.0,
        1_000_000,
    )


def test_a_line_holds_many_samples_and_null_is_a_stale_marker():
    store = FakeStore()
    text = b'{"metric":{"__name__":"m","a":"b"},"values":[1,null,2.5],"timestamps":[%d,%d,%d]}' % (
        NOW_MS - 2,
        NOW_MS - 1,
        NOW_MS,
    )
    decoded = decode_json_lines(text + b"\r\n\n", make_door(store))
    assert [(key.name, key.labels) for key in store.ids] == [("m", (("a", "b"),))]
    assert decoded.batch.ts_ms.tolist() == [NOW_MS - 2, NOW_MS - 1, NOW_MS]
    assert decoded.batch.values.view(np.uint64)[1] == STALE_MARKER_BITS
    assert decoded.refusals.samples == 0


def test_texts_in_place_of_numbers_are_dropped_and_the_others_stay():
    """Trap B012."""
    row = {"metric": {"__name__": "m"}, "values": ["NaN", "Infinity", 3], "timestamps": [NOW_MS] * 3}
    decoded = decode_json_lines(json.dumps(row).encode(), make_door())
    assert decoded.batch.values.tolist() == [3]
    assert decoded.refusals.samples_by_reason == {Reason.NOT_FINITE: 2}


@pytest.mark.parametrize(
    "text",
    [
        b"x",
        b"[]",
        b'{"metric":{},"values":[1]}',
        b'{"metric":{"__name__":"m"},"values":[1],"timestamps":[1.5]}',
        b'{"metric":{"__name__":"m"},"values":[1],"timestamps":[99999999999999999999]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_body_without_a_line_that_can_be_read_is_refused_as_a_whole(text):
    with pytest.raises(ValidationError):
        decode_json_lines(text, make_door())


@pytest.mark.parametrize("metric", [b"{}", b'{"__name__":1}', b"3", b'"x"'])
def test_a_series_that_cannot_be_is_refused_by_line(metric):
    text = b'{"metric":' + metric + b',"values":[1],"timestamps":[%d]}' % NOW_MS
    decoded = decode_json_lines(text, make_door())
    assert [one.position for one in decoded.refusals.first] == [1]
    assert decoded.batch.size == 0


@given(
    st.lists(
        st.binary(max_size=60)
        | st.sampled_from([b'{"metric":{"__name__":"m"},"values":[1],"timestamps":[1]}'])
    )
)
def test_no_input_raises_anything_but_a_refusal(parts):
    """Trap B035."""
    with contextlib.suppress(ValidationError):
        decode_json_lines(b"\n".join(parts), make_door())
