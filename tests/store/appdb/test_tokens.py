"""Tokens in SQLite."""

import pytest

from metricbox.errors import NotFoundError
from metricbox.log import redact
from metricbox.store.appdb.audit import list_entries
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.records import PageRequest, Scope, UserRecord
from metricbox.store.appdb.tokens import (
    create_token,
    delete_token,
    find_token,
    get_token,
    hash_secret,
    list_tokens,
)
from tests.support.authors import AUTHOR


def test_a_token_is_found_by_the_hash_of_its_secret_only(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        new = create_token(
            connection, name="box", scope=Scope.READ, owner_id=admin.id, by=AUTHOR, now_ms=5, expires_ms=9
        )
        assert find_token(connection, hash_secret(new.secret)) == (new.record, admin)
        assert find_token(connection, new.secret.encode()) is None
        assert get_token(connection, new.record.id) == new.record
        stored = connection.execute("select * from api_tokens").fetchall()
        assert new.secret not in str(stored)

    appdb.write_blocking(check)


def test_secrets_are_long_random_and_known_to_the_log_filter(appdb: AppDatabase, admin: UserRecord) -> None:
    def make(connection: Connection) -> list[str]:
        return [
            create_token(
                connection, name="t", scope=Scope.READ, owner_id=admin.id, by=AUTHOR, now_ms=0
            ).secret
            for _ in range(20)
        ]

    secrets = appdb.write_blocking(make)
    assert len(set(secrets)) == 20
    assert {len(secret) for secret in secrets} == {4 + 43}
    assert all(secret not in redact(f"sent {secret} there") for secret in secrets)


def test_a_revoked_token_is_gone(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        new = create_token(connection, name="box", scope=Scope.READ, owner_id=admin.id, by=AUTHOR, now_ms=5)
        delete_token(connection, new.record.id, by=AUTHOR, now_ms=6)
        assert find_token(connection, hash_secret(new.secret)) is None
        with pytest.raises(NotFoundError):
            delete_token(connection, new.record.id, by=AUTHOR, now_ms=6)

    appdb.write_blocking(check)


def test_lists_are_of_one_owner_or_of_all(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        for name in ("b", "A", "c"):
            create_token(connection, name=name, scope=Scope.READ, owner_id=admin.id, by=AUTHOR, now_ms=5)
        names = [token.name for token in list_tokens(connection, PageRequest(), admin.id).rows]
        assert names == ["c", "A", "b"]
        by_name = [token.name for token in list_tokens(connection, PageRequest(sort="name")).rows]
        assert by_name == ["A", "b", "c"]
        assert list_tokens(connection, PageRequest(), "somebody").total == 0

    appdb.write_blocking(check)


def test_limits_of_a_token_come_with_it(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        new = create_token(
            connection,
            name="box",
            scope=Scope.INGEST,
            owner_id=admin.id,
            by=AUTHOR,
            now_ms=5,
            metric_prefix="web_",
            max_series=7,
            relabel='[{"target_label":"a","replacement":"b"}]',
        )
        holder = find_token(connection, hash_secret(new.secret))
        assert holder is not None
        assert holder.token == new.record == list_tokens(connection, PageRequest()).rows[0]
        assert (holder.token.metric_prefix, holder.token.max_series) == ("web_", 7)
        (entry, *_) = list_entries(connection, PageRequest()).rows
        assert entry.after == {
            "name": "box",
            "scope": "ingest",
            "ownerId": admin.id,
            "expiresAtMs": None,
            "metricPrefix": "web_",
            "maxSeries": 7,
            "relabel": [{"target_label": "a", "replacement": "b"}],
        }

    appdb.write_blocking(check)
