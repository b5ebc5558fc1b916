"""Sizes in bytes as people write them."""

import pytest

from metricbox.sizes import parse_bytes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("1048576", 1_048_576),
        ("512MB", 512_000_000),
        ("64MiB", 64 * 2**20),
        ("64 mib", 64 * 2**20),
        ("1.5k", 1_500),
        ("2G", 2_000_000_000),
        ("1TiB", 2**40),
    ],
)
def test_a_size_is_read(text: str, expected: int) -> None:
    assert parse_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "MB", "-1", "1 PB", "10 % of it", "1,5MB", "1ib"])
def test_what_is_no_size_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 512MB, 64MiB or 1048576"):
        parse_bytes(text)
