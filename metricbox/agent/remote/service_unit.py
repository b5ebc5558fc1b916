"""`metricbox agent install`: a systemd service of its own user with nothing allowed but what measuring needs.

    /etc/systemd/system/metricbox-agent.service     readable by all, hence without the token
    /etc/metricbox/agent.env                        0600: server and token
    /etc/sysusers.d/metricbox-agent.conf            the user

The unit has no file system view of its own (ProtectSystem and the like): every mount would look read-only, and bind
mounts of the sandbox would look like disks of the host. The user may write nothing but the spool anyway.
"""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from metricbox.errors import CommandError

USER = "metricbox-agent"
UNIT = "metricbox-agent.service"
UNIT_PATH = Path("etc/systemd/system") / UNIT
ENVIRONMENT_PATH = Path("etc/metricbox/agent.env")
SYSUSERS_PATH = Path("etc/sysusers.d/metricbox-agent.conf")
SPOOL = "/var/lib/metricbox-agent"
_RUNNING_SYSTEMD = Path("run/systemd/system")

_UNIT = """\
# Written by `metricbox agent install`; `metricbox agent uninstall` takes it away.
[Unit]
Description=metricbox agent: pushes the metrics of this host
Documentation=man:systemd.exec(5)
Wants=network-online.target
After=network-online.target time-sync.target

[Service]
ExecStart={command}
EnvironmentFile=/{environment}
User={user}
StateDirectory=metricbox-agent
StateDirectoryMode=0700
UMask=0077
Restart=always
RestartSec=5s
# 2 is wrong use: trying again does not mend it.
RestartPreventExitStatus=2
TimeoutStopSec=10s
Nice=5
MemoryMax=256M
TasksMax=64

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
# adjtimex only reads here; without a capability it cannot do more.
SystemCallFilter=@system-service adjtimex clock_adjtime
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""

_ENVIRONMENT = """\
# Of the metricbox agent. Holds a secret: keep it 0600.
METRICBOX_SERVER={server}
METRICBOX_TOKEN={token}
"""


class Service(NamedTuple):
    """What the service is to do."""

    command: Sequence[str]
    """Program and arguments, without server and token."""
    server: str
    token: str

    @property
    def unit(self) -> str:
        command = " ".join(_quote(word) for word in self.command)
        return _UNIT.format(command=command, environment=ENVIRONMENT_PATH, user=USER)

    @property
    def environment(self) -> str:
        return _ENVIRONMENT.format(server=_quote_value(self.server), token=_quote_value(self.token))

    def describe(self) -> str:
        """All files, the token masked."""
        masked = self._replace(token="***")  # noqa: S106 - that is the mask
        return "".join(
            f"# /{path}\n{text}\n"
            for path, text in (
                (UNIT_PATH, self.unit),
                (ENVIRONMENT_PATH, masked.environment),
                (SYSUSERS_PATH, sysusers_text()),
            )
        )


def sysusers_text() -> str:
    return f'u {USER} - "metricbox agent" {SPOOL}\n'


def _quote(word: str) -> str:
    """A word of ExecStart: % and $ are its own, quotes and backslashes C's."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    is_plain = escaped == word and word and not any(char.isspace() or char in "';" for char in word)
    return word if is_plain else f'"{escaped}"'


def _quote_value(text: str) -> str:
    """A value of an environment file, in which double quotes, backslashes, $ and ` are escaped."""
    escaped = "".join(f"\\{char}" if char in '\\"$`' else char for char in text)
    return f'"{escaped}"'


def find_program() -> list[str]:
    """How this program is started, by its absolute path."""
    started = Path(sys.argv[0])
    if started.name == "__main__.py":
        return [sys.executable, "-m", "metricbox"]
    found = shutil.which(sys.argv[0]) if started.parent == Path() else None
    return [str(Path(found or started).absolute())]


def install(service: Service, root: Path) -> list[str]:
    """Write the files and start the service; with a `root` other than / only write. What was done, line by line.

    Raises CommandError where there is no systemd, or no right to do it.
    """
    is_here = root == Path("/")
    if is_here:
        _require_systemd(root, "install")
        _require_reachable(Path(service.command[0]))
    done = []
    for path, text, mode in (
        (SYSUSERS_PATH, sysusers_text(), 0o644),
        (ENVIRONMENT_PATH, service.environment, 0o600),
        (UNIT_PATH, service.unit, 0o644),
    ):
        _write(root / path, text, mode)
        done.append(f"wrote {root / path}")
    if is_here:
        _make_user()
        _run("systemctl", "daemon-reload")
        _run("systemctl", "enable", UNIT)
        _run("systemctl", "restart", UNIT)
        done.append(f"started {UNIT}; `journalctl -u {UNIT}` shows its log")
    return done


def uninstall(root: Path) -> list[str]:
    """Stop the service and remove its files, the token with them. The spool and the user stay."""
    is_here = root == Path("/")
    done = []
    if is_here:
        _require_systemd(root, "uninstall")
        if (root / UNIT_PATH).exists():
            _run("systemctl", "disable", "--now", UNIT)
            done.append(f"stopped {UNIT}")
    for path in (UNIT_PATH, ENVIRONMENT_PATH, SYSUSERS_PATH):
        try:
            (root / path).unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise CommandError(f"{root / path} cannot be removed: {error.strerror}") from error
        done.append(f"removed {root / path}")
    if is_here:
        _run("systemctl", "daemon-reload")
        if Path(SPOOL).exists():
            done.append(f"left {SPOOL}, which may hold samples that were not sent")
    return done or ["nothing is installed"]


def _require_systemd(root: Path, action: str) -> None:
    if not (root / _RUNNING_SYSTEMD).is_dir() or shutil.which("systemctl") is None:
        msg = (
            "systemd does not run here: start `metricbox agent` by what starts programs on this system; "
            f"`metricbox agent {action} --root DIR` works on the files of another system"
        )
        raise CommandError(msg)
    if os.geteuid() != 0:
        raise CommandError(f"only root may do this: run it as `sudo metricbox agent {action}`")


def _require_reachable(program: Path) -> None:
    for folder in (program, *program.parents):
        if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH:
            msg = f"{program} cannot be run by the user {USER}, because {folder} is closed; move it to /usr/local/bin"
            raise CommandError(msg)


def _write(path: Path, text: str, mode: int) -> None:
    """At once as a whole, and never for a moment readable by more than `mode` says."""
    draft = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
        draft.replace(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error


def _make_user() -> None:
    if shutil.which("systemd-sysusers"):
        _run("systemd-sysusers", f"/{SYSUSERS_PATH}")
    else:
        _run("useradd", "--system", "--no-create-home", "--home-dir", SPOOL, USER)


def _run(*command: str) -> None:
    program = shutil.which(command[0])
    if program is None:
        raise CommandError(f"{command[0]} is not installed, but is needed")
    result = subprocess.run([program, *command[1:]], check=False, capture_output=True, text=True)  # noqa: S603
    if result.returncode:
        words = " ".join(result.stderr.split()) or f"exit code {result.returncode}"
        raise CommandError(f"`{' '.join(command)}` failed: {words}")
