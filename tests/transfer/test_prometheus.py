"""Selectors narrowed to some names; the whole way is in test_commands.py, on a real server."""

import pytest

from metricbox.errors import CommandError
from metricbox.query.promql.selectors import parse_selectors
from metricbox.transfer.prometheus import PrometheusServer, _narrow


@pytest.mark.parametrize(
    ("match", "narrowed"),
    [
        ("up", '{__name__="up",__name__=~"a|b\\\\.c"}'),
        ('up{job="x"}', '{__name__="up",job="x",__name__=~"a|b\\\\.c"}'),
        ('{job="x",}', '{job="x",__name__=~"a|b\\\\.c"}'),
        ("{}", '{__name__=~"a|b\\\\.c"}'),
    ],
)
def test_a_selector_is_narrowed_to_names(match, narrowed):
    assert _narrow(match, ["a", "b.c"]) == narrowed
    assert parse_selectors([narrowed])


def test_a_server_that_is_not_there_is_told():
    server = PrometheusServer("http://127.0.0.1:9", {})
    with pytest.raises(CommandError, match="cannot be reached"):
        server.find_names(["up"], 0, 1)
    server.close()
