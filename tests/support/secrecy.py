"""Watches a whole test run for secrets where none may be: in the log, and in answers.

Passwords of the tests and every token that a server gives out are known here. A hit fails the test during which it was
seen (conftest.py), with the place; `tests/test_secrets.py` looks closer at one server process, its files included
(traps B172, B175).
"""

import logging
import re

# What the shared callers sign in with, and what any token looks like.
PASSWORDS = ("correct horse battery",)
_TOKEN = re.compile(r"mbx_[A-Za-z0-9_-]{40,}")

hits: list[str] = []


def find_secret(text: str) -> str | None:
    """The first characters of a secret in it."""
    token = _TOKEN.search(text)
    if token:
        return token[0][:8]
    return next((password[:4] for password in PASSWORDS if password in text), None)


def note(text: str, place: str) -> None:
    found = find_secret(text)
    if found:
        hits.append(f"{place}: {found}…")


class Watch(logging.Handler):
    """Sees every record of every logger, DEBUG included, with its traceback."""

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        note(text, f"log of {record.name} ({record.filename}:{record.lineno})")
