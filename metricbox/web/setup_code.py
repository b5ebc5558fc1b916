"""The one-time set-up code: printed at start while no account exists, asked of callers from other machines.

Held in memory only; a restart makes a new one. Made by app.py, carried by WebContext.
"""

import hmac
import secrets

from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.users import has_users

# Without 0, O, 1, I and L, which people mix up; 12 of 31 characters are 59 bits.
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_GROUPS = 3
_GROUP_CHARS = 4


class SetupCode:
    """`value` is None when an account exists, so that no code is needed."""

    def __init__(self, value: str | None) -> None:
        self.value = value

    @classmethod
    async def make(cls, appdb: AppDatabase) -> "SetupCode":
        if await appdb.read(has_users):
            return cls(None)
        groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_CHARS)) for _ in range(_GROUPS))
        return cls("-".join(groups))

    def matches(self, given: str) -> bool:
        """In constant time; case, blanks and dashes do not matter."""
        return self.value is not None and hmac.compare_digest(_plain(given), _plain(self.value))


def _plain(text: str) -> bytes:
    return "".join(char for char in text.upper() if char.isalnum()).encode("utf-8", "replace")
