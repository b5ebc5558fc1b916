"""The command line: settings from every source, one line for every error, and exit codes 0, 1 and 2."""

import asyncio
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from metricbox import __version__
from metricbox.cli import main
from metricbox.clock import SystemClock
from metricbox.settings import list_rows
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.users import find_credentials
from metricbox.store.datafolder import DataFolder
from metricbox.web.passwords import verify_password

PASSWORD = "correct horse battery"


class Result(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Result]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object, stdin: str | None = "") -> Result:
        monkeypatch.setattr("sys.argv", ["metricbox", *map(str, arguments)])
        monkeypatch.setattr("sys.stdin", _Terminal() if stdin is None else io.StringIO(stdin))
        with pytest.raises(SystemExit) as caught:
            main()
        captured = capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return Result(caught.value.code, captured.out, captured.err)

    return run


def assert_one_line(result: Result, code: int, text: str) -> None:
    """An error is one line that says what to do, on standard error, no traceback."""
    assert result.code == code
    assert result.out == ""
    assert result.err.startswith("metricbox: ")
    assert result.err.count("\n") == 1
    assert text in result.err


def test_version_names_the_program_and_its_libraries(run: Run) -> None:
    result = run("version")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == f"metricbox {__version__}"
    assert [line.split()[0] for line in lines[2:]] == [
        "sanic",
        "duckdb",
        "apsw",
        "numpy",
        "pydantic",
        "msgspec",
    ]


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["serve", "--help"], ["token", "create", "-h"]])
def test_help_is_printed(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Usage: ")


@pytest.mark.parametrize("command", ["serve", "check-config"])
def test_every_setting_is_an_option(run: Run, command: str) -> None:
    text = " ".join(run(command, "--help").out.split())
    for row in list_rows():
        name = row.option_name
        option = f"{name} / --no-{name.removeprefix('--')}" if row.is_flag else f"{name} TEXT"
        assert option in text, row.name
        assert row.environment_name in re.sub(r"_ ", "_", text), row.name


def test_check_config_prints_every_setting_with_its_origin(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "metricbox.toml"
    file.write_text('query_timeout = "3s"\n')
    monkeypatch.setenv("METRICBOX_MAX_SERIES", "5")
    result = run("check-config", "--config", file, "--no-agent", "--listen", "127.0.0.1:1")
    lines = dict(re.fullmatch(r"(\w+) += (.*)", line).groups() for line in result.out.splitlines())  # type: ignore[union-attr]
    assert list(lines) == [row.name for row in list_rows()]
    shown = {name: tuple(part.strip() for part in text.split("#")) for name, text in lines.items()}
    assert shown["query_timeout"] == ("3s", "file")
    assert shown["max_series"] == ("5", "environment")
    assert shown["agent"] == ("false", "flag")
    assert shown["listen"] == ("127.0.0.1:1", "flag")
    assert shown["retention_raw"] == ("7d", "default")


def test_check_config_takes_the_file_named_by_the_environment(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "metricbox.toml"
    file.write_text("agent = false\n")
    monkeypatch.setenv("METRICBOX_CONFIG", str(file))
    assert re.search(r"agent +=.*false.*# file", run("check-config").out)


def test_check_config_shows_no_secret(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap B172."""
    monkeypatch.setenv("METRICBOX_ADMIN_EMAIL", "a@example.org")
    monkeypatch.setenv("METRICBOX_ADMIN_PASSWORD", "canary-9f3b")
    result = run("check-config")
    assert "canary" not in result.out + result.err
    assert "***" in result.out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["serve", "--listen", "nowhere"], "--listen"),
        (["--listen", "nowhere"], "--listen"),
        (["check-config", "--retention-raw", "1h"], "outside 4h to 100y"),
        (["check-config", "--unknown"], "--unknown"),
        (["nonsense"], "nonsense"),
        (["token", "create", "--name", "x"], "--scope"),
        (["token", "create", "--name", "x", "--scope", "root"], "root"),
        (["user", "add"], "EMAIL"),
        (["user", "add", "a@b.c", "--role", "root"], "root"),
        (["token"], "metricbox token needs one of create, list, revoke; `metricbox token --help`"),
        (["user"], "metricbox user needs one of add, disable, enable, list, passwd; `metricbox user --help`"),
        (["token", "revoke"], "ID"),
        (["version", "extra"], "extra"),
        (["token", "list", "--listen", "8642"], "--listen"),
        (["check-config", "--data", ""], "a path must not be empty"),
        (["check-config", "--config", "no-such-file.toml"], "cannot be read"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(run: Run, arguments: list[str], text: str) -> None:
    assert_one_line(run(*arguments), 2, text)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("listen = ", "is not TOML"),
        ('colour = "red"\n', "colour in"),
        ('query_timeout = "1ms"\n', "query_timeout in"),
        ("max_series = 1.5\n", "max_series in"),
        ('admin_email = "a@b.c"\n', "belong together"),
    ],
)
def test_a_bad_file_is_wrong_use(run: Run, tmp_path: Path, content: str, text: str) -> None:
    file = tmp_path / "metricbox.toml"
    file.write_text(content)
    assert_one_line(run("check-config", "--config", file), 2, text)


def test_the_nearer_source_wins(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "metricbox.toml"
    file.write_text("max_series = 1\n")

    def shown(*arguments: object) -> list[str]:
        (line,) = [line for line in run(*arguments).out.splitlines() if line.startswith("max_series ")]
        return line.replace("=", " ").replace("#", " ").split()

    assert shown("check-config")[2:] == ["default"]
    assert shown("check-config", "--config", file) == ["max_series", "1", "file"]
    monkeypatch.setenv("METRICBOX_MAX_SERIES", "2")
    assert shown("check-config", "--config", file) == ["max_series", "2", "environment"]
    assert shown("check-config", "--config", file, "--max-series", 3) == ["max_series", "3", "flag"]


def test_unknown_environment_is_wrong_use(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICBOX_DTAA", "x")
    assert_one_line(run("check-config"), 2, "METRICBOX_DTAA")


def test_a_file_in_place_of_the_folder_is_wrong_use(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert_one_line(run("token", "list", "--data", tmp_path / "file"), 2, "cannot be used")


def test_accounts_and_tokens_on_the_files_of_a_server_that_does_not_run(run: Run, tmp_path: Path) -> None:
    folder = ("--data", tmp_path)
    assert run("user", "add", "a@example.org", "--role", "admin", "--password", PASSWORD, *folder) == (
        0,
        "",
        "",
    )
    assert run("user", "add", "b@example.org", *folder, stdin=PASSWORD + "\n") == (0, "", "")
    listed = run("user", "list", *folder).out.splitlines()
    assert listed[0].split() == ["E-MAIL", "ROLE", "STATE", "CREATED", "LAST", "SEEN"]
    assert sorted(line.split()[:3] for line in listed[1:]) == [
        ["a@example.org", "admin", "active"],
        ["b@example.org", "viewer", "active"],
    ]
    created = run("token", "create", "--name", "agent", "--scope", "ingest", *folder)
    assert re.fullmatch(r"\S{20,}\n", created.out), "the token stands alone on standard output"
    listed = run("token", "list", *folder).out.splitlines()
    assert listed[1].split()[1:4] == ["agent", "ingest", "a@example.org"]
    assert created.out.strip() not in "".join(listed)
    limits = ("--expires", "90d", "--metric-prefix", "press_", "--max-series", "50")
    assert run("token", "create", "--name", "press", "--scope", "ingest", *limits, *folder).err == ""
    rows = [line.split() for line in run("token", "list", *folder).out.splitlines()]
    assert next(row for row in rows if row[1] == "press")[-3:] == ["press_*,", "50", "series"]
    assert run("token", "revoke", "press", *folder) == (0, "", "")
    assert run("token", "revoke", "agent", *folder) == (0, "", "")
    assert len(run("token", "list", *folder).out.splitlines()) == 1
    assert run("user", "passwd", "b@example.org", *folder, stdin="another good secret\n") == (0, "", "")


def test_a_password_given_on_standard_input_is_its_first_line(run: Run, tmp_path: Path) -> None:
    folder = ("--data", tmp_path)
    admin = ("user", "add", "a@b.c", "--role", "admin")
    assert_one_line(run(*admin, *folder, stdin=""), 1, "password: must have 8 to 1024")
    assert_one_line(run(*admin, *folder, stdin="\n" + PASSWORD), 1, "password: must have 8 to 1024")
    assert run(*admin, *folder, stdin=f" {PASSWORD} \nrest\n") == (0, "", "")
    with DataFolder(tmp_path) as locked:
        appdb = AppDatabase.open(locked.sqlite_path, SystemClock())
        found = asyncio.run(appdb.read(lambda connection: find_credentials(connection, "a@b.c")))
        appdb.close()
    assert found is not None
    assert verify_password(f" {PASSWORD} ", found.password_hash)


def test_a_password_of_a_terminal_is_asked_for_twice(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([PASSWORD, "another", PASSWORD, PASSWORD])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    arguments = ("user", "add", "a@b.c", "--role", "admin", "--data", tmp_path)
    assert_one_line(run(*arguments, stdin=None), 2, "the two passwords differ")
    assert run(*arguments, stdin=None) == (0, "", "")


def test_tokens_with_one_name_are_revoked_by_id(run: Run, tmp_path: Path) -> None:
    folder = ("--data", tmp_path)
    run("user", "add", "a@b.c", "--role", "admin", *folder, stdin=PASSWORD)
    for _ in range(2):
        assert run("token", "create", "--name", "twin", "--scope", "read", *folder).code == 0
    assert_one_line(run("token", "revoke", "twin", *folder), 1, "2 tokens are named twin; revoke by the id")
    token_id = run("token", "list", *folder).out.splitlines()[1].split()[0]
    assert run("token", "revoke", token_id, *folder) == (0, "", "")
    assert run("token", "revoke", "twin", *folder) == (0, "", "")


def test_a_damaged_file_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "metricbox.sqlite").write_bytes(b"no database at all")
    assert_one_line(run("token", "list", "--data", tmp_path), 1, "is damaged; move it away")


def test_what_cannot_be_done_is_one_line_and_exit_1(run: Run, tmp_path: Path) -> None:
    folder = ("--data", tmp_path)
    assert_one_line(run("token", "create", "--name", "x", "--scope", "read", *folder), 1, "no account yet")
    assert_one_line(run("user", "add", "a@b.c", *folder, stdin=PASSWORD), 1, "must be an admin")
    assert_one_line(run("user", "add", "no-address", *folder, stdin=PASSWORD), 1, "must be an e-mail address")
    run("user", "add", "a@b.c", "--role", "admin", *folder, stdin=PASSWORD)
    assert_one_line(run("user", "add", "A@b.c", *folder, stdin=PASSWORD), 1, "")
    assert_one_line(run("user", "add", "d@b.c", *folder, stdin="short"), 1, "")
    assert_one_line(run("user", "passwd", "nobody@b.c", *folder, stdin=PASSWORD), 1, "no account nobody@b.c")
    assert_one_line(run("token", "revoke", "nothing", *folder), 1, "no token nothing")
    assert_one_line(
        run("token", "create", "--name", "x", "--scope", "read", "--owner", "nobody@b.c", *folder),
        1,
        "no account",
    )


def test_a_server_that_does_not_answer_is_told(run: Run, tmp_path: Path) -> None:
    with DataFolder(tmp_path):
        assert_one_line(run("token", "list", "--data", tmp_path), 1, "does not answer")
