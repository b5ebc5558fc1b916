"""The lists themselves: of functions that there are, and none that reaches out."""

import re

import duckdb
import pytest

from metricbox.store.duckdb_backend import sql_functions as known

DANGEROUS = re.compile(
    r"read_|scan|glob|file|query|setting|secret|variable|nextval|currval|setval|pragma|duckdb|sql|sleep|random|uuid|error|"
    r"env|pg_|inet|txid|user|schema|catalog|database|log_message|write_log|copy|attach|repeat|printf|apply|transform|"
    r"reduce|filter|resize|factorial"
)
# Not functions of the catalogue, but words of the grammar, windows, and table functions.
GRAMMAR = {
    "ifnull",
    "nullif",
    "coalesce",
    "unnest",
    "json_extract_path_text",
    "->",
    "fill",
    "switch",
    "!~~",
    "rank_dense",
}


def test_no_dangerous_function_is_allowed() -> None:
    allowed = known.FUNCTIONS | known.TABLE_FUNCTIONS
    assert {name for name in allowed if DANGEROUS.search(name)} == set()


def test_every_name_is_one_that_duckdb_has() -> None:
    names = {
        row[0].lower()
        for row in duckdb.connect(":memory:")
        .execute("SELECT function_name FROM duckdb_functions()")
        .fetchall()
    }
    windows = {"row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead", "first_value",
               "last_value", "nth_value"}  # fmt: skip
    assert known.FUNCTIONS - names - windows - GRAMMAR == set()
    assert known.TABLE_FUNCTIONS - names == set()


@pytest.mark.parametrize("name", ["now", "get_current_timestamp", "today"])
def test_functions_of_the_clock_are_those_that_the_sandbox_replaces(name: str) -> None:
    assert name in known.FUNCTIONS
    assert "transaction_timestamp" not in known.FUNCTIONS
