"""What a failed message says about itself."""

from metricbox.alerts.channels.sending import SendError


def test_a_failure_is_for_now_unless_it_says_so() -> None:
    error = SendError("503 busy")
    assert (str(error), error.is_final, error.retry_after_s) == ("503 busy", False, None)
    assert SendError("404", is_final=True).is_final
    assert SendError("429", retry_after_s=7.0).retry_after_s == 7.0
