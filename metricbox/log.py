"""Logging set-up: text for a terminal, JSON lines for a collector. Secrets never pass (trap B172)."""

import json
import logging
import re
import sys
import time
from typing import TextIO

# A credential as it could stand in a URL, a header or a settings dump: a name that ends in one of these words
# (admin_password, adminPassword, X-Api-Key), `=` or `:`, and a value, quoted, behind its scheme or up to the next
# separator. A quote may itself be escaped (JSON in JSON) or have a b before it (bytes as Python shows them).
_SECRET = re.compile(
    r"""(?ix)
    (
        (?: authorization | passwd | password | secret | token | api[_-]?key | metricbox_session | (?<![a-z0-9_]) p )
        \\* ["']? \s* [=:] \s*
    )
    (?: b?(\\*["']) .*? \2 | (?: (?:bearer | token | basic) \s+ )? [^\s"'&,;}]+ )
    """
)
# `Bearer x` without a header's name before it, and the password of a URL.
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_URL_PASSWORD = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+@")
_OWN_TOKEN = re.compile(r"\bmbx_[A-Za-z0-9_-]{8,}")


def redact(text: str) -> str:
    """`text` with everything that looks like a credential masked."""
    text = _OWN_TOKEN.sub("mbx_***", text)
    text = _URL_PASSWORD.sub(r"\1***@", text)
    text = _SECRET.sub(r"\1***", text)
    return _BEARER.sub(r"\1 ***", text)


class _RedactingFormatter(logging.Formatter):
    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _JsonFormatter(_RedactingFormatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        request_id = getattr(record, "request_id", None)
        if request_id:
            entry["requestId"] = request_id
        if record.exc_info:
            entry["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(entry)


def setup_logging(log_format: str, level: str = "info", stream: TextIO | None = None) -> None:
    """Send every logger to standard error in one format. `log_format` is `text` or `json`."""
    handler = logging.StreamHandler(stream or sys.stderr)
    if log_format == "json":
        handler.setFormatter(_JsonFormatter())
    else:
        handler.setFormatter(_RedactingFormatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("sanic.root", "sanic.error", "sanic.access", "sanic.server", "sanic.websockets"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # Our own one line per request is not written; Sanic's would hold query strings with ?p= in them.
    logging.getLogger("sanic.access").disabled = True
    logging.getLogger("sanic.root").setLevel("WARNING")
    logging.getLogger("sanic.server").setLevel("WARNING")
    # They tell each address that is called, and addresses of chat hooks are secrets.
    for name in ("httpx", "httpcore", "urllib3"):
        logging.getLogger(name).setLevel("WARNING")
