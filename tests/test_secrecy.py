"""The watch over the whole run sees what it is for."""

import logging

import pytest

from tests.support import secrecy

TOKEN = "mbx_" + "a" * 43


@pytest.fixture
def hits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(secrecy, "hits", found)
    return found


def test_a_secret_in_the_log_is_seen_at_any_level_and_in_tracebacks(hits: list[str]) -> None:
    logger = logging.getLogger("metricbox.web.anything")
    logger.debug("sent %s", TOKEN)
    error = RuntimeError(secrecy.PASSWORDS[0])
    logger.error("failed", exc_info=(RuntimeError, error, None))
    logger.warning("nothing to see of mbx_short")
    assert len(hits) == 2
    assert all("metricbox.web.anything" in hit for hit in hits)
    assert not any(TOKEN in hit for hit in hits)


def test_a_secret_in_an_answer_is_seen(hits: list[str]) -> None:
    secrecy.note('{"data": {"secret": "' + TOKEN + '"}}', "an answer")
    secrecy.note('{"data": {"name": "agent"}}', "an answer")
    assert len(hits) == 1
