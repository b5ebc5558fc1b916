"""What holds for all tests."""

from importlib.metadata import version

import pytest


def pytest_report_header() -> str:
    names = ("sanic", "duckdb", "apsw", "numpy", "pydantic")
    return "libraries: " + ", ".join(f"{name} {version(name)}" for name in names)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright's synchronous API keeps an event loop running in the thread of the tests."""
    items.sort(key=lambda item: "browser" in item.path.parts)
