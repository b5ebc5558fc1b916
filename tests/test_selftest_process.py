"""Parts of the selftest that have edges of their own."""

import httpx
import pytest

from metricbox.selftest_process import (
    Deadline,
    Receiver,
    StepError,
    expect,
    find_program,
    make_environment,
)


def test_settings_of_the_caller_are_left_out() -> None:
    given = {"METRICBOX_DATA": "/x", "_METRICBOX_FILE": "/y", "PATH": "/bin"}
    assert make_environment(given) == {"_METRICBOX_FILE": "/y", "PATH": "/bin"}


def test_a_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """B205: an executable has no -m."""
    assert find_program()[1:] == ["-m", "metricbox"]
    monkeypatch.setattr("sys.frozen", True, raising=False)
    assert len(find_program()) == 1


def test_waiting_ends_with_what_was_waited_for_or_with_the_time() -> None:
    found = iter([None, 0, "there"])
    assert Deadline(60_000).wait_for("it", lambda: next(found)) == "there"
    with pytest.raises(StepError, match="it did not come"):
        Deadline(10).wait_for("it", lambda: None)


def test_the_receiver_keeps_what_is_posted() -> None:
    receiver = Receiver()
    try:
        answer = httpx.post(f"http://{receiver.address}/hook", json={"a": 1}, trust_env=False)
        assert answer.status_code == 200
        assert receiver.messages == [("/hook", {"a": 1})]
    finally:
        receiver.close()


def test_a_difference_is_told_in_one_short_line() -> None:
    expect("samples", 1, 1)
    with pytest.raises(StepError, match=r"^samples: 2 instead of 1$"):
        expect("samples", 2, 1)
    with pytest.raises(StepError) as told:
        expect("samples", "x" * 10_000, "")
    assert len(str(told.value)) < 200
