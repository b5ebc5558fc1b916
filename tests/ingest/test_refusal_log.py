"""The last refusal of each door and reason, for people; how often it is logged is seen in test_service.py."""

import logging

import pytest

from metricbox.clock import ManualClock
from metricbox.ingest.outcome import IngestOutcome, Reason, Refusal
from metricbox.ingest.refusal_log import RefusalLog


def outcome(*refusals: Refusal) -> IngestOutcome:
    return IngestOutcome(0, len(refusals), refusals, len(refusals))


def test_the_last_example_is_kept_by_door_and_reason():
    clock = ManualClock(1000)
    log = RefusalLog(clock)
    assert log.find_example("json", "syntax") is None
    log.note("json", Reason.SYNTAX, 1, outcome(Refusal(1, Reason.SYNTAX, "first")), "token-1")
    clock.advance_ms(5)
    log.note(
        "json",
        Reason.SYNTAX,
        1,
        outcome(Refusal(1, Reason.TOO_OLD, "not this"), Refusal(2, Reason.SYNTAX, "x" * 1000)),
        "",
    )
    found = log.find_example("json", "syntax")
    assert (found.at_ms, found.token_id, found.sentence) == (1005, "", "x" * 300)
    assert log.find_example("line", "syntax") is None


def test_a_cap_is_explained_by_the_message_about_all_caps():
    log = RefusalLog(ManualClock(1000))
    log.note(
        "json", Reason.TOKEN_SERIES_LIMIT, 1, outcome(Refusal(1, Reason.SERIES_LIMIT, "this token")), "t"
    )
    assert log.find_example("json", "token_series_limit").sentence == "this token"


@pytest.mark.parametrize(
    ("reason", "level", "example"),
    [
        (Reason.RELABELLED, logging.INFO, "a rule of the token drops"),
        (Reason.NOT_FINITE, logging.INFO, "NaN"),
        (Reason.NULL_VALUE, logging.INFO, "null"),
        (Reason.SYNTAX, logging.WARNING, "no room"),
    ],
)
def test_what_no_sender_has_to_mend_is_no_warning_and_says_what_it_was(caplog, reason, level, example):
    caplog.set_level(logging.INFO)
    log = RefusalLog(ManualClock(1000))
    log.note("json", reason, 2, outcome(), "")
    assert example in log.find_example("json", reason.value).sentence
    (record,) = caplog.records
    assert record.levelno == level
    assert example in record.getMessage()
