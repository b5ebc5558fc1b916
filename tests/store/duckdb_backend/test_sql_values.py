"""Values as JSON has them."""

import datetime as dt
import math
from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb
import pytest

from metricbox.store.duckdb_backend.sql_values import plain_rows, plain_value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (2**100, 2**100),
        ("a", "a"),
        (dt.datetime(2026, 11, 25, 10), "2026-11-25T10:00:00.000Z"),  # noqa: DTZ001
        (dt.datetime(2026, 11, 25, 10, 0, 0, 1500), "2026-11-25T10:00:00.001500Z"),  # noqa: DTZ001
        (
            dt.datetime(2026, 11, 25, 10, tzinfo=dt.timezone(dt.timedelta(hours=2))),
            "2026-11-25T08:00:00.000Z",
        ),
        (dt.date(2026, 11, 25), "2026-11-25"),
        (dt.time(10, 30), "10:30:00"),
        (dt.timedelta(minutes=1.5), 90.0),
        (Decimal("1.50"), 1.5),
        (Decimal("3.00"), 3),
        (b"\x01\xff", "01ff"),
        ([dt.date(2026, 1, 1), (1, None)], ["2026-01-01", [1, None]]),
        ({1: b"a", (1, 2): None}, {"1": "61", "[1, 2]": None}),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_every_kind_of_value_has_a_form(value: Any, expected: Any) -> None:
    assert plain_value(value) == expected
    assert type(plain_value(value)) is type(expected)


def test_json_columns_are_what_they_say() -> None:
    rows = plain_rows(
        [('{"a": [1, null]}', '{"a": 1}'), (None, "x"), ("no json", "y"), ([1], "z")],
        ["JSON", "VARCHAR"],
    )
    assert rows[0][0]["a"][0] == 1
    assert rows[0][1] == '{"a": 1}'
    assert [row[0] for row in rows[1:]] == [None, "no json", [1]]


def test_what_duckdb_gives_is_known() -> None:
    row = duckdb.execute(
        "SELECT 1::HUGEINT, 1.5::DECIMAL(4,1), 'nan'::DOUBLE, INTERVAL 1 DAY, [1, 2], {'a': NULL}, MAP {'k': 1}, "
        "'infinity'::TIMESTAMP, make_timestamp(290000, 1, 1, 0, 0, 0), '2026-01-01'::TIMESTAMP_NS"
    ).fetchall()[0]
    values = [plain_value(value) for value in row]
    assert values[:2] == [1, 1.5]
    assert math.isnan(values[2])
    assert values[3:7] == [86400.0, [1, 2], {"a": None}, {"k": 1}]
    assert values[7:] == ["9999-12-31T23:59:59.999999Z", "290000-01-01 00:00:00", "2026-01-01T00:00:00.000Z"]
