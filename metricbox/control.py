"""The control socket: how the command line reaches a server that holds the data folder.

A Unix socket in the folder that only its owner may open. One connection carries one request and one answer, each a
line of JSON: `{"command": …, "arguments": {…}}` -> `{"result": …}` or `{"error": …}`. The same commands run directly
on the files while no server runs, see commands.py.
"""

import asyncio
import contextlib
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from metricbox.errors import CommandError, MetricboxError

logger = logging.getLogger(__name__)

SOCKET_NAME = "control.sock"
MAX_REQUEST_BYTES = 1 << 20
TIMEOUT_S = 30.0

Handler = Callable[[str, Mapping[str, Any]], Awaitable[Any]]


class ControlServer:
    """Answers commands in the event loop."""

    def __init__(self, folder: Path, handle: Handler) -> None:
        self._folder = folder
        self._handle = handle
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        with _short_path(self._folder) as path, _private_umask():
            # The folder is locked by us, so that a socket that lies there is a dead one.
            path.unlink(missing_ok=True)
            self._server = await asyncio.start_unix_server(self._serve, path, limit=MAX_REQUEST_BYTES)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            (self._folder / SOCKET_NAME).unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), TIMEOUT_S)
            if line:
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError, TimeoutError) as error:
            logger.warning("a control connection failed: %s", error)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            return {"result": await self._handle(str(request["command"]), dict(request["arguments"]))}
        except MetricboxError as error:
            return {"error": error.message}
        except Exception:
            logger.exception("a command failed")
            return {"error": "the server could not do this; its log says why"}


def call_server(folder: Path, command: str, arguments: Mapping[str, Any]) -> Any:
    """Run a command in the server that holds `folder`. Blocks. Raises CommandError with the server's sentence."""
    try:
        with _short_path(folder) as path, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(TIMEOUT_S)
            connection.connect(str(path))
            connection.sendall(
                json.dumps({"command": command, "arguments": dict(arguments)}).encode() + b"\n"
            )
            with connection.makefile("rb") as stream:
                line = stream.readline()
            answer = json.loads(line)
    except PermissionError as error:
        msg = f"the server on {folder} belongs to another user; run this command as that user"
        raise CommandError(msg) from error
    except (OSError, ValueError) as error:
        msg = f"the server on {folder} does not answer; it may be starting or stopping, try again"
        raise CommandError(msg) from error
    if "error" in answer:
        raise CommandError(answer["error"])
    return answer["result"]


@contextmanager
def _short_path(folder: Path) -> Iterator[Path]:
    """The socket's path. One over the 107 bytes that a socket address holds goes through the folder's descriptor."""
    path = folder / SOCKET_NAME
    if len(os.fsencode(path)) <= 100:
        yield path
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield Path(f"/proc/self/fd/{descriptor}") / SOCKET_NAME
    finally:
        os.close(descriptor)


@contextmanager
def _private_umask() -> Iterator[None]:
    before = os.umask(0o177)
    try:
        yield
    finally:
        os.umask(before)
