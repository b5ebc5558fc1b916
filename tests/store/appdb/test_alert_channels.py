"""Notification channels in SQLite."""

import json

import pytest

from metricbox.errors import LimitExceededError, NotFoundError
from metricbox.store.appdb import alert_channels
from metricbox.store.appdb.alert_channels import (
    NewChannel,
    create_channel,
    delete_channel,
    get_channel,
    list_channels,
    update_channel,
)
from metricbox.store.appdb.alert_deliveries import (
    NewDelivery,
    list_deliveries,
    note_attempt,
    queue_deliveries,
)
from metricbox.store.appdb.audit import list_entries
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.records import PageRequest
from tests.support.authors import AUTHOR

NEW = NewChannel("ops", "webhook", {"url": "https://example.org/s3cret", "headers": {"X": "s3cret"}}, True)


def test_a_channel_is_what_was_saved(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        made = create_channel(connection, NEW, AUTHOR, 5)
        assert (made.name, made.type, made.settings, made.is_enabled) == NEW
        assert (made.created_ms, made.updated_ms) == (5, 5)
        assert get_channel(connection, made.id) == made
        wish = NewChannel("other", "slack", {"url": "x"}, False)
        changed = update_channel(connection, made.id, wish, AUTHOR, 9)
        assert changed == (made.id, *wish, 5, 9)
        delete_channel(connection, made.id, AUTHOR, 10)
        assert list_channels(connection) == []

    appdb.write_blocking(check)


def test_they_are_listed_by_name(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        for name in ("b", "A", "C"):
            create_channel(connection, NEW._replace(name=name), AUTHOR, 0)
        assert [one.name for one in list_channels(connection)] == ["A", "b", "C"]

    appdb.write_blocking(check)


def test_what_is_not_there_is_not_found(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        for work in (
            lambda: get_channel(connection, "none"),
            lambda: update_channel(connection, "none", NEW, AUTHOR, 0),
            lambda: delete_channel(connection, "none", AUTHOR, 0),
        ):
            with pytest.raises(NotFoundError):
                work()

    appdb.write_blocking(check)


def test_their_number_is_limited(appdb: AppDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_channels, "MAX_CHANNELS", 2)

    def check(connection: Connection) -> None:
        create_channel(connection, NEW, AUTHOR, 0)
        create_channel(connection, NEW, AUTHOR, 0)
        with pytest.raises(LimitExceededError):
            create_channel(connection, NEW, AUTHOR, 0)

    appdb.write_blocking(check)


def test_the_audit_trail_tells_that_settings_changed_and_not_what_they_are(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        made = create_channel(connection, NEW, AUTHOR, 0)
        update_channel(
            connection, made.id, NEW._replace(settings={"url": "https://example.org/0ther"}), AUTHOR, 1
        )
        update_channel(
            connection, made.id, NEW._replace(settings={"url": "https://example.org/0ther"}), AUTHOR, 2
        )
        delete_channel(connection, made.id, AUTHOR, 3)
        rows = connection.execute("select * from audit_entries").fetchall()
        shown = json.dumps(rows, default=str)
        assert "s3cret" not in shown
        assert "0ther" not in shown
        assert sum("settingsChanged" in str(row) for row in rows) == 1
        assert list_entries(connection, PageRequest()).total == len(rows)

    appdb.write_blocking(check)


def test_what_is_queued_for_a_deleted_channel_is_dropped_and_the_ledger_keeps_the_rest(
    appdb: AppDatabase,
) -> None:
    def check(connection: Connection) -> None:
        made, other = (create_channel(connection, NEW, AUTHOR, 0) for _ in range(2))
        queue_deliveries(
            connection,
            [NewDelivery(one.id, one.name, "r1", "firing", {}, ["e1"]) for one in (made, made, other)],
            0,
        )
        first = list_deliveries(connection, PageRequest(), channel_id=made.id).rows[-1]
        note_attempt(connection, first.id, state="delivered", answer="200", now_ms=1)
        delete_channel(connection, made.id, AUTHOR, 7)
        rows = list_deliveries(connection, PageRequest()).rows[::-1]
        assert [(one.state, one.answer, one.finished_ms) for one in rows] == [
            ("delivered", "200", 1), ("dropped", "the channel was deleted", 7), ("queued", "", None),
        ]  # fmt: skip

    appdb.write_blocking(check)
