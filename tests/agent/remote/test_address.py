"""Addresses, and the certificates that are trusted."""

import ssl
from pathlib import Path

import pytest

from metricbox.agent.remote.address import HttpAddress, make_tls_context, parse_http_address
from tests.support.certificates import make_certificate


def test_an_address_is_taken_apart() -> None:
    assert parse_http_address("http://box:8642") == HttpAddress(False, "box", 8642, "")
    assert parse_http_address(" https://box/metricbox/?a=b ") == HttpAddress(
        True, "box", 443, "/metricbox/?a=b"
    )
    assert parse_http_address("http://[::1]:9/") == HttpAddress(False, "::1", 9, "/")
    assert str(parse_http_address("http://[::1]:9/x")) == "http://[::1]:9/x"


def test_a_password_goes_into_a_header_and_no_text() -> None:
    """Trap B172."""
    address = parse_http_address("http://me:s%40cret@box:1/metrics")
    assert address.authorization == "Basic bWU6c0BjcmV0"
    assert str(address) == "http://box:1/metrics"


@pytest.mark.parametrize("text", ["", "box:8642", "ftp://box", "http://", "http://box:port", "http://[::1"])
def test_what_is_no_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="must be an address, like http://box:8642"):
        parse_http_address(text)


def test_trust_is_as_it_was_asked_for(tmp_path: Path) -> None:
    files = make_certificate(tmp_path, "localhost")
    context = make_tls_context(files.certificate, is_verified=True)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert len(context.get_ca_certs()) == 1
    assert make_tls_context(None, is_verified=False).verify_mode is ssl.CERT_NONE
    (tmp_path / "empty.pem").write_text("nothing")
    for path in (tmp_path / "empty.pem", tmp_path / "none.pem"):
        with pytest.raises(OSError):
            make_tls_context(path, is_verified=True)
