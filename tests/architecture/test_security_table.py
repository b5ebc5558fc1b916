"""SECURITY.md names a test for each guard: they exist."""

import re

import pytest

from tests.architecture.files import ROOT

_ROW = re.compile(r"^\| (?!threat|---)(.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
ROWS = _ROW.findall((ROOT / "SECURITY.md").read_text(encoding="utf-8"))


def test_the_table_is_there() -> None:
    assert len(ROWS) >= 30


@pytest.mark.parametrize(("threat", "guard", "tests"), ROWS, ids=[row[0][:40] for row in ROWS])
def test_a_guard_has_a_test(threat: str, guard: str, tests: str) -> None:
    assert threat
    assert guard
    named = re.findall(r"`([^`]+)`", tests)
    assert named
    for one in named:
        path, _, name = one.partition("::")
        text = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert not name or re.search(rf"^(?:async )?def {name}\(", text, re.MULTILINE), one
