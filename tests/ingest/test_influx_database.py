"""Line protocol with the database as a label."""

import pytest

from metricbox.errors import ValidationError
from metricbox.ingest.influx_database import decode_lines_of_database
from metricbox.ingest.outcome import Decoded, Reason
from tests.ingest.agent_captures import NOW_MS, Door


def decode(door: Door, body: bytes, database: str) -> Decoded:
    return decode_lines_of_database(body, None, "ms", database, door.context)


def test_the_database_is_a_label_and_equal_lines_of_two_are_two_series() -> None:
    door = Door()
    found = []
    for _ in range(2):
        for database in ("a", "b"):
            body = b'm,h=1 v=1,t="x" %d\nm v=2 %d\nm w=3,v=2 %d' % (NOW_MS, NOW_MS, NOW_MS)
            found.append(door.store.rows(decode(door, body, database).batch))
    assert found[0] == [
        ("m_v", {"h": "1", "db": "a"}, NOW_MS, 1.0),
        ("m_v", {"db": "a"}, NOW_MS, 2.0),
        ("m_w", {"db": "a"}, NOW_MS, 3.0),
        ("m_v", {"db": "a"}, NOW_MS, 2.0),
    ]
    assert found[2:] == found[:2]
    assert len(door.store.ids) == 6


def test_known_lines_are_looked_up_once_for_each_database() -> None:
    door = Door()
    for _ in range(3):
        decode(door, b"m,h=1 v=1 %d\n" % NOW_MS * 10, "a")
        decode(door, b"m,h=1 v=1 %d\n" % NOW_MS * 10, "b")
    assert door.store.registrations == 2


def test_a_tag_of_its_own_goes_before() -> None:
    door = Door()
    assert door.store.rows(decode(door, b"m,db=mine v=1", "a").batch)[0][1] == {"db": "mine"}


def test_lines_are_refused_as_ever() -> None:
    door = Door(max_series=1)
    decoded = decode(door, b"m v=1\nbad\nother v=2\n", "a")
    assert decoded.refusals.samples_by_reason == {Reason.SYNTAX: 1, Reason.SERIES_LIMIT: 1}
    assert decoded.batch.size == 1


@pytest.mark.parametrize(("database", "precision"), [("x" * 2000, "ms"), ("a", "fortnight")])
def test_what_is_no_label_or_no_precision_is_refused(database: str, precision: str) -> None:
    with pytest.raises(ValidationError):
        decode_lines_of_database(b"m v=1", None, precision, database, Door().context)
