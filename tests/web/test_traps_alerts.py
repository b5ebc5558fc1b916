"""Traps of alerting that take the whole server: rules, loop, outbox and receivers. Their ids are those of the list of
known traps."""

import asyncio
from typing import Any

from tests.support.api import Callers, check_error
from tests.support.http_sink import Answer, HttpSink, run_sink
from tests.support.stores import NOW_MS, push
from tests.web.routes.test_alert_rules import make

PATH = "/api/v1/alerts"
MINUTE_MS = 60_000
HOST = {"instance": "box", "job": "node"}
# Far more than any machine needs; nothing is asserted about it.
BOUND_S = 60


async def make_channel(callers: Callers, kind: str, sink: HttpSink) -> str:
    wish = {"name": kind, "type": kind, "settings": {"url": sink.url}}
    made = await callers.admin.data("POST", f"{PATH}/channels", wish, 201)
    return str(made["id"])


async def step(callers: Callers, step_ms: int, **values: float) -> None:
    """The next samples come, and the loop ticks."""
    server = callers.server
    server.clock.advance_ms(step_ms)
    for name, value in values.items():
        push(server.context.store, name, HOST, [(server.clock.now_ms(), value)])
    await server.context.alerts.loop.tick(server.clock.now_ms())


async def deliver(callers: Callers) -> None:
    await callers.server.context.alerts.dispatcher.start_workers()
    await callers.server.context.alerts.dispatcher.drain()


async def test_a_receiver_that_never_answers_makes_no_rule_skip_a_tick(callers: Callers) -> None:
    """B112: fifty rules tell a web hook that takes requests and never answers; each is evaluated at each tick."""
    alerts, clock = callers.server.context.alerts, callers.server.clock
    with run_sink() as sink:
        sink.answer = lambda _: Answer(hangs=True)
        notification = {"channels": [await make_channel(callers, "webhook", sink)]}
        rules = [
            await make(callers.editor, name=f"Rule {number}", query="cpu", notification=notification)
            for number in range(50)
        ]
        dispatching = asyncio.create_task(alerts.dispatcher.run())
        try:
            await step(callers, 10_000, cpu=95)
            async with asyncio.timeout(BOUND_S):
                while not sink.posted:
                    await asyncio.sleep(0.01)
                for _ in range(6):
                    await step(callers, 10_000, cpu=96)
                    assert alerts.loop.last_tick_ms == clock.now_ms()
                    seen = {
                        one.seen_ms for rule in rules for one in alerts.loop.watched_of(rule["id"]).values()
                    }
                    assert seen == {clock.now_ms()}
                await step(callers, 10_000, cpu=20)
            events = await callers.viewer.data("GET", f"{PATH}/events?pageSize=200")
            assert len(events) == 50
            assert {event["resolvedAt"] for event in events} == {"2026-11-25T10:01:20.000Z"}
            assert len(sink.posted) == 1
        finally:
            dispatching.cancel()
            await asyncio.gather(dispatching, return_exceptions=True)


async def test_with_a_short_interval_and_a_long_delay_the_end_is_never_in_the_past(callers: Callers) -> None:
    """B114: evaluated every 5 s on data of 30 s ago, an alert is told once, with an end that is to come."""
    with run_sink() as sink:
        notification = {"channels": [await make_channel(callers, "alertmanager", sink)]}
        await make(callers.editor, query="cpu", evaluationDelay="30s", notification=notification)
        for _ in range(24):
            await step(callers, 5_000, cpu=95)
            await deliver(callers)
        ((firing,),) = [posted.json for posted in sink.posted]
        assert firing["startsAt"] == "2026-11-25T10:00:35.000Z"
        assert firing["endsAt"] > "2026-11-25T10:02:00"
        assert [one["status"] for one in await callers.viewer.data("GET", f"{PATH}/events")] == ["firing"]
        for _ in range(8):
            await step(callers, 5_000, cpu=20)
            await deliver(callers)
        (resolved,) = sink.posted[-1].json
        assert len(sink.posted) == 2
        # The first good sample is of 10:02:05 and looked at half a minute later; that is when it is over.
        assert (resolved["startsAt"], resolved["endsAt"]) == (
            "2026-11-25T10:00:35.000Z",
            "2026-11-25T10:02:35.000Z",
        )


async def test_no_data_in_the_last_hour_is_about_sixty_minutes(callers: Callers) -> None:
    """B117: data of 09:50, looked at from 10:01 on: not silent before 10:50, whatever hour the clock shows."""
    server = callers.server
    push(server.context.store, "beat", HOST, [(NOW_MS - 10 * MINUTE_MS, 1.0)])
    rule = await make(callers.editor, query="absent_over_time(beat[1h])", condition="eq", threshold=1)

    async def state() -> Any:
        return (await callers.viewer.data("GET", f"{PATH}/rules/{rule['id']}"))["state"]

    for _ in range(49):
        await step(callers, MINUTE_MS)
        assert await state() == "ok"
    await step(callers, 2 * MINUTE_MS)
    assert await state() == "firing"


async def test_an_alert_of_a_host_that_is_switched_off_is_over_at_once_and_not_the_next_day(
    callers: Callers,
) -> None:
    """B121: its memory is unknown from then on, not fine; the message says so, and the silent host is an alert."""
    with run_sink() as sink:
        channels = {"channels": [await make_channel(callers, "webhook", sink)]}
        wish = {"ids": ["memory-short", "host-silent"], **channels}
        memory, silent = await callers.editor.data("POST", f"{PATH}/library", wish, 201)
        for _ in range(60):
            await step(
                callers, 10_000, metricbox_host_memory_used_ratio=0.95, metricbox_host_uptime_seconds=1
            )
            await deliver(callers)
        assert [posted.json["rule"]["name"] for posted in sink.posted] == ["Memory short"]
        # Off: nothing comes any more.
        for _ in range(60):
            await step(callers, 10_000)
            await deliver(callers)
        told = [(posted.json["status"], posted.json["rule"]["name"]) for posted in sink.posted]
        assert told == [("firing", "Memory short"), ("firing", "Host silent"), ("resolved", "Memory short")]
        (over,) = sink.posted[-1].json["alerts"]
        assert over["value"] is None
        assert over["text"] == ("no data, limit > 90 %: it is over because nothing is heard of it any more")
        # On again the next day, with memory enough.
        await step(callers, 18 * 60 * MINUTE_MS)
        for _ in range(3):
            await step(callers, 10_000, metricbox_host_memory_used_ratio=0.4, metricbox_host_uptime_seconds=1)
            await deliver(callers)
        assert [(posted.json["status"], posted.json["rule"]["name"]) for posted in sink.posted[3:]] == [
            ("firing", "Host silent"),
            ("resolved", "Host silent"),
        ]
        (event,) = await callers.viewer.data("GET", f"{PATH}/events?ruleId={memory['id']}")
        assert event["resolvedAt"] < "2026-11-25T10:16:00"
        assert (await callers.viewer.data("GET", f"{PATH}/rules/{silent['id']}"))["state"] == "ok"


async def test_of_two_who_save_one_rule_at_a_time_one_is_told(callers: Callers) -> None:
    """B125: each had version 1 before them. Nothing is overwritten in silence, however close they come."""
    rule = await make(callers.editor, query="cpu")
    path = f"{PATH}/rules/{rule['id']}"
    wishes = [{"threshold": 10 + number, "version": rule["version"]} for number in range(8)]
    answers = await asyncio.gather(*(callers.editor.put(path, wish) for wish in wishes))
    (taken,) = [answer for answer in answers if answer.status_code == 200]
    for answer in answers:
        if answer is not taken:
            check_error(answer, 409, "CONFLICT", "version")
    saved = await callers.viewer.data("GET", path)
    assert (saved["threshold"], saved["version"]) == (taken.json()["data"]["threshold"], 2)
    # The tab that was refused loads it again, and may then save on top.
    await callers.editor.data("PUT", path, {"threshold": 99, "version": 2})


async def test_switching_a_rule_in_a_list_is_no_conflict_and_still_counts_as_a_change(
    callers: Callers,
) -> None:
    """B125: who names no version changes what they name and nothing else; a form that is open notices."""
    rule = await make(callers.editor, query="cpu", duration="5m")
    path = f"{PATH}/rules/{rule['id']}"
    switched = await callers.editor.data("PUT", path, {"enabled": False})
    assert (switched["enabled"], switched["duration"], switched["version"]) == (False, "5m", 2)
    check_error(await callers.editor.put(path, {"duration": "1m", "version": 1}), 409, "CONFLICT", "version")
