"""Where callers connect: the TCP or Unix socket, and the certificate that is shown on it.

A certificate is read at the start and again when `reload` is called; connections that are open keep what they began
with. Used by app.py, on the event loop; nothing here accepts a connection.
"""

import contextlib
import errno
import logging
import os
import socket
import ssl
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from metricbox.addresses import Address, SocketPath
from metricbox.errors import UsageError

logger = logging.getLogger(__name__)

BACKLOG = 1024
# Owner and group: the group is how a proxy under another account is let in.
SOCKET_MODE = 0o660


@contextmanager
def open_listener(where: Address | SocketPath) -> Iterator[socket.socket]:
    """A socket that listens already, so that of two servers that start at once one is refused. Raises UsageError."""
    if isinstance(where, Address):
        family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _start(listener, where, where)
            yield listener
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        _remove_dead_socket(where.path)
        # Not chmod afterwards: between the two anybody could connect.
        umask = os.umask(0o777 ^ SOCKET_MODE)
        try:
            _start(listener, where, str(where.path))
        finally:
            os.umask(umask)
        own = where.path.stat().st_ino
        try:
            yield listener
        finally:
            # Another server may have taken the place meanwhile; its socket is not ours to remove.
            with contextlib.suppress(OSError):
                if where.path.stat().st_ino == own:
                    where.path.unlink()


def _start(listener: socket.socket, where: Address | SocketPath, address: Address | str) -> None:
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        msg = f"cannot listen on {where}: {error.strerror}; name another address with --listen"
        raise UsageError(msg) from error
    listener.setblocking(False)


def _remove_dead_socket(path: Path) -> None:
    """Make room where a killed server left its socket. Raises UsageError when something else is there."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            msg = f"cannot listen on unix:{path}: a file that is not a socket is there; name another path"
            raise UsageError(msg)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            code = probe.connect_ex(str(path))
        if code != errno.ECONNREFUSED:
            msg = f"cannot listen on unix:{path}: another server listens there; stop it or name another path"
            raise UsageError(msg)
        path.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        msg = f"cannot listen on unix:{path}: {error.strerror}; name another path with --listen"
        raise UsageError(msg) from error


class Certificate:
    """The certificate and key of the settings. `context` is for the server, and stays the same."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raises UsageError when they cannot be used."""
        self._certificate, self._key = certificate, key
        try:
            self._current = self._load()
        except OSError as error:
            msg = f"the certificate {certificate} with the key {key} cannot be used: {_describe(error)}"
            raise UsageError(msg) from error
        self.context = self._current
        # OpenSSL asks for each connection, with or without a name in it. Loading into the same context instead would
        # keep an old certificate of another key type beside the new one.
        self.context.sni_callback = self._show_current

    def reload(self) -> None:
        """Read the files again. What cannot be used is told in the log, and the old ones stay."""
        try:
            self._current = self._load()
        except OSError as error:
            logger.warning(
                "the certificate %s with the key %s was not taken, the one before stays: %s",
                self._certificate,
                self._key,
                _describe(error),
            )
        else:
            logger.info("the certificate %s was read again; new connections get it", self._certificate)

    def _show_current(
        self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext
    ) -> int | None:
        connection.context = self._current
        return None

    def _load(self) -> ssl.SSLContext:
        """Raises OSError, of which ssl.SSLError is one."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        # Without a password at hand OpenSSL would ask for it on the terminal, and the server would wait there.
        context.load_cert_chain(self._certificate, self._key, password=lambda: "")
        context.set_alpn_protocols(["http/1.1"])
        return context


_MISMATCH = frozenset({"KEY_VALUES_MISMATCH", "NO_CERTIFICATE_ASSIGNED", "KEY_TYPE_MISMATCH"})


def _describe(error: OSError) -> str:
    if not isinstance(error, ssl.SSLError):
        return error.strerror or str(error)
    if error.reason in _MISMATCH:
        return "the key is not that of the certificate"
    # OpenSSL gives the same bare answer for all of these.
    return f"one of them is not PEM, or the key is locked by a password ({error.reason or 'PEM'})"
