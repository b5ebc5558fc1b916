"""The commands that work on a data folder, by name: run by the server for its control socket, or on the files.

Arguments and results are JSON values. Errors are raised from the tree in errors.py.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import apsw

from metricbox.clock import Clock, SystemClock
from metricbox.control import call_server
from metricbox.durations import parse_duration_ms
from metricbox.errors import CommandError, NotFoundError, ValidationError
from metricbox.ingest.relabelling import check_rules
from metricbox.query.times import parse_time_ms
from metricbox.store.appdb.audit import Author, Via
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.first_account import create_first_admin
from metricbox.store.appdb.records import PageRequest, Role, Scope, TokenRecord
from metricbox.store.appdb.tokens import create_token, delete_token, list_tokens
from metricbox.store.appdb.users import (
    create_user,
    find_credentials,
    find_first_admin,
    get_user,
    has_users,
    list_users,
    update_user,
)
from metricbox.store.datafolder import DataFolder, DataFolderInUseError
from metricbox.web.dashboard_library import make_starter
from metricbox.web.fields import check_email, check_name, check_prefix
from metricbox.web.passwords import check_password_rules, hash_password

MAX_LISTED = 10_000
_Value = TypeVar("_Value")
_COMMAND = Author(None, "", Via.COMMAND)
_SETTINGS = Author(None, "", Via.SETTINGS)


def run_on_folder(
    folder: Path,
    command: str,
    arguments: Mapping[str, Any],
    examine: Callable[[AppDatabase, Clock], list[str]] = lambda _appdb, _clock: [],
) -> Any:
    """Run a command through the server on this folder, or on the files when none runs. Blocks.

    `examine` is what `doctor` does on the files.
    """
    try:
        lock = DataFolder(folder)
    except DataFolderInUseError:
        return call_server(folder, command, arguments)
    with lock:
        clock = SystemClock()
        appdb = AppDatabase.open(lock.sqlite_path, clock)
        try:
            return asyncio.run(_run_on_files(appdb, clock, command, arguments, examine))
        finally:
            appdb.close()


async def _run_on_files(
    appdb: AppDatabase,
    clock: Clock,
    command: str,
    arguments: Mapping[str, Any],
    examine: Callable[[AppDatabase, Clock], list[str]],
) -> Any:
    return await CommandRunner(appdb, clock, lambda: examine(appdb, clock)).run(command, arguments)


class CommandRunner:
    """Runs commands by name. `examine` tells what is wrong with the data folder, as sentences; it blocks. `address` is
    how commands on this machine reach the server that runs on the folder; None when none does.
    """

    def __init__(
        self,
        appdb: AppDatabase,
        clock: Clock,
        examine: Callable[[], list[str]],
        address: Mapping[str, str | None] | None = None,
    ) -> None:
        self._appdb = appdb
        self._address = address
        self._clock = clock
        self._examine_folder = examine
        self._commands: dict[str, Callable[..., Awaitable[Any]]] = {
            "token.create": self._create_token,
            "token.list": self._list_tokens,
            "token.revoke": self._revoke_token,
            "user.add": self._add_user,
            "user.list": self._list_users,
            "user.passwd": self._set_password,
            "user.disable": self._disable_user,
            "user.enable": self._enable_user,
            "doctor": self._examine,
            "server.address": self._tell_address,
        }

    async def run(self, command: str, arguments: Mapping[str, Any]) -> Any:
        """Raises MetricboxError; unknown commands come from a newer command line than the server."""
        run = self._commands.get(command)
        if run is None:
            msg = f"the server does not know {command}: it is another version of metricbox, restart it"
            raise CommandError(msg)
        return await run(**arguments)

    async def ensure_admin(self, email: str, password: str) -> None:
        """Make the first account from the settings, once; later starts leave accounts alone."""
        if await self._appdb.read(has_users):
            return
        email = _check("admin_email", check_email, email)
        check_password_rules(password, "admin_password")
        password_hash = await asyncio.to_thread(hash_password, password)
        await self._appdb.write(
            lambda connection: create_first_admin(
                connection,
                email=email,
                password_hash=password_hash,
                by=_SETTINGS,
                now_ms=self._clock.now_ms(),
                make_starter=make_starter,
            )
        )

    async def _examine(self) -> Any:
        return await asyncio.to_thread(self._examine_folder)

    async def _tell_address(self) -> Any:
        if self._address is None:
            raise CommandError("no server runs on this data folder; start it")
        return dict(self._address)

    # ---- tokens

    async def _create_token(
        self,
        name: str,
        scope: str,
        owner: str | None,
        expires: str | None = None,
        metric_prefix: str | None = None,
        max_series: int | None = None,
        relabel: Sequence[Any] | None = None,
    ) -> Any:
        name = _check("name", check_name, name)
        for option, value in (
            ("metric-prefix", metric_prefix),
            ("max-series", max_series),
            ("relabel", relabel),
        ):
            if value is not None and scope != Scope.INGEST:
                raise ValidationError.for_field(option, "goes with scope ingest alone")
        if metric_prefix is not None:
            metric_prefix = _check("metric-prefix", check_prefix, metric_prefix)
        rules = _check("relabel", check_rules, relabel or [])
        now_ms = self._clock.now_ms()
        expires_ms = None if expires is None else _read_expiry(expires, now_ms)

        def create(connection: apsw.Connection) -> str:
            return create_token(
                connection,
                name=name,
                scope=Scope(scope),
                owner_id=_owner_id(connection, owner),
                by=_COMMAND,
                now_ms=now_ms,
                expires_ms=expires_ms,
                metric_prefix=metric_prefix or "",
                max_series=max_series,
                relabel=rules,
            ).secret

        return {"secret": await self._appdb.write(create)}

    async def _list_tokens(self) -> Any:
        def read(connection: apsw.Connection) -> list[dict[str, Any]]:
            return [
                {
                    "id": token.id,
                    "name": token.name,
                    "scope": token.scope.value,
                    "owner": get_user(connection, token.owner_id).email,
                    "createdMs": token.created_ms,
                    "lastUsedMs": token.last_used_ms,
                    "expiresMs": token.expires_ms,
                    "metricPrefix": token.metric_prefix,
                    "maxSeries": token.max_series,
                    "hasRules": bool(token.relabel),
                }
                for token in _all_tokens(connection)
            ]

        return await self._appdb.read(read)

    async def _revoke_token(self, token: str) -> Any:
        def revoke(connection: apsw.Connection) -> None:
            tokens = _all_tokens(connection)
            found = [one for one in tokens if one.id == token] or [one for one in tokens if one.name == token]
            if not found:
                msg = f"there is no token {token}; `metricbox token list` shows them"
                raise NotFoundError(msg)
            if len(found) > 1:
                msg = f"{len(found)} tokens are named {token}; revoke by the id, which `metricbox token list` shows"
                raise CommandError(msg)
            delete_token(connection, found[0].id, by=_COMMAND, now_ms=self._clock.now_ms())

        await self._appdb.write(revoke)

    # ---- users

    async def _add_user(self, email: str, role: str, password: str) -> Any:
        email = _check("email", check_email, email)
        check_password_rules(password)
        password_hash = await asyncio.to_thread(hash_password, password)

        def add(connection: apsw.Connection) -> str:
            now_ms = self._clock.now_ms()
            if not has_users(connection):
                if role != Role.ADMIN.value:
                    raise CommandError("the first account must be an admin: add --role admin")
                return create_first_admin(
                    connection,
                    email=email,
                    password_hash=password_hash,
                    by=_COMMAND,
                    now_ms=now_ms,
                    make_starter=make_starter,
                ).id
            return create_user(
                connection,
                email=email,
                role=Role(role),
                password_hash=password_hash,
                by=_COMMAND,
                now_ms=now_ms,
            ).id

        return {"id": await self._appdb.write(add)}

    async def _list_users(self) -> Any:
        page = await self._appdb.read(
            lambda connection: list_users(connection, PageRequest(page_size=MAX_LISTED))
        )
        return [
            {
                "email": user.email,
                "role": user.role.value,
                "disabled": user.is_disabled,
                "createdMs": user.created_ms,
                "lastSeenMs": user.last_seen_ms,
            }
            for user in page.rows
        ]

    async def _set_password(self, email: str, password: str) -> Any:
        check_password_rules(password)
        password_hash = await asyncio.to_thread(hash_password, password)

        def change(connection: apsw.Connection) -> None:
            update_user(
                connection,
                _user_id(connection, email),
                by=_COMMAND,
                now_ms=self._clock.now_ms(),
                password_hash=password_hash,
            )

        await self._appdb.write(change)

    async def _disable_user(self, email: str) -> Any:
        await self._set_disabled(email, is_disabled=True)

    async def _enable_user(self, email: str) -> Any:
        await self._set_disabled(email, is_disabled=False)

    async def _set_disabled(self, email: str, *, is_disabled: bool) -> None:
        def change(connection: apsw.Connection) -> None:
            update_user(
                connection,
                _user_id(connection, email),
                by=_COMMAND,
                now_ms=self._clock.now_ms(),
                is_disabled=is_disabled,
            )

        await self._appdb.write(change)


def _check(field: str, check: Callable[[_Value], str], value: _Value) -> str:
    try:
        return check(value)
    except ValueError as error:
        raise ValidationError.for_field(field, str(error)) from error


def _read_expiry(text: str, now_ms: int) -> int:
    """A duration from now, or a time. Raises ValidationError."""
    try:
        expires_ms = now_ms + parse_duration_ms(text)
    except ValueError:
        try:
            expires_ms = parse_time_ms(text, now_ms)
        except ValueError as error:
            raise ValidationError.for_field(
                "expires", f"must be a duration, like 90d, or a time: {error}"
            ) from error
    if expires_ms <= now_ms:
        raise ValidationError.for_field("expires", "must be in the future")
    return expires_ms


def _user_id(connection: apsw.Connection, email: str) -> str:
    found = find_credentials(connection, email)
    if found is None:
        msg = f"there is no account {email}; `metricbox user list` shows them"
        raise NotFoundError(msg)
    return found.user.id


def _owner_id(connection: apsw.Connection, email: str | None) -> str:
    if email is not None:
        return _user_id(connection, email)
    admin = find_first_admin(connection)
    if admin is None:
        raise CommandError(
            "there is no account yet that could own the token: open the set-up page, or run "
            "`metricbox user add EMAIL --role admin`; if there is one, name the server's data folder by --data"
        )
    return admin.id


def _all_tokens(connection: apsw.Connection) -> list[TokenRecord]:
    return list(list_tokens(connection, PageRequest(page_size=MAX_LISTED)).rows)
