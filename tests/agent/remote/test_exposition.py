"""Prometheus's text, as files and targets have it."""

import pytest

from metricbox.agent.remote.exposition import read_text_samples


def test_samples_keep_names_labels_values_and_times() -> None:
    text = '# TYPE a_total counter\na_total{x="1"} 3\nb 2.5 1795602440123\nc{le="+Inf"} NaN\n'
    samples = list(read_text_samples(text, max_samples=10))
    assert samples[0] == ("a_total", (("x", "1"),), 3.0, None)
    assert samples[1] == ("b", (), 2.5, 1_795_602_440_123)
    assert samples[2][:2] == ("c", (("le", "+Inf"),))


def test_openmetrics_is_another_format() -> None:
    text = "# TYPE a counter\na_total 3 1795602440.5\n# EOF\n"
    assert list(read_text_samples(text, is_openmetrics=True, max_samples=10)) == [
        ("a_total", (), 3.0, 1_795_602_440_500)
    ]


@pytest.mark.parametrize(
    "text", ["a{ 1\n", "a{b=c} 1\n", "a one\n", "{} 1\n", "<html>\n", 'a{b="c" 1\n', "a\n"]
)
def test_what_is_not_the_format_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        list(read_text_samples(text, max_samples=10))


def test_samples_are_bounded() -> None:
    text = "".join(f"m{number} 1\n" for number in range(11))
    assert len(list(read_text_samples(text, max_samples=11))) == 11
    with pytest.raises(ValueError, match="more than 10 samples"):
        list(read_text_samples(text, max_samples=10))
