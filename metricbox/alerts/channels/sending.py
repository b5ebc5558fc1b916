"""What a channel is to the dispatcher: one message is sent, or an error says whether to try again."""

from collections.abc import Mapping
from typing import Any, Protocol


class SendError(Exception):
    """A message did not get through. `str(error)` is the receiver's answer or the reason, without secrets."""

    def __init__(self, reason: str, *, is_final: bool = False, retry_after_s: float | None = None) -> None:
        """`is_final`: it would be refused again, such as a bad address; `retry_after_s`: the receiver's own wish."""
        super().__init__(reason)
        self.is_final = is_final
        self.retry_after_s = retry_after_s


class Sender(Protocol):
    """One channel, ready to send."""

    async def send(self, message: Mapping[str, Any]) -> str:
        """Deliver a message of messages.py; the receiver's answer in words. Raises SendError."""
        ...
