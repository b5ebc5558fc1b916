"""A receiver over HTTP, and the poster that all channels share."""

from collections.abc import AsyncIterator, Iterator

import pytest

from metricbox.alerts.channels.http import HttpPoster
from tests.support.http_sink import HttpSink, run_sink


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with run_sink() as running:
        yield running


@pytest.fixture
async def poster() -> AsyncIterator[HttpPoster]:
    made = HttpPoster()
    yield made
    await made.close()
