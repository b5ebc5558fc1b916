"""A real SMTP server (aiosmtpd) on loopback, on the event loop of the test, that can misbehave at each step."""

import asyncio
import contextlib
import ssl
import warnings
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "metricbox", "p\u00e4ss word"


class MailServer:
    """`faults`: step (MAIL, RCPT, DATA, QUIT) -> what is answered there; `drop` closes the connection without one."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.faults: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        """Receiver -> what is answered to it."""
        self.logins: list[str] = []
        self.was_encrypted: list[bool] = []
        self.host_names: list[str] = []
        self.port = 0

    @property
    def mails(self) -> list[EmailMessage]:
        return [
            cast("EmailMessage", message_from_bytes(envelope.original_content or b"", policy=policy.default))
            for envelope in self.envelopes
        ]

    # ---- hooks of aiosmtpd

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if fault := self._fault("MAIL", server):
            return fault
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = self.refused.get(address) or self._fault("RCPT", server)
        if fault:
            return fault
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if fault := self._fault("DATA", server):
            return fault
        self.envelopes.append(envelope)
        self.was_encrypted.append(session.ssl is not None)
        self.host_names.append(str(session.host_name))
        return "250 2.0.0 queued as 42"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return self._fault("QUIT", server) or "221 Bye"

    def _fault(self, step: str, server: SMTP) -> str:
        fault = self.faults.get(step, "")
        if fault == "drop":
            cast("Any", server.transport).abort()
        return fault

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, way: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        is_right = (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
        return AuthResult(success=is_right, handled=False)


@contextlib.asynccontextmanager
async def run_mail_server(
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    needs_login: bool = False,
    takes_utf8: bool = True,
) -> AsyncIterator[MailServer]:
    mails = MailServer()

    def make() -> SMTP:
        with warnings.catch_warnings():
            # It warns of logins without TLS; here they are meant to be.
            warnings.simplefilter("ignore")
            return SMTP(
                mails,
                hostname="mail.example.org",
                enable_SMTPUTF8=takes_utf8,
                tls_context=starttls,
                require_starttls=starttls is not None,
                authenticator=mails.authenticate if needs_login else None,
                auth_required=needs_login,
                auth_require_tls=starttls is not None,
            )

    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, ssl=tls)
    mails.port = server.sockets[0].getsockname()[1]
    try:
        yield mails
    finally:
        server.close()
        await server.wait_closed()
