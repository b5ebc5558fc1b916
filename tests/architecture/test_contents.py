"""What no file of the project may hold: registry hosts, paths of somebody's machine, secrets."""

import re

from tests.architecture.files import ROOT, iter_own_files, read

# Written in parts, so that this file does not hold them either.
REGISTRY_HOSTS = (
    "registry.npm" + "js.org",
    "py" + "pi.org",
    "pythonhost" + "ed.org",
    "unpkg" + ".com",
    "jsdelivr" + ".net",
)
MACHINE_PATH = re.compile(r"(?<![\w.$}~/-])/(?:root|home|tmp|work|Users|var/tmp)" + r"/[\w.-]")
SECRETS = (
    re.compile("-----BEGIN " + "[A-Z ]*PRIVATE KEY-----"),
    re.compile(r"\bmbx" + r"_[A-Za-z0-9_-]{32,}"),
    re.compile(r"\bgh[pousr]" + r"_[A-Za-z0-9]{30,}"),
    re.compile(r"\bAKIA" + r"[A-Z0-9]{16}\b"),
)
TEXT = (
    ".py",
    ".js",
    ".ts",
    ".md",
    ".toml",
    ".json",
    ".lock",
    ".css",
    ".html",
    ".sql",
    ".sh",
    ".yml",
    "Makefile",
    ".npmrc",
    ".ci/run",
)


def find(patterns, *suffixes: str) -> list[str]:
    found = []
    for path in iter_own_files(*suffixes):
        text = read(path)
        found += [f"{path}: {match[0]}" for pattern in patterns for match in pattern.finditer(text)]
    return found


def test_no_file_names_a_registry_host() -> None:
    """Where packages come from is the machine's setting, and the air gap's."""
    assert find([re.compile(re.escape(host)) for host in REGISTRY_HOSTS], *TEXT) == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert find([MACHINE_PATH], *TEXT) == []


def test_no_file_holds_a_secret() -> None:
    assert find(SECRETS, *TEXT) == []


def test_source_files_are_utf8_with_plain_line_ends() -> None:
    for path in iter_own_files(*TEXT):
        content = (ROOT / path).read_bytes()
        assert b"\r" not in content, path
        content.decode("utf-8")
        assert not content or content.endswith(b"\n"), path
