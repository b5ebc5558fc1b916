"""Work that blocks, in a thread of its own, for libraries that know no event loop.

Not the shared executor: a mail server that hangs must not take threads from ingest, nor from other channels. Threads
end with the process and are not waited for.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from metricbox.alerts.channels.sending import SendError

T = TypeVar("T")
# A channel has one at a time; more are those that hang past their time limit.
MAX_THREADS = 300

_running: set[threading.Thread] = set()


async def run_in_thread(work: Callable[[], T], name: str) -> T:
    """What `work` returns or raises. Cancelled, it leaves the thread to its own time limits.

    Raises SendError when too many threads hang.
    """
    if len(_running) >= MAX_THREADS:
        raise SendError("too many messages are under way whose receivers do not answer")
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def finish(result: T | None, error: BaseException | None) -> None:
        if outcome.done():
            return
        if error is None:
            outcome.set_result(result)  # type: ignore[arg-type]  # it is what work returned
        else:
            outcome.set_exception(error)

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as caught:
            # Raised again where it is awaited.
            error = caught
        _running.discard(threading.current_thread())
        try:
            loop.call_soon_threadsafe(finish, result, error)
        except RuntimeError:
            # The loop was closed meanwhile: nobody waits.
            return

    thread = threading.Thread(target=run, name=name, daemon=True)
    _running.add(thread)
    thread.start()
    return await outcome
