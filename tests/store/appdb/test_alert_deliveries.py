"""The outbox and the ledger in SQLite."""

import pytest

from metricbox.errors import ConflictError, NotFoundError
from metricbox.store.appdb import alert_deliveries as ledger
from metricbox.store.appdb.alert_channels import NewChannel, create_channel, delete_channel
from metricbox.store.appdb.alert_deliveries import LEDGER_RETENTION_MS, MAX_ANSWER_CHARS, NewDelivery
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.records import PageRequest
from tests.support.authors import AUTHOR

FIRST_PAGE = PageRequest()


def make_channel(connection: Connection) -> str:
    return create_channel(connection, NewChannel("ops", "webhook", {}, True), AUTHOR, 1).id


def queue(
    connection: Connection,
    channel: str,
    rule: str,
    text: str,
    *events: str,
    status: str = "firing",
    at: int = 0,
) -> None:
    payload = {"text": text, "alerts": [], "title": "ü"}
    ledger.queue_deliveries(connection, [NewDelivery(channel, "ops", rule, status, payload, events)], at)


def due(connection: Connection, channel: str, now_ms: int, limit: int = 10) -> list[str]:
    return [one.payload["text"] for one in ledger.list_queued(connection, channel, now_ms, limit)]


def id_of(connection: Connection, text: str) -> str:
    return str(
        connection.execute("select id from alert_deliveries where payload ->> 'text' = ?", (text,)).get
    )


def test_of_each_rule_the_oldest_may_go_and_no_later_one_passes_it(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        one, other = make_channel(connection), make_channel(connection)
        for rule, text in (("a", "a1"), ("b", "b1"), ("a", "a2")):
            queue(connection, one, rule, text)
        queue(connection, other, "a", "elsewhere", at=7)
        assert due(connection, one, 0) == ["a1", "b1"]
        assert due(connection, one, 0, limit=1) == ["a1"]
        assert due(connection, other, 6) == []
        assert ledger.find_next_due(connection) == {one: 0, other: 7}
        ledger.note_attempt(
            connection, id_of(connection, "a1"), state="queued", answer="500", now_ms=5, due_ms=50
        )
        assert due(connection, one, 49) == ["b1"]
        assert due(connection, one, 50) == ["a1", "b1"]
        ledger.note_attempt(connection, id_of(connection, "a1"), state="delivered", answer="200", now_ms=60)
        assert due(connection, one, 60) == ["b1", "a2"]
        assert ledger.count_queued(connection) == 3

    appdb.write_blocking(check)


def test_attempts_are_kept_and_a_final_one_ends_it(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        channel = make_channel(connection)
        queue(connection, channel, "a", "x")
        delivery = id_of(connection, "x")
        ledger.note_attempt(connection, delivery, state="queued", answer="no" * 1_000, now_ms=5, due_ms=50)
        ledger.note_attempt(connection, delivery, state="given_up", answer="never", now_ms=60)
        record = ledger.get_delivery(connection, delivery)
        assert (record.state, record.attempts, record.answer, record.finished_ms) == (
            "given_up",
            2,
            "never",
            60,
        )
        attempts = ledger.list_attempts(connection, delivery)
        assert [(one.at_ms, one.is_delivered) for one in attempts] == [(5, False), (60, False)]
        assert len(attempts[0].answer) == MAX_ANSWER_CHARS
        with pytest.raises(NotFoundError):
            ledger.get_delivery(connection, "none")

    appdb.write_blocking(check)


def test_who_was_told_that_something_fires(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        channel, other = make_channel(connection), make_channel(connection)
        queue(connection, channel, "a", "told", "e1", "e2")
        queue(connection, channel, "a", "not yet", "e3")
        queue(connection, other, "a", "elsewhere", "e3")
        queue(connection, channel, "a", "over", "e4", status="resolved")
        for text in ("told", "elsewhere", "over"):
            ledger.note_attempt(connection, id_of(connection, text), state="delivered", answer="", now_ms=1)
        events = ["e1", "e2", "e3", "e4", "e5"]
        assert ledger.list_delivered_events(connection, channel, events) == {"e1", "e2"}
        assert ledger.list_delivered_events(connection, other, events) == {"e3"}

    appdb.write_blocking(check)


def test_only_what_is_finished_is_sent_again_and_as_it_was(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        channel = make_channel(connection)
        queue(connection, channel, "a", "x")
        delivery = id_of(connection, "x")
        with pytest.raises(ConflictError):
            ledger.resend_delivery(connection, delivery, 5)
        ledger.drop_delivery(connection, delivery, "nobody was told", 6)
        before = ledger.get_delivery(connection, delivery)
        assert (before.state, before.attempts) == ("dropped", 0)
        again = ledger.resend_delivery(connection, delivery, 7)
        assert (again.state, again.due_ms, again.finished_ms) == ("queued", 7, None)
        assert again.payload == before.payload
        with pytest.raises(NotFoundError):
            ledger.resend_delivery(connection, "none", 8)

    appdb.write_blocking(check)


def test_a_channel_that_goes_takes_what_was_queued_for_it(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        channel = make_channel(connection)
        queue(connection, channel, "a", "x")
        delete_channel(connection, channel, AUTHOR, 9)
        record = ledger.get_delivery(connection, id_of(connection, "x"))
        assert (record.state, record.answer, record.finished_ms) == ("dropped", "the channel was deleted", 9)

    appdb.write_blocking(check)


def test_lists_and_retention(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        channel = make_channel(connection)
        for at, text in enumerate("xyz"):
            queue(connection, channel, "a", text, f"e{text}", at=at)
        ledger.note_attempt(connection, id_of(connection, "x"), state="delivered", answer="", now_ms=10)

        def texts(request: PageRequest = FIRST_PAGE, **wanted: str) -> list[str]:
            page = ledger.list_deliveries(connection, request, **wanted)
            return [one.payload["text"] for one in page.rows]

        assert texts() == ["z", "y", "x"]
        assert texts(PageRequest(page=2, page_size=2)) == ["x"]
        assert texts(state="queued") == ["z", "y"]
        assert (texts(event_id="ey"), texts(channel_id="none")) == (["y"], [])
        assert texts(PageRequest(sort="createdAt")) == ["x", "y", "z"]
        assert ledger.drop_old_deliveries(connection, 10 + LEDGER_RETENTION_MS) == 0
        assert ledger.drop_old_deliveries(connection, 11 + LEDGER_RETENTION_MS) == 1
        assert connection.execute("select count(*) from alert_attempts").get == 0
        assert texts() == ["z", "y"], "what waits stays"

    appdb.write_blocking(check)
