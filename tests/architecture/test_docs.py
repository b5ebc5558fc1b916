"""The docs cover what a user can set, call and read."""

import re
from pathlib import Path

import click
import pytest

from metricbox.cli import cli
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import list_rows
from metricbox.web.server import BLUEPRINTS
from tests.architecture.files import ROOT, iter_own_files, read

LINK = re.compile(r"\[[^\]]*\]\(([^)#]+?)(?:#[^)]*)?\)")


def iter_command_names(command: click.Command, name: str = "metricbox"):
    yield name
    for child in getattr(command, "commands", {}).values():
        yield from iter_command_names(child, f"{name} {child.name}")


def test_every_setting_is_in_the_reference() -> None:
    text = read("docs/reference/settings.md")
    for row in list_rows():
        assert f"| `{row.name}` |" in text
        assert f"`{row.environment_name}`" in text


def test_every_command_is_in_the_reference() -> None:
    headings = set(re.findall(r"^## (.+)$", read("docs/reference/cli.md"), re.MULTILINE))
    assert headings == set(iter_command_names(cli))


def test_every_own_metric_is_in_the_reference() -> None:
    text = read("docs/reference/self-metrics.md")
    for family in SelfMetrics().registry.collect():
        assert f"`{family.name}" in text


def test_every_group_of_routes_is_in_the_reference() -> None:
    text = read("docs/reference/http-api.md")
    for blueprint in BLUEPRINTS:
        assert f"`{blueprint.url_prefix or '/'}" in text


@pytest.mark.parametrize("path", list(iter_own_files(".md")))
def test_links_between_pages_lead_somewhere(path: str) -> None:
    for target in LINK.findall(read(path)):
        if "://" not in target and not target.startswith("mailto:"):
            assert (ROOT / Path(path).parent / target).exists(), target
