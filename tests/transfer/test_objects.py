"""Dashboards and rules as JSON."""

import pytest

from metricbox.errors import CommandError
from metricbox.transfer.objects import RULE_FIELDS, name_of, read_objects


def test_one_object_or_many():
    assert read_objects('{"name": "x"}') == [{"name": "x"}]
    assert read_objects('[{"name": "x"}, {"name": "y"}]') == [{"name": "x"}, {"name": "y"}]


@pytest.mark.parametrize("text", ["", "[1]", "words", '"x"'])
def test_what_holds_none_is_told(text):
    with pytest.raises(CommandError):
        read_objects(text)


def test_rules_leave_their_channels_behind():
    assert {"name", "query", "condition", "threshold", "duration", "noData"} <= RULE_FIELDS
    assert "notification" not in RULE_FIELDS


@pytest.mark.parametrize(
    ("one", "name"),
    [
        ({"name": "Rule"}, "Rule"),
        ({"title": "Of Grafana"}, "Of Grafana"),
        ({"dashboard": {"title": "Of its API"}}, "Of its API"),
        ({"data": {"format": "metricbox.dashboard", "dashboard": {"name": "Rooms"}}}, "Rooms"),
        ({"data": 1}, "without a name"),
        ({}, "without a name"),
    ],
)
def test_an_object_is_told_by_its_name_wherever_it_stands(one, name):
    assert name_of(one) == name
