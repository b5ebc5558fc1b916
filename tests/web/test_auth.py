"""Identifying callers: what is kept in memory, and for how long."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from metricbox.clock import ManualClock
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.records import Role, Scope, UserRecord
from metricbox.store.appdb.sessions import delete_all_sessions, find_session
from metricbox.store.appdb.tokens import create_token, delete_token, get_token, hash_secret
from metricbox.store.appdb.users import Credentials, create_user, update_user
from metricbox.web.auth import Authenticator
from metricbox.web.credentials import Credential
from tests.support.authors import AUTHOR
from tests.support.stores import HOUR_MS, NOW_MS

LIFETIME_MS = 24 * HOUR_MS


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_MS)


@pytest.fixture
async def appdb(tmp_path: Path, clock: ManualClock) -> AsyncIterator[AppDatabase]:
    database = AppDatabase.open(tmp_path / "app.sqlite", clock)
    yield database
    database.close()


@pytest.fixture
def auth(appdb: AppDatabase, clock: ManualClock) -> Authenticator:
    return Authenticator(appdb, clock, LIFETIME_MS)


@pytest.fixture
async def user(appdb: AppDatabase) -> UserRecord:
    return await appdb.write(
        lambda connection: create_user(
            connection, email="ada@example.org", role=Role.EDITOR, password_hash="x", by=AUTHOR, now_ms=NOW_MS
        )
    )


async def _token(appdb: AppDatabase, user: UserRecord) -> tuple[str, Credential]:
    token = await appdb.write(
        lambda connection: create_token(
            connection, name="box", scope=Scope.INGEST, owner_id=user.id, by=AUTHOR, now_ms=NOW_MS
        )
    )
    return token.record.id, Credential(token.secret, is_session=False)


async def test_a_known_credential_costs_no_read(
    appdb: AppDatabase, auth: Authenticator, user: UserRecord
) -> None:
    _, credential = await _token(appdb, user)
    caller = await auth.identify(credential)
    assert caller is not None
    assert (caller.user_id, caller.scope) == (user.id, Scope.INGEST)
    appdb.close()
    assert await auth.identify(credential) == caller


async def test_a_refused_credential_costs_no_second_read(appdb: AppDatabase, auth: Authenticator) -> None:
    credential = Credential("mbx_unknown", is_session=False)
    assert await auth.identify(credential) is None
    appdb.close()
    assert await auth.identify(credential) is None


async def test_any_change_of_access_is_seen_at_once(
    appdb: AppDatabase, auth: Authenticator, user: UserRecord
) -> None:
    token_id, credential = await _token(appdb, user)
    assert await auth.identify(credential) is not None
    await appdb.write(
        lambda connection: update_user(connection, user.id, by=AUTHOR, now_ms=NOW_MS, role=Role.VIEWER)
    )
    caller = await auth.identify(credential)
    assert caller is not None
    assert caller.account_role is Role.VIEWER
    await appdb.write(lambda connection: delete_token(connection, token_id, by=AUTHOR, now_ms=NOW_MS))
    assert await auth.identify(credential) is None


async def test_a_change_by_another_program_is_seen_within_a_minute(
    appdb: AppDatabase, auth: Authenticator, user: UserRecord, clock: ManualClock
) -> None:
    token_id, credential = await _token(appdb, user)
    assert await auth.identify(credential) is not None
    other = AppDatabase.open(appdb.path, clock)
    await other.write(lambda connection: delete_token(connection, token_id, by=AUTHOR, now_ms=NOW_MS))
    other.close()
    clock.advance_ms(60_000)
    assert await auth.identify(credential) is None


async def test_sessions_of_before_a_restore_open_nothing(
    appdb: AppDatabase, auth: Authenticator, user: UserRecord
) -> None:
    """Trap B163."""
    credential = Credential(await auth.open_session(Credentials(user, "x"), AUTHOR), is_session=True)
    assert await auth.identify(credential) is not None
    await appdb.write(delete_all_sessions)
    assert await auth.identify(credential) is None


async def test_only_the_hash_of_a_session_is_stored(
    appdb: AppDatabase, auth: Authenticator, user: UserRecord
) -> None:
    secret = await auth.open_session(Credentials(user, "x"), AUTHOR)
    assert len(secret) >= 43
    rows = await appdb.read(
        lambda connection: connection.execute("select secret_hash from sessions").fetchall()
    )
    assert rows == [(hash_secret(secret),)]


async def test_use_is_written_in_batches_and_empties_no_cache(
    appdb: AppDatabase, auth: Authenticator, user: UserRecord, clock: ManualClock
) -> None:
    token_id, credential = await _token(appdb, user)
    secret = await auth.open_session(Credentials(user, "x"), AUTHOR)
    clock.advance_ms(5_000)
    await auth.identify(credential)
    await auth.identify(Credential(secret, is_session=True))
    epoch = appdb.access_epoch
    await auth.save_activity()
    assert appdb.access_epoch == epoch
    token = await appdb.read(lambda connection: get_token(connection, token_id))
    session = await appdb.read(lambda connection: find_session(connection, hash_secret(secret)))
    assert session is not None
    assert token.last_used_ms == session.last_seen_ms == session.user.last_seen_ms == NOW_MS + 5_000


async def test_a_session_in_use_survives_a_dropped_cache_before_its_use_is_written(
    appdb: AppDatabase, auth: Authenticator, user: UserRecord, clock: ManualClock
) -> None:
    credential = Credential(await auth.open_session(Credentials(user, "x"), AUTHOR), is_session=True)
    clock.advance_ms(LIFETIME_MS - 1)
    assert await auth.identify(credential) is not None
    clock.advance_ms(LIFETIME_MS - 1)
    await appdb.write(
        lambda connection: update_user(connection, user.id, by=AUTHOR, now_ms=NOW_MS, role=Role.ADMIN)
    )
    assert await auth.identify(credential) is not None
    clock.advance_ms(LIFETIME_MS)
    assert await auth.identify(credential) is None
