"""The control socket: a round trip, errors as sentences, and who may open it."""

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from metricbox.control import SOCKET_NAME, ControlServer, call_server
from metricbox.errors import CommandError, NotFoundError

Handle = Callable[[str, Mapping[str, Any]], Awaitable[Any]]


async def echo(command: str, arguments: Mapping[str, Any]) -> Any:
    return {"command": command, "arguments": dict(arguments)}


@asynccontextmanager
async def serving(folder: Path, handle: Handle = echo) -> AsyncIterator[ControlServer]:
    server = ControlServer(folder, handle)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def call(folder: Path, command: str = "do", **arguments: Any) -> Any:
    """The call blocks, as the command line's does."""
    return await asyncio.to_thread(call_server, folder, command, arguments)


async def test_a_command_gets_its_answer(tmp_path: Path) -> None:
    async with serving(tmp_path):
        answer = await call(tmp_path, "token.create", name="Žďár\n🚀", number=1, nothing=None)
    assert answer == {
        "command": "token.create",
        "arguments": {"name": "Žďár\n🚀", "number": 1, "nothing": None},
    }


async def test_an_answer_may_be_long(tmp_path: Path) -> None:
    """A list of ten thousand tokens."""

    async def many(command: str, arguments: Mapping[str, Any]) -> Any:
        return ["x" * 200] * 10_000

    async with serving(tmp_path, many):
        assert len(await call(tmp_path)) == 10_000


async def test_many_callers_are_served_at_once(tmp_path: Path) -> None:
    arrived = asyncio.Barrier(5)

    async def together(command: str, arguments: Mapping[str, Any]) -> Any:
        await asyncio.wait_for(arrived.wait(), 10)
        return arguments["n"]

    async with serving(tmp_path, together):
        assert await asyncio.gather(*(call(tmp_path, n=n) for n in range(5))) == list(range(5))


async def test_an_error_of_ours_arrives_as_its_sentence(tmp_path: Path) -> None:
    async def refuse(command: str, arguments: Mapping[str, Any]) -> Any:
        raise NotFoundError("there is no account x")

    async with serving(tmp_path, refuse):
        with pytest.raises(CommandError, match="there is no account x"):
            await call(tmp_path)


async def test_a_bug_shows_no_internals(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def fail(command: str, arguments: Mapping[str, Any]) -> Any:
        raise RuntimeError("inner detail")

    async with serving(tmp_path, fail):
        with pytest.raises(CommandError, match="its log says why") as caught:
            await call(tmp_path)
    assert "inner detail" not in caught.value.message
    assert "inner detail" in caplog.text


@pytest.mark.parametrize("line", [b"not json\n", b"{}\n", b"[]\n", b'{"command": 1}\n', b"\xff\n"])
async def test_a_line_that_is_no_command_is_answered(tmp_path: Path, line: bytes) -> None:
    async with serving(tmp_path):
        reader, writer = await asyncio.open_unix_connection(tmp_path / SOCKET_NAME)
        writer.write(line)
        assert b"error" in await asyncio.wait_for(reader.readline(), 10)
        writer.close()
        await writer.wait_closed()
        assert (await call(tmp_path))["command"] == "do"


async def test_a_caller_that_hangs_up_harms_nobody(tmp_path: Path) -> None:
    async with serving(tmp_path):
        for _ in range(3):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.connect(str(tmp_path / SOCKET_NAME))
        assert (await call(tmp_path))["command"] == "do"


async def test_a_path_too_long_for_a_socket_address_works(tmp_path: Path) -> None:
    """A Unix socket address holds 107 bytes; data folders may lie deeper."""
    folder = tmp_path / ("deep" * 30) / ("é" * 60)
    folder.mkdir(parents=True)
    assert len(os.fsencode(folder / SOCKET_NAME)) > 107
    async with serving(folder):
        assert (await call(folder))["command"] == "do"
        assert (folder / SOCKET_NAME).is_socket()
    assert not (folder / SOCKET_NAME).exists()


async def test_only_the_owner_may_open_the_socket(tmp_path: Path) -> None:
    before = os.umask(0)
    os.umask(before)
    async with serving(tmp_path):
        assert stat.S_IMODE((tmp_path / SOCKET_NAME).stat().st_mode) == 0o600
    after = os.umask(before)
    assert after == before


async def test_a_dead_socket_is_replaced(tmp_path: Path) -> None:
    """What a killed server leaves behind."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(tmp_path / SOCKET_NAME))
    with pytest.raises(CommandError, match="does not answer"):
        await call(tmp_path)
    async with serving(tmp_path):
        assert (await call(tmp_path))["command"] == "do"


async def test_without_a_server_the_call_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="does not answer"):
        await call(tmp_path)


async def test_a_server_that_closes_without_an_answer_is_told(tmp_path: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    server = await asyncio.start_unix_server(hang_up, tmp_path / SOCKET_NAME)
    async with server:
        with pytest.raises(CommandError, match="does not answer"):
            await call(tmp_path)
