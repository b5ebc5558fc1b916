"""The socket and the certificate. That a server serves on them is in test_server_process.py."""

import logging
import os
import socket
import ssl
import stat
import threading
from pathlib import Path

import pytest

from metricbox.addresses import Address, SocketPath
from metricbox.errors import UsageError
from metricbox.listening import Certificate, open_listener
from tests.support.certificates import CertificateFiles, make_certificate, replace

# ---- sockets


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_address_is_listened_on_at_once_and_by_one_only(host: str) -> None:
    with open_listener(Address(host, 0)) as listener:
        port = listener.getsockname()[1]
        socket.create_connection((host, port), 5).close()
        with pytest.raises(UsageError, match="cannot listen on"), open_listener(Address(host, port)):
            pass
    with open_listener(Address(host, port)):
        pass


def test_a_unix_socket_is_open_to_owner_and_group_and_goes_with_its_server(tmp_path: Path) -> None:
    path = tmp_path / "box.sock"
    umask = os.umask(0)
    try:
        with open_listener(SocketPath(path)):
            assert stat.S_IMODE(path.stat().st_mode) == 0o660
            with socket.socket(socket.AF_UNIX) as caller:
                caller.connect(str(path))
    finally:
        os.umask(umask)
    assert not path.exists()


def test_a_socket_that_a_killed_server_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "box.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with open_listener(SocketPath(path)):
        pass


def test_a_socket_in_use_and_a_file_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "box.sock"
    with open_listener(SocketPath(path)):
        with pytest.raises(UsageError, match="another server listens there"), open_listener(SocketPath(path)):
            pass
        assert path.exists()
    path.write_text("precious")
    with pytest.raises(UsageError, match="not a socket"), open_listener(SocketPath(path)):
        pass
    assert path.read_text() == "precious"
    with pytest.raises(UsageError, match="No such file"), open_listener(SocketPath(tmp_path / "none" / "s")):
        pass


def test_a_socket_of_another_server_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "box.sock"
    with open_listener(SocketPath(path)):
        path.unlink()
        # Keeps the old inode's number from being given out again.
        (tmp_path / "filler").touch()
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(path))
    assert path.exists()


# ---- certificates


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CertificateFiles]:
    folder = tmp_path_factory.mktemp("certificates")
    return {
        "first": make_certificate(folder, "first", "rsa"),
        "second": make_certificate(folder, "second", "ec"),
        "locked": make_certificate(folder, "locked", "ec", password="secret"),
    }


@pytest.fixture
def files(tmp_path: Path, made: dict[str, CertificateFiles]) -> CertificateFiles:
    files = CertificateFiles(tmp_path / "box.pem", tmp_path / "box.key")
    replace(files, made["first"])
    return files


def shown_by(certificate: Certificate) -> bytes:
    """What a new connection gets to see, DER."""
    ours, theirs = socket.socketpair()

    def serve() -> None:
        with certificate.context.wrap_socket(theirs, server_side=True) as connection:
            connection.recv(1)

    thread = threading.Thread(target=serve)
    thread.start()
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with context.wrap_socket(ours) as connection:
        shown = connection.getpeercert(binary_form=True)
        connection.send(b"x")
    thread.join(10)
    assert shown
    return shown


def der_of(files: CertificateFiles) -> bytes:
    return ssl.PEM_cert_to_DER_cert(files.certificate.read_text())


def test_a_renewed_certificate_is_shown_after_a_reload_even_of_another_key_type(
    files: CertificateFiles, made: dict[str, CertificateFiles]
) -> None:
    certificate = Certificate(*files)
    assert shown_by(certificate) == der_of(made["first"])
    replace(files, made["second"])
    assert shown_by(certificate) == der_of(made["first"])
    certificate.reload()
    assert shown_by(certificate) == der_of(made["second"])


def test_what_cannot_be_used_is_told_and_the_old_one_stays(
    files: CertificateFiles, made: dict[str, CertificateFiles], caplog: pytest.LogCaptureFixture
) -> None:
    certificate = Certificate(*files)
    caplog.set_level(logging.INFO)
    for spoil, reason in (
        (lambda: files.key.write_bytes(made["second"].key.read_bytes()), "not that of the certificate"),
        (lambda: replace(files, made["locked"]), "locked by a password"),
        (lambda: files.certificate.write_text("junk"), "not PEM"),
        (files.certificate.unlink, "No such file"),
    ):
        spoil()
        caplog.clear()
        certificate.reload()
        (record,) = caplog.records
        assert record.levelname == "WARNING"
        assert reason in record.getMessage()
        assert shown_by(certificate) == der_of(made["first"])
    replace(files, made["second"])
    certificate.reload()
    assert shown_by(certificate) == der_of(made["second"])


def test_a_certificate_that_cannot_be_used_stops_the_start(
    files: CertificateFiles, made: dict[str, CertificateFiles]
) -> None:
    replace(files, made["locked"])
    with pytest.raises(UsageError, match="locked by a password"):
        Certificate(*files)


def test_old_versions_of_tls_are_not_spoken(files: CertificateFiles) -> None:
    assert Certificate(*files).context.minimum_version >= ssl.TLSVersion.TLSv1_2
