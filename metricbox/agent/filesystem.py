"""File systems: node_exporter's collector `filesystem`, and the ready ratio of used space."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from metricbox.agent.reading import Reading, clamp_ratio, read_text

# node_exporter's defaults of --collector.filesystem.mount-points-exclude and fs-types-exclude.
_EXCLUDED_MOUNT_POINT = re.compile(
    r"/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)"
)
_EXCLUDED_TYPE = re.compile(
    r"autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay"
    r"|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs"
)
# Types whose server may be away, so that asking for their size may not return.
_REMOTE_TYPE = re.compile(
    r"nfs.*|cifs|smb.*|9p|ceph|glusterfs|lustre|afs|ncpfs|beegfs|gpfs|fuse(\..*)?|virtiofs"
)
_REMOTE_TIMEOUT_S = 1.0

_OCTAL_ESCAPE = re.compile(r"\\([0-7]{3})")


class Mount(NamedTuple):
    device: str
    mount_point: str
    fs_type: str
    is_read_only: bool

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        return (("device", self.device), ("fstype", self.fs_type), ("mountpoint", self.mount_point))


class Statvfs(Protocol):
    """The fields of `os.statvfs_result` that are read here."""

    @property
    def f_frsize(self) -> int: ...
    @property
    def f_blocks(self) -> int: ...
    @property
    def f_bfree(self) -> int: ...
    @property
    def f_bavail(self) -> int: ...
    @property
    def f_files(self) -> int: ...
    @property
    def f_ffree(self) -> int: ...


class FilesystemPart:
    """Size and use of every mounted file system.

    One whose server is away costs a second, and then nothing until it has answered.
    """

    def __init__(self, proc_root: Path, statvfs: Callable[[str], Statvfs]) -> None:
        self._proc_root = proc_root
        self._statvfs = statvfs
        self._waiting: set[str] = set()

    def read(self) -> list[Reading]:
        readings = []
        # A mount point may be listed twice; what is mounted last hides the others.
        for mount in {mount.labels: mount for mount in self._list_mounts()}.values():
            is_listed = not (
                _EXCLUDED_MOUNT_POINT.match(mount.mount_point) or _EXCLUDED_TYPE.fullmatch(mount.fs_type)
            )
            # The root of a container is an overlay, which node_exporter leaves out; its ratio is wanted.
            if not is_listed and mount.mount_point != "/":
                continue
            try:
                stat = self._stat(mount)
            except OSError:
                if is_listed:
                    readings.append(Reading("node_filesystem_device_error", 1, mount.labels))
                    readings.append(
                        Reading("node_filesystem_readonly", float(mount.is_read_only), mount.labels)
                    )
                continue
            if is_listed:
                readings += _size_readings(mount, stat)
            readings += used_ratio(mount.labels, used=(stat.f_blocks - stat.f_bfree), available=stat.f_bavail)
        return readings

    def _list_mounts(self) -> list[Mount]:
        try:
            text = read_text(self._proc_root / "1" / "mountinfo")
        except OSError:  # hidden from ordinary users on some hosts
            text = read_text(self._proc_root / "self" / "mountinfo")
        return [parse_mount(line) for line in text.splitlines()]

    def _stat(self, mount: Mount) -> Statvfs:
        if not _REMOTE_TYPE.fullmatch(mount.fs_type):
            return self._statvfs(mount.mount_point)
        if mount.mount_point in self._waiting:
            msg = f"{mount.mount_point} has not answered yet"
            raise TimeoutError(msg)
        return self._stat_remote(mount.mount_point)

    def _stat_remote(self, mount_point: str) -> Statvfs:
        """Ask in a thread of its own, which may hang for as long as it likes."""
        answers: list[Statvfs | OSError] = []

        def ask() -> None:
            try:
                answers.append(self._statvfs(mount_point))
            except OSError as error:
                answers.append(error)
            finally:
                self._waiting.discard(mount_point)

        self._waiting.add(mount_point)
        thread = threading.Thread(target=ask, name="metricbox-agent-statvfs", daemon=True)
        thread.start()
        thread.join(_REMOTE_TIMEOUT_S)
        if not answers:
            msg = f"{mount_point} does not answer"
            raise TimeoutError(msg)
        if isinstance(answers[0], OSError):
            raise answers[0]
        return answers[0]


def parse_mount(line: str) -> Mount:
    """One line of mountinfo (proc_pid_mountinfo(5)): optional fields end at ` - `."""
    mount_fields, _, source_fields = line.partition(" - ")
    mount_point, mount_options = mount_fields.split()[4:6]
    fs_type, device, super_options = source_fields.split(" ")[:3]  # the device may be empty
    options = {*mount_options.split(","), *super_options.split(",")}
    return Mount(_unescape(device), _unescape(mount_point), fs_type, bool(options & {"ro", "emergency_ro"}))


def used_ratio(labels: tuple[tuple[str, str], ...], *, used: float, available: float) -> list[Reading]:
    """Used share of what users may use, as `df` shows it: blocks kept for root count as neither."""
    if used + available <= 0:
        return []
    return [Reading("metricbox_host_filesystem_used_ratio", clamp_ratio(used / (used + available)), labels)]


def _size_readings(mount: Mount, stat: Statvfs) -> list[Reading]:
    block_bytes = stat.f_frsize
    return [
        Reading("node_filesystem_size_bytes", float(stat.f_blocks * block_bytes), mount.labels),
        Reading("node_filesystem_free_bytes", float(stat.f_bfree * block_bytes), mount.labels),
        Reading("node_filesystem_avail_bytes", float(stat.f_bavail * block_bytes), mount.labels),
        Reading("node_filesystem_files", float(stat.f_files), mount.labels),
        Reading("node_filesystem_files_free", float(stat.f_ffree), mount.labels),
        Reading("node_filesystem_readonly", float(mount.is_read_only), mount.labels),
        Reading("node_filesystem_device_error", 0, mount.labels),
    ]


def _unescape(text: str) -> str:
    """Blanks and backslashes stand as three octal digits after a backslash."""
    return _OCTAL_ESCAPE.sub(lambda match: chr(int(match[1], 8)), text)
