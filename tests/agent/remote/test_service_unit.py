"""The systemd service: what is written, how, and what systemd itself says to it."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from metricbox.agent.remote import service_unit
from metricbox.agent.remote.service_unit import Service, install, uninstall
from metricbox.errors import CommandError

TOKEN = 'mbx_a"b\\c$d`e'
SERVICE = Service(
    [
        "/usr/local/bin/metricbox",
        "agent",
        "--label",
        'room=the "old" cellar',
        "--scrape",
        "http://a/m?x=1%20$y",
    ],
    "http://box:8642",
    TOKEN,
)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_are_written_and_the_token_is_for_root_alone(tmp_path: Path) -> None:
    old_umask = os.umask(0)
    try:
        done = install(SERVICE, tmp_path)
    finally:
        os.umask(old_umask)
    environment = tmp_path / "etc/metricbox/agent.env"
    unit = tmp_path / "etc/systemd/system/metricbox-agent.service"
    assert mode_of(environment) == 0o600
    assert mode_of(unit) == 0o644
    assert "mbx_" in environment.read_text()
    assert "mbx_" not in unit.read_text()
    assert len(done) == 3
    assert sorted(path.name for path in environment.parent.iterdir()) == ["agent.env"], "no draft is left"


def test_installing_again_replaces_and_a_wide_mode_is_mended(tmp_path: Path) -> None:
    install(SERVICE, tmp_path)
    environment = tmp_path / "etc/metricbox/agent.env"
    environment.chmod(0o644)
    install(SERVICE._replace(token="mbx_other1"), tmp_path)
    assert mode_of(environment) == 0o600
    assert 'METRICBOX_TOKEN="mbx_other1"' in environment.read_text()


def test_uninstalling_takes_everything_away(tmp_path: Path) -> None:
    install(SERVICE, tmp_path)
    assert len(uninstall(tmp_path)) == 3
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert uninstall(tmp_path) == ["nothing is installed"]


def test_what_is_shown_holds_no_token() -> None:
    """Trap B172."""
    shown = SERVICE.describe()
    assert "mbx_" not in shown
    assert 'METRICBOX_TOKEN="***"' in shown
    assert 'METRICBOX_SERVER="http://box:8642"' in shown
    assert "EnvironmentFile=/etc/metricbox/agent.env" in shown


def test_words_are_quoted_as_systemd_reads_them() -> None:
    (line,) = [line for line in SERVICE.unit.splitlines() if line.startswith("ExecStart=")]
    assert line == (
        'ExecStart=/usr/local/bin/metricbox agent --label "room=the \\"old\\" cellar" '
        '--scrape "http://a/m?x=1%%20$$y"'
    )
    assert f'METRICBOX_TOKEN="{"mbx_a" + chr(92)}"b\\\\c\\$d\\`e"' in SERVICE.environment


def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    path = tmp_path / "metricbox-agent.service"
    program = Service(["/bin/sh", *SERVICE.command[1:]], SERVICE.server, TOKEN)
    # No account of that name exists here.
    path.write_text(program.unit.replace(f"User={service_unit.USER}", "User=root"))
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(path)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    faults = [line for line in result.stderr.splitlines() if "metricbox-agent" in line]
    assert faults == []
    assert result.returncode == 0, result.stderr


def test_without_systemd_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_unit, "_RUNNING_SYSTEMD", Path("run/no-systemd"))
    with pytest.raises(CommandError, match="systemd does not run here"):
        install(SERVICE, Path("/"))
    with pytest.raises(CommandError, match="systemd does not run here"):
        uninstall(Path("/"))


def test_a_program_that_the_user_cannot_reach_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "closed" / "metricbox"
    program.parent.mkdir()
    program.write_text("")
    program.chmod(0o755)
    program.parent.chmod(0o700)
    with pytest.raises(CommandError, match="move it to /usr/local/bin"):
        service_unit._require_reachable(program)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "etc").write_text("")
    with pytest.raises(CommandError, match="cannot be written"):
        install(SERVICE, tmp_path)


def test_the_program_is_named_by_its_whole_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "metricbox"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["metricbox"])
    assert service_unit.find_program() == [str(program)]
    monkeypatch.setattr("sys.argv", ["/opt/app/metricbox/__main__.py"])
    assert service_unit.find_program()[1:] == ["-m", "metricbox"]
