"""Prometheus's text format, and OpenMetrics, as readings: of files and of targets, which are small.

The library that reads it is loaded when it is first needed: most agents never do.
"""

from collections.abc import Iterator
from typing import NamedTuple

OPENMETRICS = "application/openmetrics-text"


class TextSample(NamedTuple):
    name: str
    labels: tuple[tuple[str, str], ...]
    value: float
    ts_ms: int | None


def read_text_samples(text: str, *, is_openmetrics: bool = False, max_samples: int) -> Iterator[TextSample]:
    """In order. Raises ValueError with a sentence for what cannot be read, and for more than `max_samples`."""
    if is_openmetrics:
        from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
    else:
        from prometheus_client.parser import text_string_to_metric_families as read
    count = 0
    try:
        for family in read(text):  # type: ignore[no-untyped-call]
            for name, labels, value, stamp, *_ in family.samples:
                count += 1
                if count > max_samples:
                    raise ValueError(f"it has more than {max_samples} samples")
                ts_ms = None if stamp is None else round(float(stamp) * 1000)
                yield TextSample(name, tuple(labels.items()), float(value), ts_ms)
    except (
        IndexError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
    ) as error:  # of the library, on odd text
        raise ValueError("it is not in Prometheus's text format") from error
