"""What holds for all tests."""

import logging
from collections.abc import Iterator
from importlib.metadata import version

import hypothesis
import pytest

from tests.support import secrecy

# For `make fuzz`; a test that names its own number of examples keeps it.
hypothesis.settings.register_profile("fuzz", max_examples=5_000, deadline=None)

_WATCHED = ("metricbox", "sanic")


def pytest_configure() -> None:
    """The whole run is watched for secrets in the log, at the level that says most."""
    for name in _WATCHED:
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG)
        logger.addHandler(secrecy.Watch())


@pytest.fixture(autouse=True)
def no_secrets() -> Iterator[None]:
    """Fails the test during which a secret was seen where none may be."""
    before = len(secrecy.hits)
    yield
    assert secrecy.hits[before:] == []


def pytest_report_header() -> str:
    names = ("sanic", "duckdb", "apsw", "numpy", "pydantic")
    return "libraries: " + ", ".join(f"{name} {version(name)}" for name in names)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright's synchronous API keeps an event loop running in the thread of the tests."""
    items.sort(key=lambda item: "browser" in item.path.parts)
