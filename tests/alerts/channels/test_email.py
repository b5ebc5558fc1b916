"""Mail, at a real SMTP server that takes it, refuses it, or goes away (trap B111)."""

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from metricbox.alerts.channels.email import Email, make_mail
from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.sending import SendError
from tests.support.alert_messages import HOSTILE, make
from tests.support.certificates import CertificateFiles, make_certificate
from tests.support.mail_server import PASSWORD, USER, MailServer, run_mail_server

SENDER, RECEIVER, OTHER = "metricbox@example.org", "ada@example.org", "grace@example.org"


def settings_for(server: MailServer, **changes: Any) -> dict[str, Any]:
    settings = {
        "to": [RECEIVER],
        "from": SENDER,
        "host": "localhost",
        "port": server.port,
        "security": "none",
    }
    return settings | changes


async def send(
    server: MailServer, poster: HttpPoster, message: dict[str, Any] | None = None, **changes: Any
) -> str:
    return await Email(settings_for(server, **changes), poster).send(message or make())


async def fail(server: MailServer, poster: HttpPoster, **changes: Any) -> SendError:
    with pytest.raises(SendError) as caught:
        await send(server, poster, **changes)
    return caught.value


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    return make_certificate(tmp_path, "mail")


@pytest.fixture
def tls(files: CertificateFiles) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    return context


@pytest.fixture
def trusted(files: CertificateFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(files.certificate))


async def test_a_mail_has_all_alerts_and_says_what_it_is(poster: HttpPoster) -> None:
    async with run_mail_server() as server:
        message = make(labels={"host": "wien-µ"}, count=30, text="Look at {{labels.host}}\nRunbook: 7")
        assert await send(server, poster, message, to=[RECEIVER, OTHER]) == "250 2.0.0 queued as 42"
    (mail,), (envelope,) = server.mails, server.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [RECEIVER, OTHER])
    assert (mail["From"], mail["To"]) == (SENDER, f"{RECEIVER}, {OTHER}")
    assert mail["Subject"] == "Critical: CPU high (30 alerts)"
    assert mail["Date"].datetime.isoformat() == "2026-11-25T10:00:00+00:00"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    text = mail.get_content().replace("\r\n", "\n")
    assert "host=wien-µ\nLook at wien-µ\nRunbook: 7\nsince 2026-11-25T09:59:00.000Z\n" in text
    assert text.count("Look at") == 30
    assert text.endswith("https://box.example.org/alerts/rules/r1\n")
    assert bytes(envelope.original_content or b"").isascii()
    assert server.host_names == ["[127.0.0.1]"]


async def test_labels_make_no_headers_and_no_lines_of_their_own(poster: HttpPoster) -> None:
    async with run_mail_server() as server:
        await send(server, poster, make(labels={"evil": HOSTILE}))
        await send(server, poster, make(name=f"x\r\nBcc: a@example.org\r\n\r\n.\r\n{HOSTILE}", count=2))
        await send(server, poster, make(labels={"l": "b"}, text="first\n.\nQUIT\n..last"))
    for mail in server.mails:
        assert mail["Bcc"] is None
        assert "\n" not in mail["Subject"]
        assert not mail.defects
    assert server.mails[2].get_content().splitlines()[3:7] == ["first", ".", "QUIT", "..last"]


async def test_the_same_message_has_the_same_id(poster: HttpPoster) -> None:
    settings = {"to": [RECEIVER], "from": SENDER}
    first, again = (make_mail(settings, make())["Message-ID"] for _ in range(2))
    assert first == again
    assert first != make_mail(settings, make("resolved"))["Message-ID"]
    assert first != make_mail({"to": [OTHER], "from": SENDER}, make())["Message-ID"]


@pytest.mark.usefixtures("trusted")
async def test_starttls_with_login(poster: HttpPoster, tls: ssl.SSLContext) -> None:
    async with run_mail_server(starttls=tls, needs_login=True) as server:
        answer = await send(server, poster, security="starttls", username=USER, password=PASSWORD)
        assert answer.startswith("250")
        assert (server.was_encrypted, server.logins[-1]) == ([True], USER)
        error = await fail(server, poster, security="starttls", username=USER, password="wrong one")
        assert error.is_final
        assert str(error).startswith("535 ")
        assert "wrong one" not in str(error)
        error = await fail(server, poster, security="none")
        assert (str(error)[:3], error.is_final) == ("530", True)
    assert len(server.envelopes) == 1


@pytest.mark.usefixtures("trusted")
async def test_tls_from_the_first_byte(poster: HttpPoster, tls: ssl.SSLContext) -> None:
    async with run_mail_server(tls=tls) as server:
        assert (await send(server, poster, security="tls")).startswith("250")
    assert len(server.envelopes) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_of_nobody_is_refused(
    poster: HttpPoster, tls: ssl.SSLContext, security: str
) -> None:
    kind: dict[str, Any] = {security: tls}
    async with run_mail_server(**kind) as server:
        error = await fail(server, poster, security=security, username=USER, password=PASSWORD)
    assert "certificate" in str(error)
    assert (error.is_final, server.logins, server.envelopes) == (False, [], [])


@pytest.mark.usefixtures("trusted")
async def test_a_certificate_of_another_host_is_refused(
    poster: HttpPoster, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.create_connection", _connect_to_loopback)
    async with run_mail_server(tls=tls) as server:
        error = await fail(server, poster, security="tls", host="mail.example.net")
    assert "mail.example.net" in str(error)


def _connect_to_loopback(address: tuple[str, int], *_: Any, **__: Any) -> Any:
    made = socket.socket()
    made.settimeout(10)
    made.connect(("127.0.0.1", address[1]))
    return made


async def test_a_server_without_starttls_gets_no_password(poster: HttpPoster) -> None:
    async with run_mail_server(needs_login=True) as server:
        error = await fail(server, poster, security="starttls", username=USER, password=PASSWORD)
    assert (error.is_final, server.logins) == (True, [])
    assert "STARTTLS" in str(error)


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
async def test_a_server_that_drops_before_the_final_250_did_not_take_it(
    poster: HttpPoster, step: str
) -> None:
    async with run_mail_server() as server:
        server.faults[step] = "drop"
        error = await fail(server, poster)
    assert (str(error), error.is_final, server.envelopes) == ("the server closed the connection", False, [])


@pytest.mark.parametrize("fault", ["drop", "421 going down", "500 what?"])
async def test_errors_after_the_final_250_are_none(poster: HttpPoster, fault: str) -> None:
    async with run_mail_server() as server:
        server.faults["QUIT"] = fault
        assert await send(server, poster) == "250 2.0.0 queued as 42"
    assert len(server.envelopes) == 1


@pytest.mark.parametrize(("step", "is_delivered"), [("MAIL", False), ("RCPT", False), ("DATA", False)])
@pytest.mark.parametrize(("answer", "is_final"), [("451 try later", False), ("554 no", True)])
async def test_4xx_is_for_now_and_5xx_is_final(
    poster: HttpPoster, step: str, answer: str, *, is_final: bool, is_delivered: bool
) -> None:
    async with run_mail_server() as server:
        server.faults[step] = answer
        error = await fail(server, poster)
    assert (str(error), error.is_final, bool(server.envelopes)) == (answer, is_final, is_delivered)


async def test_who_is_refused_among_many_is_told(poster: HttpPoster) -> None:
    async with run_mail_server() as server:
        server.refused[OTHER] = "550 no such user"
        answer = await send(server, poster, to=[RECEIVER, OTHER])
        assert answer == f"250 2.0.0 queued as 42; not to {OTHER}: 550 no such user"
        server.refused[RECEIVER] = "450 come later"
        error = await fail(server, poster, to=[OTHER, RECEIVER])
    assert (str(error), error.is_final) == ("450 come later", False)


async def test_addresses_beyond_ascii(poster: HttpPoster) -> None:
    async with run_mail_server() as server:
        await send(server, poster, to=["jürgen@example.org"])
        assert server.envelopes[0].rcpt_tos == ["jürgen@example.org"]
    async with run_mail_server(takes_utf8=False) as server:
        assert (await fail(server, poster, to=["jürgen@example.org"])).is_final


async def test_a_server_that_hangs_costs_a_limited_time(
    poster: HttpPoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metricbox.alerts.channels.email.TIMEOUT_S", 0.2)
    listener = socket.create_server(("127.0.0.1", 0))
    mails = MailServer()
    mails.port = listener.getsockname()[1]
    with listener:
        error = await fail(mails, poster)
    assert (str(error), error.is_final) == ("no answer within 0.2 s", False)


async def test_what_is_cancelled_ends_its_connection(poster: HttpPoster) -> None:
    ended = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        ended.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    mails = MailServer()
    mails.port = server.sockets[0].getsockname()[1]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await send(mails, poster)
    async with asyncio.timeout(5):
        await ended.wait()
    server.close()


async def test_only_named_hosts_when_the_setting_names_some() -> None:
    poster = HttpPoster(["mail.example.org"])
    async with run_mail_server() as server:
        error = await fail(server, poster)
    assert error.is_final
    assert "notify_hosts" in str(error)
    await poster.close()
