"""A running server, and callers of every kind, for everything under tests/web."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.api import Callers, Server, run_server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with run_server(tmp_path) as running:
        yield running


@pytest.fixture
async def callers(server: Server) -> Callers:
    return await Callers.make(server)
