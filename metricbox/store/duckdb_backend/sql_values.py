"""Values as DuckDB gives them to Python -> values that JSON has. Pure.

time stamp      ISO 8601 UTC text, with micro- or nanoseconds only where there are such
date, time      ISO 8601 text
interval        seconds
decimal         number
JSON            what it says
blob            hexadecimal text
not finite      as it is: whoever writes JSON makes it null
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

_ALREADY_PLAIN: Final = (bool, int, float, str, type(None))


def plain_rows(rows: Sequence[Sequence[Any]], types: Sequence[str]) -> list[list[Any]]:
    """`types` are the names of the columns' types."""
    json_columns = {position for position, name in enumerate(types) if name == "JSON"}
    return [
        [
            _parse_json(value) if position in json_columns else plain_value(value)
            for position, value in enumerate(row)
        ]
        for row in rows
    ]


def plain_value(value: Any) -> Any:
    if isinstance(value, _ALREADY_PLAIN):
        return value
    if isinstance(value, datetime):
        return _format_time(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(plain_value(key)): plain_value(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(one) for one in value]
    return str(value)


def _format_time(value: datetime) -> str:
    at = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
    return at.isoformat(timespec="microseconds" if at.microsecond % 1000 else "milliseconds") + "Z"


def _parse_json(value: Any) -> Any:
    if not isinstance(value, str):
        return plain_value(value)
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return value
