"""The table of who reports hosts, and how."""

import re

from metricbox.query.hosts.families import RECIPES, RULES, VERSIONS, Figure, Source, Where
from metricbox.query.promql.parse import parse


def test_every_source_has_a_rule_and_every_recipe_goes_with_one() -> None:
    assert set(RULES) == set(Source)
    assert {recipe.source for recipe in RECIPES} <= set(RULES)
    assert set(VERSIONS) <= set(RULES)


def test_a_recipe_uses_metrics_that_its_rule_means() -> None:
    """Otherwise a host would have the figure and not be listed."""
    for recipe in RECIPES:
        for term in recipe.terms:
            assert term.metric.startswith(tuple(RULES[recipe.source].prefixes)), term
            parse(term.metric)


def test_there_is_a_recipe_for_every_figure_of_the_two_great_agents() -> None:
    for source in (Source.NODE, Source.TELEGRAF):
        found = {recipe.figure for recipe in RECIPES if recipe.source is source}
        assert {Figure.CPU, Figure.MEMORY, Figure.DISK, Figure.LOAD, Figure.NETWORK} <= found


def test_a_condition_is_on_the_whole_value() -> None:
    where = Where("mode", re.compile("idle"))
    assert where.holds({"mode": "idle"})
    assert not where.holds({"mode": "idles"})
    assert not where.holds({})
    assert where._replace(is_wanted=False).holds({})
