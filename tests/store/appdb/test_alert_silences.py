"""Silences in SQLite."""

from typing import Any

import pytest

from metricbox.errors import LimitExceededError, NotFoundError
from metricbox.store.appdb import alert_silences as silences
from metricbox.store.appdb.alert_silences import SILENCE_RETENTION_MS, NewSilence
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.records import PageRequest
from tests.support.authors import AUTHOR

MATCHERS = [{"name": "host", "op": "=~", "value": "wéb.*"}]
SILENCE = NewSilence(MATCHERS, 10, 20, None, "maintenance")
NIGHT = {"weekdays": ["mon"], "from": "22:00", "to": "06:00", "timezone": "Europe/Paris"}


def test_a_silence_is_read_as_it_was_written_and_changed_as_a_whole(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        by = AUTHOR._replace(name="ada@example.org")
        made = silences.create_silence(connection, SILENCE, by, 5)
        assert tuple(made) == (made.id, MATCHERS, 10, 20, None, "maintenance", "ada@example.org", 5)
        wish = SILENCE._replace(ends_ms=None, recurrence=NIGHT)
        changed = silences.update_silence(connection, made.id, wish, AUTHOR, 6)
        assert changed == made._replace(ends_ms=None, recurrence=NIGHT)
        assert silences.get_silence(connection, made.id) == changed
        silences.delete_silence(connection, made.id, AUTHOR, 7)
        actions = connection.execute(
            "select action from audit_entries where subject_id = ? order by entry_no", (made.id,)
        )
        assert [action for (action,) in actions] == ["create", "change", "delete"]
        for call in (
            lambda: silences.get_silence(connection, made.id),
            lambda: silences.update_silence(connection, made.id, wish, AUTHOR, 8),
            lambda: silences.delete_silence(connection, made.id, AUTHOR, 8),
        ):
            with pytest.raises(NotFoundError):
                call()

    appdb.write_blocking(check)


def test_those_that_have_begun_and_not_ended_are_current(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        for reason, starts_ms, ends_ms in (("a", 10, 20), ("b", 20, None), ("c", 30, 40)):
            new = SILENCE._replace(reason=reason, starts_ms=starts_ms, ends_ms=ends_ms)
            silences.create_silence(connection, new, AUTHOR, 5)
        for now_ms, expected in ((9, ""), (10, "a"), (19, "a"), (20, "b"), (30, "bc"), (40, "b")):
            found = silences.list_current_silences(connection, now_ms)
            assert sorted(one.reason for one in found) == list(expected), now_ms

    appdb.write_blocking(check)


def test_lists_are_searched_and_sorted(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        for at, (reason, starts_ms) in enumerate((("a", 30), ("b", 10), ("100%", 20))):
            new = SILENCE._replace(reason=reason, starts_ms=starts_ms, ends_ms=None)
            silences.create_silence(connection, new, AUTHOR, at)

        def reasons(**request: Any) -> list[str]:
            page = silences.list_silences(connection, PageRequest(**request))
            return [one.reason for one in page.rows]

        assert reasons() == ["100%", "b", "a"]
        assert reasons(sort="startsAt") == ["b", "100%", "a"]
        assert (reasons(search="0%"), reasons(search="WÉB"), reasons(search="wéb")) == (
            ["100%"],
            [],
            ["100%", "b", "a"],
        )
        assert reasons(page=2, page_size=2) == ["a"]

    appdb.write_blocking(check)


def test_there_is_an_end_to_their_number_and_old_ones_make_room(
    appdb: AppDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silences, "MAX_SILENCES", 2)

    def check(connection: Connection) -> None:
        for _ in range(2):
            silences.create_silence(connection, SILENCE, AUTHOR, 5)
        with pytest.raises(LimitExceededError):
            silences.create_silence(connection, SILENCE, AUTHOR, 20 + SILENCE_RETENTION_MS)
        silences.create_silence(connection, SILENCE, AUTHOR, 21 + SILENCE_RETENTION_MS)
        assert silences.list_silences(connection, PageRequest()).total == 1

    appdb.write_blocking(check)
