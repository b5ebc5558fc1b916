"""Notification channels in SQLite. Functions run inside a transaction; who may do what is decided by the caller.

Settings hold secrets as they were typed. They leave this module for the dispatcher alone: answers, the audit trail and
the log have them masked, see web/channel_settings.py.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import apsw

from metricbox.errors import LimitExceededError, NotFoundError
from metricbox.store.appdb.audit import Action, Author, Fields, Subject, SubjectType, note
from metricbox.store.appdb.records import make_id

MAX_CHANNELS = 200
MASK = "***"
_COLUMNS = "id, name, type, settings, is_enabled, created_ms, updated_ms"


class ChannelRecord(NamedTuple):
    id: str
    name: str
    type: str
    settings: Mapping[str, Any]
    is_enabled: bool
    created_ms: int
    updated_ms: int


class NewChannel(NamedTuple):
    name: str
    type: str
    settings: Mapping[str, Any]
    is_enabled: bool


def create_channel(connection: apsw.Connection, new: NewChannel, by: Author, now_ms: int) -> ChannelRecord:
    """Raises LimitExceededError when there are too many."""
    if connection.execute("select count(*) from alert_channels").get >= MAX_CHANNELS:
        msg = f"There are {MAX_CHANNELS} channels, the most there may be. Delete some that are not used."
        raise LimitExceededError(msg)
    channel_id = make_id()
    connection.execute(
        f"insert into alert_channels ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?)",
        (channel_id, new.name, new.type, json.dumps(new.settings), int(new.is_enabled), now_ms, now_ms),
    )
    made = get_channel(connection, channel_id)
    note(connection, by, now_ms, Action.CREATE, _subject(made), after=_fields(made))
    return made


def get_channel(connection: apsw.Connection, channel_id: str) -> ChannelRecord:
    """Raises NotFoundError."""
    row = connection.execute(f"select {_COLUMNS} from alert_channels where id = ?", (channel_id,)).fetchone()
    if row is None:
        raise NotFoundError("There is no such channel.")
    return _channel(row)


def list_channels(connection: apsw.Connection) -> list[ChannelRecord]:
    """All of them by name; there are few."""
    rows = connection.execute(
        f"select {_COLUMNS} from alert_channels order by name collate nocase, created_ms"
    )
    return [_channel(row) for row in rows]


def update_channel(
    connection: apsw.Connection, channel_id: str, wish: NewChannel, by: Author, now_ms: int
) -> ChannelRecord:
    """Raises NotFoundError."""
    before = get_channel(connection, channel_id)
    connection.execute(
        "update alert_channels set name = ?, type = ?, settings = ?, is_enabled = ?, updated_ms = ? where id = ?",
        (wish.name, wish.type, json.dumps(wish.settings), int(wish.is_enabled), now_ms, channel_id),
    )
    after = get_channel(connection, channel_id)
    fields = _fields(after)
    if before.settings != after.settings:
        # That a secret is another one is told, and not which.
        fields["settingsChanged"] = True
    note(connection, by, now_ms, Action.CHANGE, _subject(after), before=_fields(before), after=fields)
    return after


def delete_channel(connection: apsw.Connection, channel_id: str, by: Author, now_ms: int) -> None:
    """What was queued for it is dropped; rules go on without it. Raises NotFoundError."""
    before = get_channel(connection, channel_id)
    connection.execute("delete from alert_channels where id = ?", (channel_id,))
    connection.execute(
        "update alert_deliveries set state = 'dropped', answer = 'the channel was deleted', finished_ms = ? "
        "where channel_id = ? and state = 'queued'",
        (now_ms, channel_id),
    )
    note(connection, by, now_ms, Action.DELETE, _subject(before), before=_fields(before))


def _subject(channel: ChannelRecord) -> Subject:
    return Subject(SubjectType.CHANNEL, channel.id, channel.name)


def _fields(channel: ChannelRecord) -> dict[str, Any]:
    # Any of the settings may be a secret or hold one, such as the address of a web hook.
    fields: Fields = {"name": channel.name, "type": channel.type, "enabled": channel.is_enabled}
    return dict(fields)


def _channel(row: tuple[Any, ...]) -> ChannelRecord:
    channel_id, name, channel_type, settings, is_enabled, created_ms, updated_ms = row
    return ChannelRecord(
        channel_id, name, channel_type, json.loads(settings), bool(is_enabled), created_ms, updated_ms
    )
