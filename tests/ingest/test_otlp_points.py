"""Families as the two forms of the message share them."""

from itertools import combinations

from metricbox.ingest.otlp_json import JSON_FORM
from metricbox.ingest.otlp_points import CUMULATIVE, DELTA, Family, Kind
from metricbox.ingest.otlp_wire_attributes import PROTOBUF

FAMILY = Family(PROTOBUF, Kind.SUM, b"ab", b"c", b"d", CUMULATIVE, is_monotonic=True)


def test_every_part_of_a_family_tells_it_from_others():
    families = [
        FAMILY,
        FAMILY._replace(form=JSON_FORM),
        FAMILY._replace(kind=Kind.GAUGE),
        FAMILY._replace(resource=b"a", scope=b"bc"),
        FAMILY._replace(scope=b"", head=b"cd"),
        FAMILY._replace(head=b""),
        FAMILY._replace(temporality=DELTA),
        FAMILY._replace(is_monotonic=False),
    ]
    assert all(one.text != other.text for one, other in combinations(families, 2))
    assert FAMILY.text == FAMILY._replace().text


def test_a_family_knows_whether_its_points_are_differences():
    assert [FAMILY._replace(temporality=one).is_delta for one in (0, DELTA, CUMULATIVE)] == [
        False,
        True,
        False,
    ]
