"""Passwords by argon2id, in threads: one hash takes tens of milliseconds and megabytes on purpose.

At most two are computed at a time, and a long queue is refused, so that guessing cannot take the machine. An
unknown account costs the same work as a wrong password, so that time tells nothing.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import argon2

from metricbox.errors import TooManyRequestsError, ValidationError

MIN_PASSWORD_CHARS = 8
MAX_PASSWORD_CHARS = 1024
_PARALLEL = 2
_MAX_WAITING = 100

# OWASP's first choice for argon2id; parallelism 1 keeps the second core for samples.
_hasher = argon2.PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
# The hash of a random text that nobody knows.
_NOBODY = "$argon2id$v=19$m=47104,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43


def hash_password(password: str) -> str:
    """Blocks for tens of milliseconds. For the command line; routes use `Passwords`."""
    return _hasher.hash(password.encode("utf-8", "surrogatepass"))


def check_password_rules(password: str, field: str = "password") -> None:
    """Raises ValidationError, which does not hold the password."""
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        raise ValidationError.for_field(
            field, f"must have {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters"
        )


def verify_password(password: str, password_hash: str | None) -> bool:
    """Blocks as `hash_password`. None stands for an unknown account: as much work, always False."""
    try:
        return _hasher.verify(password_hash or _NOBODY, password.encode("utf-8", "surrogatepass"))
    except argon2.exceptions.VerificationError:
        return False


class Passwords:
    """The same for the event loop, with bounded parallelism. One for each server."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(_PARALLEL)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        async with self._turn():
            return await asyncio.to_thread(hash_password, password)

    async def verify(
        self, password: str, password_hash: str | None, gate: Callable[[], None] = lambda: None
    ) -> bool:
        """`gate` is called when the turn has come and may raise: what failed meanwhile counts."""
        async with self._turn():
            gate()
            return await asyncio.to_thread(verify_password, password, password_hash)

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting >= _MAX_WAITING:
            raise TooManyRequestsError("Too many sign-ins at the moment. Try again shortly.", retry_after_s=5)
        self._waiting += 1
        try:
            async with self._slots:
                yield
        finally:
            self._waiting -= 1
