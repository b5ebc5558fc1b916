"""Sorting, searching and cutting of lists in SQL, in one place for all repositories. Pure text building."""

from collections.abc import Mapping

from metricbox.errors import ValidationError


def order_by(sort: str, columns: Mapping[str, str], default: str) -> str:
    """The ORDER BY text of `sort`, such as `name` or `-updatedAt`; `columns` maps API names to SQL.

    Raises ValidationError for a name that is not in `columns`.
    """
    name = sort.removeprefix("-")
    if not sort:
        return default
    if name not in columns:
        raise ValidationError.for_field(
            "sort", f"must be one of {', '.join(columns)}, with - in front to turn it"
        )
    return f"{columns[name]} {'desc' if sort.startswith('-') else 'asc'}, {default}"


def like_pattern(search: str) -> str:
    r"""A LIKE pattern (with escape `\`) for texts that hold `search`; LIKE ignores the case of ASCII letters."""
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
