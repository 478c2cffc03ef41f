"""The desk answers so many at once, lets so many wait, and sends the rest away; a thread counts until its work ends.

The next one begins when the one before has ended, or was long enough alone.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.lake_api.desk import Desk, Room
from app.lake_api.refusals import Overloaded, TooSlow
from app.settings import Settings
from tests.unit.lake_api.small_lake import api_on

LONG_S = 60.0


@asynccontextmanager
async def desk_with(**room: Any) -> AsyncIterator[tuple[Desk, threading.Event]]:
    """Return a desk, and the event that ends its visitors' work."""
    usual = {"at_once": 2, "waiting": 3, "wait_s": LONG_S, "timeout_s": LONG_S}
    desk, over = Desk(Room(**usual | room)), threading.Event()
    try:
        yield desk, over
    finally:
        over.set()
        desk.close()


async def test_those_beyond_who_may_wait_are_sent_away_and_the_others_all_answered() -> None:
    async with desk_with() as (desk, over):
        visitors = [asyncio.create_task(desk.run(lambda _: over.wait(LONG_S))) for _ in range(9)]
        async with asyncio.timeout(LONG_S):
            while sum(one.done() for one in visitors) < 4:
                await asyncio.sleep(0.001)
        assert [type(one.exception()) for one in visitors if one.done()] == [Overloaded] * 4
        over.set()
        answers = await asyncio.gather(*visitors, return_exceptions=True)
        assert sum(one is True for one in answers) == 5


async def test_who_waited_long_enough_is_sent_away() -> None:
    async with desk_with(at_once=1, wait_s=0.05) as (desk, over):
        first = asyncio.create_task(desk.run(lambda _: over.wait(LONG_S)))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="waited"):
            await desk.run(lambda _: None)
        over.set()
        assert await first


@pytest.mark.parametrize("fails", [False, True])
async def test_the_next_begins_when_the_one_before_has_ended_whatever_became_of_it(
    fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.lake_api.desk.ALONE_S", LONG_S)
    async with desk_with(at_once=4) as (desk, over):
        at_work, most, begun = [0], [0], threading.Event()

        def work(_: Any) -> None:
            at_work[0] += 1
            most[0] = max(most[0], at_work[0])
            begun.set()
            over.wait(LONG_S)
            at_work[0] -= 1
            if fails:
                raise OSError("disk")

        visitors = [asyncio.create_task(desk.run(work)) for _ in range(5)]
        assert await asyncio.to_thread(begun.wait, LONG_S)
        for _ in range(100):  # each of which lets all others come as far as they can
            await asyncio.sleep(0)
        over.set()
        async with asyncio.timeout(LONG_S):
            told = await asyncio.gather(*visitors, return_exceptions=True)
        assert [type(one) for one in told] == [OSError if fails else type(None)] * 5
        assert most == [1] and at_work == [0]


async def test_who_takes_long_keeps_the_next_waiting_only_for_a_while() -> None:
    async with desk_with(at_once=2) as (desk, over):
        slow = asyncio.create_task(desk.run(lambda _: over.wait(LONG_S)))
        await asyncio.sleep(0)
        async with asyncio.timeout(LONG_S):
            assert [await desk.run(lambda _: "quick") for _ in range(3)] == ["quick"] * 3
        assert not slow.done()


async def test_who_waits_no_more_for_a_turn_leaves_it_and_its_place_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.lake_api.desk.ALONE_S", LONG_S)
    async with desk_with(at_once=2, wait_s=0.05) as (desk, over):
        first = asyncio.create_task(desk.run(lambda _: over.wait(LONG_S)))
        await asyncio.sleep(0)
        for _ in range(4):
            with pytest.raises(Overloaded, match="waited"):
                await desk.run(lambda _: None)
        over.set()
        assert await first
        monkeypatch.setattr("app.lake_api.desk.ALONE_S", 0.0)
        over.clear()
        begun = threading.Event()

        def hold(_: Any) -> bool:
            begun.set()
            return over.wait(LONG_S)

        slow = asyncio.create_task(desk.run(hold))
        assert await asyncio.to_thread(begun.wait, LONG_S)
        assert await desk.run(lambda _: "the other place is free") and not slow.done()


async def test_work_that_looks_at_the_clock_ends_in_time() -> None:
    async with desk_with(timeout_s=0.05) as (desk, over):

        def work(tick: Any) -> None:
            while not over.wait(0.01):
                tick()

        with pytest.raises(TooSlow):
            await desk.run(work)


async def test_work_that_hangs_is_not_waited_for_and_holds_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.lake_api.desk.GRACE_S", 0.05)
    async with desk_with(at_once=1, wait_s=0.05, timeout_s=0.05) as (desk, over):
        with pytest.raises(TooSlow):
            await desk.run(lambda _: over.wait(LONG_S))
        with pytest.raises(Overloaded):
            await desk.run(lambda _: None)
        over.set()
        async with asyncio.timeout(LONG_S):
            while True:
                try:
                    await desk.run(lambda _: None)
                    return
                except Overloaded:
                    continue


def test_an_overloaded_api_answers_429_and_says_when_to_come_again(lake: Settings) -> None:
    with api_on(lake.model_copy(update={"api_at_once": 1, "api_waiting": 0})) as (reader, _):
        entered, over = threading.Event(), threading.Event()
        service = reader.client.app.state.service  # type: ignore[attr-defined]  # FastAPI's, typed as any ASGI app
        page = service.answering.shots.newest

        def slow(name: str) -> Any:
            entered.set()
            over.wait(LONG_S)
            return page(name)

        service.answering.shots = type("Slow", (), {"newest": staticmethod(slow)})()
        first = threading.Thread(target=reader.count, args=("plate",))
        first.start()
        assert entered.wait(LONG_S)
        answer = reader.post("/query", table_name="plate")
        over.set()
        first.join(LONG_S)
        assert answer.status_code == 429 and answer.headers["Retry-After"] == "1"


def test_a_question_that_takes_too_long_is_504(lake: Settings) -> None:
    with api_on(lake.model_copy(update={"api_timeout_s": 1e-6})) as (reader, _):
        status, error = reader.refused("/query", table_name="plate")
        assert status == 504 and "ask for a shorter time" in error
