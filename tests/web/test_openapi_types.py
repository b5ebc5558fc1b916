"""One source of types: a field that is renamed in Python breaks the type check of the browser."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.files import ROOT

pytestmark = pytest.mark.slow

# Fields that pages read or send, by their names in Python.
RENAMES = {"updated_at": "changed_at", "is_public": "for_all", "current_password": "old_password"}


def make_copy(folder: Path) -> Path:
    """What the type check reads, and what its generated part is made from."""
    copy = folder / "project"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "metricbox", copy / "metricbox", ignore=ignored)
    shutil.copytree(ROOT / "tests" / "frontend", copy / "tests" / "frontend")
    shutil.copytree(ROOT / "tools", copy / "tools", ignore=ignored)
    (copy / "node_modules").symlink_to(ROOT / "node_modules")
    return copy


def generate_types(copy: Path) -> None:
    subprocess.run(
        [sys.executable, copy / "tools" / "generate_types.py"],
        check=True,
        cwd=copy,
        env={"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
    )


def check_types(copy: Path) -> list[str]:
    """The faults that tsc finds, with the configuration of `make check`."""
    tsc = ROOT / "node_modules" / "typescript" / "bin" / "tsc"
    result = subprocess.run(
        ["node", tsc, "-p", "metricbox/web/jsconfig.json"],
        check=False,
        cwd=copy,
        capture_output=True,
        text=True,
    )
    return [line for line in result.stdout.splitlines() if ": error TS" in line]


@pytest.mark.parametrize("name", RENAMES)
def test_a_renamed_field_breaks_the_browsers_type_check(tmp_path: Path, name: str) -> None:
    copy = make_copy(tmp_path)
    generate_types(copy)
    before = check_types(copy)
    found = 0
    for schemas in (copy / "metricbox" / "web").glob("*schemas.py"):
        text = schemas.read_text()
        found += text.count(f"    {name}: ")
        schemas.write_text(text.replace(f"    {name}: ", f"    {RENAMES[name]}: "))
    assert found
    generate_types(copy)
    new_faults = set(check_types(copy)) - set(before)
    first, second = name.split("_")
    assert any(f"{first}{second.title()}" in fault for fault in new_faults), new_faults
