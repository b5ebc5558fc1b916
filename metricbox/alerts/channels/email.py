"""Mail by an SMTP server, with smtplib in a thread.

A mail is delivered when the server answered its end with 250; what goes wrong after that, such as at QUIT, is none of
it (trap B111). A mail that is sent again because that answer was lost has the same Message-ID.
"""

import base64
import hashlib
import json
import smtplib
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from email import policy
from email.message import EmailMessage
from typing import Any

from metricbox.alerts.channels.http import HttpPoster, check_host, make_tls_context
from metricbox.alerts.channels.sending import SendError
from metricbox.alerts.channels.threads import run_in_thread
from metricbox.alerts.channels.wording import count_rest, is_link, make_lines, make_title
from metricbox.alerts.messages import MAX_ALERTS

TIMEOUT_S = 10.0
_MAX_ANSWER_CHARS = 200


class Email:
    """Settings: `to`, `from`, `host`, `port`, `security` (none, starttls, tls), `username`, `password`."""

    def __init__(self, settings: Mapping[str, Any], poster: HttpPoster) -> None:
        self._settings = settings
        self._allowed_hosts = poster.allowed_hosts

    async def send(self, message: Mapping[str, Any]) -> str:
        check_host(self._settings["host"], self._allowed_hosts)
        session = _Session(self._settings)
        is_done = False
        try:
            answer = await run_in_thread(lambda: session.send(message), "channel-email")
            is_done = True
            return answer
        finally:
            if not is_done:
                session.abort()


class _Session:
    """One connection for one mail. `send` in a thread; `abort` from any."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._is_aborted = False
        # The name is set once the address is known: to look up our own may take minutes without a name server.
        if settings["security"] == "tls":
            self._smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                timeout=TIMEOUT_S, local_hostname="localhost", context=make_tls_context()
            )
        else:
            self._smtp = smtplib.SMTP(timeout=TIMEOUT_S, local_hostname="localhost")

    def send(self, message: Mapping[str, Any]) -> str:
        """The server's answer. Raises SendError."""
        try:
            self._log_in()
            return self._hand_over(message)
        except smtplib.SMTPServerDisconnected as error:
            # smtplib makes one of the other.
            is_late = isinstance(error.__context__, TimeoutError)
            reason = f"no answer within {TIMEOUT_S:g} s" if is_late else "the server closed the connection"
            raise SendError(reason) from error
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise SendError(
                f"the server cannot do what the settings ask for: {error}", is_final=True
            ) from error
        except smtplib.SMTPException as error:
            raise SendError(f"failed: {type(error).__name__}") from error
        except ssl.SSLCertVerificationError as error:
            raise SendError(f"cannot be reached (its certificate: {error.verify_message})") from error
        except TimeoutError as error:
            raise SendError(f"no answer within {TIMEOUT_S:g} s") from error
        except (OSError, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            raise SendError(f"cannot be reached ({reason})") from error
        finally:
            self._close()

    def abort(self) -> None:
        """Ends a `send` that is under way; it raises."""
        self._is_aborted = True
        with suppress(OSError, AttributeError):
            self._smtp.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]  # None is caught as well

    def _log_in(self) -> None:
        settings, smtp = self._settings, self._smtp
        # Of SMTP_SSL `connect` too: it takes the name for the certificate from here.
        smtp._host = settings["host"]  # type: ignore[attr-defined]  # noqa: SLF001 - set by the constructor that connects
        code, greeting = smtp.connect(settings["host"], settings["port"])
        if code != 220:
            raise _refused(code, greeting)
        if self._is_aborted:
            raise SendError("was given up")
        smtp.local_hostname = _name_by_address(smtp)
        if settings["security"] == "starttls":
            smtp.starttls(context=make_tls_context())
        smtp.ehlo_or_helo_if_needed()
        if settings.get("username"):
            self._authenticate(settings["username"], settings.get("password") or "")

    def _authenticate(self, name: str, password: str) -> None:
        if f"{name}{password}".isascii():
            self._smtp.login(name, password)
            return
        # smtplib knows ASCII alone; RFC 4616 has UTF-8.
        said = base64.b64encode(f"\0{name}\0{password}".encode()).decode()
        code, answer = self._smtp.docmd("AUTH", f"PLAIN {said}")
        if code != 235:
            raise _refused(code, answer)

    def _hand_over(self, message: Mapping[str, Any]) -> str:
        smtp, sender, receivers = self._smtp, self._settings["from"], self._settings["to"]
        mail, options = make_mail(self._settings, message), []
        if _needs_utf8(self._settings):
            if not smtp.has_extn("smtputf8"):
                raise SendError("the server takes no addresses with letters beyond ASCII", is_final=True)
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        _check(smtp.mail(sender, options))
        refused: dict[str, tuple[int, bytes]] = {}
        for receiver in receivers:
            code, said = smtp.rcpt(receiver)
            if code not in {250, 251}:
                refused[receiver] = code, said
        if len(refused) == len(receivers):
            # One that is asked to come later is worth another try for all.
            raise min((_refused(*answer) for answer in refused.values()), key=lambda error: error.is_final)
        answer = _show(*_check(smtp.data(mail.as_bytes())))
        if refused:
            answer += "; not to " + ", ".join(f"{name}: {_show(*said)}" for name, said in refused.items())
        return answer

    def _close(self) -> None:
        # The mail is delivered or it is not; what the server says at the end changes nothing.
        with suppress(smtplib.SMTPException, OSError):
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(1.0)
                self._smtp.quit()
        self._smtp.close()


def make_mail(settings: Mapping[str, Any], message: Mapping[str, Any]) -> EmailMessage:
    """Plain text with all alerts. Pure; raises ValueError rather than make a header of two lines."""
    domain = settings["from"].rpartition("@")[2]
    domain = domain if domain.isascii() else "metricbox.invalid"
    digest = hashlib.sha256(json.dumps([settings["to"], message], sort_keys=True).encode()).hexdigest()
    # Seven bits for what is not ASCII too: not every server takes eight.
    base = policy.SMTPUTF8 if _needs_utf8(settings) else policy.SMTP
    mail = EmailMessage(policy=base.clone(cte_type="7bit"))
    mail["From"] = settings["from"]
    mail["To"] = ", ".join(settings["to"])
    mail["Subject"] = make_title(message)
    mail["Date"] = datetime.fromisoformat(message["sentAt"])
    mail["Message-ID"] = f"<{digest[:32]}@{domain}>"
    # What belongs together is shown so, and no machine answers.
    mail["References"] = f"<{message['rule']['id']}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(make_text_body(message))
    return mail


def make_text_body(message: Mapping[str, Any]) -> str:
    """Pure."""
    lines = make_lines(message, MAX_ALERTS)
    parts = [make_title(message)]
    parts += ["\n".join(part for part in line if part) for line in lines]
    rest = count_rest(message, len(lines))
    if rest:
        parts.append(f"… and {rest} more")
    if is_link(message["url"]):
        parts.append(message["url"])
    return "\n\n".join(parts) + "\n"


def _needs_utf8(settings: Mapping[str, Any]) -> bool:
    return not "".join((settings["from"], *settings["to"])).isascii()


def _name_by_address(smtp: smtplib.SMTP) -> str:
    address = smtp.sock.getsockname()[0]  # type: ignore[union-attr]  # it is connected
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _check(answer: tuple[int, bytes]) -> tuple[int, bytes]:
    code, said = answer
    if code != 250:
        raise _refused(code, said)
    return answer


def _refused(code: int, said: bytes | str) -> SendError:
    return SendError(_show(code, said), is_final=500 <= code < 600)


def _show(code: int, said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"[:_MAX_ANSWER_CHARS]
