"""One connection: Sanic's, which after the end of its time does not wait for what the caller still owes.

Sanic answers a request that is out of time once and then reads on to the end of its body, without a limit: a caller
that sends nothing more would hold the connection for ever.
"""

from typing import Any

from sanic.server import HttpProtocol

# For the answer to get through to a slow caller.
FAREWELL_S = 5.0


class ConnectionProtocol(HttpProtocol):
    def check_timeouts(self) -> None:
        before: Any = self._callback_check_timeouts
        super().check_timeouts()  # type: ignore[no-untyped-call] # Sanic's
        after: Any = self._callback_check_timeouts
        # Sanic looks again later unless it has ended the request now.
        if after is before and self._task is not None:
            self.loop.call_later(FAREWELL_S, self._leave)

    def _leave(self) -> None:
        if self.transport is not None:
            self.transport.abort()
