"""A server process on HTTPS, on a Unix socket and behind a proxy."""

import os
import re
import signal
import socket
import ssl
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.certificates import CertificateFiles, make_certificate, replace
from tests.support.server_process import (
    ADMIN_ENVIRONMENT,
    EMAIL,
    PASSWORD,
    WAIT_S,
    ServerProcess,
    running_server,
)

pytestmark = pytest.mark.slow

LOGIN = {"email": EMAIL, "password": PASSWORD}


def trusting(files: CertificateFiles) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=files.certificate)


def tls_options(files: CertificateFiles) -> tuple[str, ...]:
    return ("--tls-cert", str(files.certificate), "--tls-key", str(files.key))


def wait_for_log(server: ServerProcess, text: str) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while text not in server.errors:
        assert time.monotonic() < deadline_s, server.errors
        time.sleep(0.02)


def test_https_is_said_and_meant(tmp_path: Path) -> None:
    files = make_certificate(tmp_path, "box")
    with running_server(tmp_path / "data", *tls_options(files)) as server:
        assert server.url.startswith("https://")
        with httpx.Client(base_url=server.url, verify=trusting(files), trust_env=False) as client:
            page = client.get("/")
            assert page.headers["strict-transport-security"] == "max-age=31536000"
            assert page.headers["cross-origin-opener-policy"] == "same-origin"
            answer = client.post("/api/v1/auth/login", json=LOGIN, headers={"Origin": server.url})
            assert answer.status_code == 200
            assert "; Secure" in answer.headers["set-cookie"]
            plain = server.url.replace("https", "http")
            answer = client.post("/api/v1/auth/logout", headers={"Origin": plain})
            assert answer.status_code == 403
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{plain}/health", trust_env=False)


def test_sighup_shows_a_renewed_certificate_to_new_connections_and_keeps_the_old_one_over_a_broken_one(
    tmp_path: Path,
) -> None:
    files = CertificateFiles(tmp_path / "box.pem", tmp_path / "box.key")
    first, second = make_certificate(tmp_path, "first", "rsa"), make_certificate(tmp_path, "second", "ec")
    replace(files, first)
    with running_server(tmp_path / "data", *tls_options(files)) as server:
        old = httpx.Client(base_url=server.url, verify=trusting(first), trust_env=False)
        assert old.get("/health").status_code == 200

        files.key.write_text("broken")
        os.kill(server.pid, signal.SIGHUP)
        wait_for_log(server, "the one before stays")
        with httpx.Client(base_url=server.url, verify=trusting(first), trust_env=False) as client:
            assert client.get("/health").status_code == 200

        replace(files, second)
        os.kill(server.pid, signal.SIGHUP)
        wait_for_log(server, "was read again")
        with httpx.Client(base_url=server.url, verify=trusting(second), trust_env=False) as client:
            assert client.get("/health").status_code == 200
        assert old.get("/health").status_code == 200
        old.close()
        assert server.terminate() == 0


def test_sighup_without_a_certificate_stops_as_a_closed_terminal_does(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        os.kill(server.pid, signal.SIGHUP)
        assert server.wait() == 0


def test_a_caller_that_leaves_without_a_word_is_no_failure(tmp_path: Path) -> None:
    files = make_certificate(tmp_path, "box")
    with running_server(tmp_path / "data", *tls_options(files)) as server:
        port = int(server.url.rpartition(":")[2])
        with (
            socket.create_connection(("127.0.0.1", port)) as connection,
            trusting(files).wrap_socket(connection, server_hostname="localhost"),
        ):
            pass
        assert server.terminate() == 0
        assert "ERROR" not in server.errors


# ---- Unix socket and proxies


@contextmanager
def unix_server(folder: Path, *arguments: str) -> Iterator[tuple[ServerProcess, Path]]:
    path = folder / "box.sock"
    options = ("--listen", f"unix:{path}", *arguments)
    server = ServerProcess(folder / "data", *options, environment=ADMIN_ENVIRONMENT)
    assert server.read_line() == f"metricbox is ready: unix:{path}\n", server.errors
    try:
        yield server, path
    finally:
        if server.process.poll() is None:
            server.terminate()


def unix_client(path: Path, **headers: str) -> httpx.Client:
    return httpx.Client(
        base_url="http://box.example",
        transport=httpx.HTTPTransport(uds=str(path)),
        headers=headers,
        timeout=WAIT_S,
    )


def test_a_unix_socket_serves_and_is_gone_after_the_stop(tmp_path: Path) -> None:
    with unix_server(tmp_path) as (server, path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with unix_client(path) as client:
            assert client.get("/health").status_code == 200
            # A proxy may stand there for anybody: being on this machine counts for nothing.
            assert client.get("/ready").status_code == 401
        assert server.terminate() == 0
        assert not path.exists()


def test_a_unix_socket_of_a_killed_server_is_taken_over(tmp_path: Path) -> None:
    with unix_server(tmp_path) as (server, path):
        server.kill()
        assert path.exists()
    with unix_server(tmp_path) as (_, path), unix_client(path) as client:
        assert client.get("/health").status_code == 200


@pytest.mark.parametrize("trusts", [True, False])
def test_what_a_proxy_says_counts_when_it_is_trusted(tmp_path: Path, *, trusts: bool) -> None:
    options = ("--trusted-proxies", "unix") if trusts else ()
    with unix_server(tmp_path, *options) as (_, path):

        def sign_in(address: str, password: str) -> httpx.Response:
            headers = {"X-Forwarded-For": address, "X-Forwarded-Proto": "https"}
            with unix_client(path, **headers) as client:
                return client.post("/api/v1/auth/login", json={"email": EMAIL, "password": password})

        for _ in range(4):
            failed = sign_in("203.0.113.9", "wrong password")
        assert failed.status_code == 429
        # B177: who guesses from one address makes nobody wait elsewhere, if addresses are known.
        answer = sign_in("203.0.113.10", PASSWORD)
        if not trusts:
            assert answer.status_code == 429
            return
        assert answer.status_code == 200
        assert re.search(r"; Secure", answer.headers["set-cookie"])
        assert "strict-transport-security" in answer.headers
