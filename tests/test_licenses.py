"""What `metricbox licenses` prints."""

import json
from pathlib import Path

import pytest

from metricbox import licenses
from metricbox.errors import UsageError
from metricbox.licenses import (
    Licence,
    collect_licences,
    find_licence,
    list_licences,
    list_needed,
    load_licences,
    save_licences,
)
from tests.support.server_process import run_command


def test_dependencies_are_followed_to_their_ends() -> None:
    needed = list_needed(["sanic>=1", "Argon2_cffi"])
    assert {"sanic", "httptools", "argon2-cffi", "argon2-cffi-bindings", "cffi"} <= set(needed)
    assert "pytest" not in needed


def test_extras_are_followed_only_where_they_are_asked_for() -> None:
    assert "socksio" not in list_needed(["httpx"])
    assert "anyio" in list_needed(["httpx[http2, socks]"])
    assert "uvloop" in list_needed(["sanic[ext]"])


def test_what_another_system_needs_is_left_out() -> None:
    assert "no-such-part" not in list_needed(['no-such-part; sys_platform == "win32"'])


def test_every_part_says_its_terms() -> None:
    parts = {part.name: part for part in collect_licences(["duckdb", "numpy"])}
    assert {"duckdb", "numpy", "preact", "uplot", "gridstack"} <= set(parts)
    for part in parts.values():
        assert part.version
        assert part.terms
    assert "Permission is hereby granted" in parts["uplot"].text
    assert "Redistribution" in parts["numpy"].text


def test_the_executable_reads_what_was_collected_when_it_was_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [Licence("zlib", "1", "Zlib", "text µ"), Licence("Alpha", "2", "MIT", "")]
    save_licences(tmp_path / licenses.FILE_NAME, parts)
    assert json.loads((tmp_path / licenses.FILE_NAME).read_text("utf-8"))[0]["name"] == "Alpha"
    monkeypatch.setattr(licenses, "_PACKAGE", tmp_path)
    assert list_licences() == load_licences(tmp_path / licenses.FILE_NAME) == parts[::-1]
    assert find_licence("ZLIB").text == "text µ"
    with pytest.raises(UsageError, match="no part is called lzma"):
        find_licence("lzma")


def test_the_command_lists_them_and_prints_a_text() -> None:
    listed = run_command("licenses")
    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.splitlines()[0].split() == ["PART", "VERSION", "LICENCE"]
    assert "duckdb" in listed.stdout
    text = run_command("licenses", "uplot").stdout
    assert "Permission is hereby granted" in text
    assert text in run_command("licenses", "--full").stdout
    unknown = run_command("licenses", "nothing-of-ours")
    assert (unknown.returncode, unknown.stdout) == (2, "")
