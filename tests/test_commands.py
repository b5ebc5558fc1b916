"""The commands by name, as the server runs them for its control socket."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from metricbox.clock import ManualClock
from metricbox.commands import CommandRunner, run_on_folder
from metricbox.control import ControlServer
from metricbox.errors import CommandError, ConflictError, MetricboxError, NotFoundError
from metricbox.store.appdb.audit import list_entries
from metricbox.store.appdb.dashboards import list_dashboards
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.records import PageRequest
from metricbox.store.appdb.users import find_credentials
from metricbox.store.datafolder import DataFolder
from metricbox.web.passwords import verify_password
from tests.support.stores import NOW_MS

PASSWORD = "correct horse battery"
ADMIN = {"email": "a@example.org", "role": "admin", "password": PASSWORD}


@pytest.fixture
async def commands(tmp_path: Path) -> AsyncIterator[CommandRunner]:
    clock = ManualClock(NOW_MS)
    appdb = AppDatabase.open(tmp_path / "app.sqlite", clock)
    yield CommandRunner(appdb, clock, list)
    appdb.close()


async def test_a_command_of_a_newer_command_line_is_refused_with_advice(commands: CommandRunner) -> None:
    with pytest.raises(CommandError, match=r"does not know token\.rotate.*another version"):
        await commands.run("token.rotate", {})


async def test_the_first_admin_owns_a_token_without_an_owner(commands: CommandRunner) -> None:
    await commands.run("user.add", ADMIN)
    await commands.run("user.add", ADMIN | {"email": "b@example.org"})
    await commands.run("token.create", {"name": "x", "scope": "read", "owner": None})
    await commands.run("token.create", {"name": "y", "scope": "read", "owner": "b@example.org"})
    listed = await commands.run("token.list", {})
    assert {row["name"]: row["owner"] for row in listed} == {"x": "a@example.org", "y": "b@example.org"}
    assert {row["createdMs"] for row in listed} == {NOW_MS}
    assert not any("secret" in row for row in listed)


async def test_a_token_has_the_limits_that_it_was_given(commands: CommandRunner) -> None:
    await commands.run("user.add", ADMIN)
    wish = {"name": "x", "scope": "ingest", "owner": None, "metric_prefix": "press_", "max_series": 50}
    await commands.run("token.create", wish | {"expires": "2h"})
    (token,) = await commands.run("token.list", {})
    assert (token["expiresMs"], token["metricPrefix"], token["maxSeries"]) == (
        NOW_MS + 7_200_000,
        "press_",
        50,
    )


async def test_a_token_is_revoked_by_id_or_by_a_name_that_is_unique(commands: CommandRunner) -> None:
    await commands.run("user.add", ADMIN)
    for name in ("twin", "twin", "single"):
        await commands.run("token.create", {"name": name, "scope": "ingest", "owner": None})
    with pytest.raises(CommandError, match="2 tokens are named twin; revoke by the id"):
        await commands.run("token.revoke", {"token": "twin"})
    await commands.run("token.revoke", {"token": "single"})
    with pytest.raises(NotFoundError):
        await commands.run("token.revoke", {"token": "single"})
    first = next(row["id"] for row in await commands.run("token.list", {}))
    await commands.run("token.revoke", {"token": first})
    assert [row["name"] for row in await commands.run("token.list", {})] == ["twin"]


async def test_the_admin_of_the_settings_is_made_once(commands: CommandRunner) -> None:
    await commands.ensure_admin("a@example.org", PASSWORD)
    await commands.ensure_admin("other@example.org", PASSWORD)
    users = await commands.run("user.list", {})
    assert [(row["email"], row["role"]) for row in users] == [("a@example.org", "admin")]


async def test_a_weak_password_in_the_settings_is_refused(commands: CommandRunner) -> None:
    with pytest.raises(MetricboxError, match="admin_password"):
        await commands.ensure_admin("a@example.org", "short")
    assert await commands.run("user.list", {}) == []


@pytest.mark.parametrize("email", ["", "a", "@", "a@", "@b", "a b@c", "a@b\nc", "x" * 251 + "@b.c"])
async def test_what_is_no_address_is_refused(commands: CommandRunner, email: str) -> None:
    with pytest.raises(MetricboxError, match="email: must be an e-mail address"):
        await commands.run("user.add", ADMIN | {"email": email})
    with pytest.raises(MetricboxError, match="admin_email: must be an e-mail address"):
        await commands.ensure_admin(email, PASSWORD)
    assert await commands.run("user.list", {}) == []


async def test_the_first_account_is_an_admin_with_the_starter_dashboard(commands: CommandRunner) -> None:
    for role in ("viewer", "editor"):
        with pytest.raises(CommandError, match="first account must be an admin: add --role admin"):
            await commands.run("user.add", ADMIN | {"role": role})
    assert await commands.run("user.list", {}) == []
    await commands.run("user.add", ADMIN | {"email": " a@example.org "})
    dashboards = await commands._appdb.read(lambda connection: list_dashboards(connection, PageRequest()))
    assert dashboards.total == 1
    await commands.run("user.add", ADMIN | {"email": "b@example.org", "role": "viewer"})
    users = {row["email"]: row for row in await commands.run("user.list", {})}
    assert {email: row["role"] for email, row in users.items()} == {
        "a@example.org": "admin",
        "b@example.org": "viewer",
    }
    assert users["a@example.org"] == {
        "email": "a@example.org",
        "role": "admin",
        "disabled": False,
        "createdMs": NOW_MS,
        "lastSeenMs": None,
    }


async def test_an_address_is_taken_once_in_any_spelling(commands: CommandRunner) -> None:
    await commands.run("user.add", ADMIN)
    with pytest.raises(ConflictError):
        await commands.run("user.add", ADMIN | {"email": "A@Example.ORG", "role": "viewer"})


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025])
async def test_a_password_by_the_rules_is_needed(commands: CommandRunner, password: str) -> None:
    await commands.run("user.add", ADMIN)
    with pytest.raises(MetricboxError, match="password: must have 8 to 1024") as caught:
        await commands.run("user.add", ADMIN | {"email": "b@example.org", "password": password})
    assert not password or password not in str(caught.value)
    with pytest.raises(MetricboxError, match="password: must have 8 to 1024"):
        await commands.run("user.passwd", {"email": ADMIN["email"], "password": password})


async def test_a_new_password_is_the_one_that_counts(commands: CommandRunner) -> None:
    await commands.run("user.add", ADMIN)
    with pytest.raises(NotFoundError, match=r"no account b@example\.org"):
        await commands.run("user.passwd", {"email": "b@example.org", "password": PASSWORD})
    await commands.run("user.passwd", {"email": "A@example.org", "password": "another good secret"})
    found = await commands._appdb.read(lambda connection: find_credentials(connection, "a@example.org"))
    assert found is not None
    assert verify_password("another good secret", found.password_hash)
    assert not verify_password(PASSWORD, found.password_hash)


async def test_a_token_needs_an_owner_and_a_name(commands: CommandRunner) -> None:
    wish = {"name": "x", "scope": "read", "owner": None}
    with pytest.raises(CommandError, match=r"no account yet.*--data"):
        await commands.run("token.create", wish)
    await commands.run("user.add", ADMIN)
    with pytest.raises(NotFoundError, match=r"no account nobody@example\.org"):
        await commands.run("token.create", wish | {"owner": "nobody@example.org"})
    for name in ("", " ", "x" * 201):
        with pytest.raises(MetricboxError, match="name: must"):
            await commands.run("token.create", wish | {"name": name})
    for option, value, words in (
        ("expires", "soon", "must be a duration, like 90d, or a time"),
        ("expires", "2020-01-01", "must be in the future"),
        ("metric_prefix", "press_", "metric-prefix: goes with scope ingest alone"),
        ("max_series", 5, "max-series: goes with scope ingest alone"),
    ):
        with pytest.raises(MetricboxError, match=words):
            await commands.run("token.create", wish | {option: value})
    with pytest.raises(MetricboxError, match="metric-prefix: must begin with"):
        await commands.run("token.create", wish | {"scope": "ingest", "metric_prefix": "1"})
    assert await commands.run("token.list", {}) == []
    secret = (await commands.run("token.create", wish | {"name": " x "}))["secret"]
    assert secret.startswith("mbx_")
    (row,) = await commands.run("token.list", {})
    assert (row["name"], row["scope"], row["lastUsedMs"]) == ("x", "read", None)
    assert secret not in str(row)


async def test_a_running_server_does_what_the_command_line_asks(
    commands: CommandRunner, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    with DataFolder(folder):
        control = ControlServer(folder, commands.run)
        await control.start()
        try:
            await asyncio.to_thread(run_on_folder, folder, "user.add", ADMIN)
        finally:
            await control.stop()
    assert len(await commands.run("user.list", {})) == 1


def test_without_a_server_the_files_are_changed(tmp_path: Path) -> None:
    run_on_folder(tmp_path, "user.add", ADMIN)
    assert [row["email"] for row in run_on_folder(tmp_path, "user.list", {})] == ["a@example.org"]
    with pytest.raises(CommandError, match=r"does not know user\.rename"):
        run_on_folder(tmp_path, "user.rename", {})
    # A command that failed holds neither the lock nor the file.
    assert run_on_folder(tmp_path, "token.list", {}) == []


async def test_an_account_is_disabled_and_enabled(commands: CommandRunner) -> None:
    await commands.run("user.add", ADMIN)
    await commands.run("user.add", ADMIN | {"email": "b@example.org", "role": "viewer"})
    for command, is_disabled in (("user.disable", True), ("user.disable", True), ("user.enable", False)):
        await commands.run(command, {"email": "B@example.org"})
        users = {row["email"]: row["disabled"] for row in await commands.run("user.list", {})}
        assert users == {"a@example.org": False, "b@example.org": is_disabled}
    with pytest.raises(ConflictError, match="last admin"):
        await commands.run("user.disable", {"email": ADMIN["email"]})
    with pytest.raises(NotFoundError, match=r"no account no@example\.org"):
        await commands.run("user.disable", {"email": "no@example.org"})


async def test_what_the_command_line_changes_is_in_the_audit_trail(commands: CommandRunner) -> None:
    await commands.ensure_admin(ADMIN["email"], PASSWORD)
    await commands.run("user.add", ADMIN | {"email": "b@example.org", "role": "viewer"})
    await commands.run("user.passwd", {"email": "b@example.org", "password": "canary secret"})
    await commands.run("user.disable", {"email": "b@example.org"})
    await commands.run("user.disable", {"email": "b@example.org"})
    secret = (await commands.run("token.create", {"name": "x", "scope": "read", "owner": None}))["secret"]
    await commands.run("token.revoke", {"token": "x"})
    page = await commands._appdb.read(lambda connection: list_entries(connection, PageRequest()))
    noted = [(row.author.via, row.action, row.subject_type, row.subject_name) for row in page.rows]
    assert noted == [
        ("command", "delete", "token", "x"),
        ("command", "create", "token", "x"),
        ("command", "change", "user", "b@example.org"),
        ("command", "change", "user", "b@example.org"),
        ("command", "create", "user", "b@example.org"),
        ("settings", "create", "dashboard", "This box"),
        ("settings", "create", "user", "a@example.org"),
    ]
    assert "canary" not in str(page)
    assert secret not in str(page)
