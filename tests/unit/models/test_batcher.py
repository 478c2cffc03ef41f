"""The laws of the batcher, under a clock of our own: whatever arrives when, whoever fails or leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.batcher import Batcher
from models.errors import EyesClosed
from tests.unit.models.virtual_time import run_virtually


class Poisoned(Exception):
    """Stand for what a picture can do to a network."""


@dataclass
class Clerk:
    """A judge that doubles numbers, takes its time, and fails a batch that holds a poisoned one."""

    service_s: float = 0.0
    poison: frozenset[int] = frozenset()
    batches: list[tuple[float, list[int]]] = field(default_factory=list)
    busy: int = 0

    async def __call__(self, items: Sequence[int]) -> list[int]:
        assert not self.busy, "one judge was given two batches at once"
        self.busy = 1
        self.batches.append((asyncio.get_running_loop().time(), list(items)))
        try:
            await asyncio.sleep(self.service_s)
        finally:
            self.busy = 0
        for item in items:
            if item in self.poison:
                raise Poisoned(item)
        return [2 * item for item in items]


async def at(delay_s: float, batcher: Batcher[int, int], items: Sequence[int]) -> list[int]:
    await asyncio.sleep(delay_s)
    return await batcher.judge(items)


# Arrivals are whole milliseconds, service and delay are not, so that no two things happen at once by chance.
arrivals = st.lists(st.integers(0, 60), min_size=1, max_size=20).map(sorted)


def timetable(arrivals_ms: Sequence[int], most: int, delay_ms: float, service_ms: float) -> list[tuple[float, int]]:
    """Say when which number of items must be taken, by the law alone: one judge, one item per arrival."""
    starts, taken, free_ms = [], 0, 0.0
    while taken < len(arrivals_ms):
        waiting = arrivals_ms[taken:]
        full_ms = waiting[most - 1] if len(waiting) >= most else float("inf")
        start_ms = max(free_ms, min(full_ms, waiting[0] + delay_ms))
        count = min(most, sum(arrival <= start_ms for arrival in waiting))
        starts.append((start_ms, count))
        taken, free_ms = taken + count, start_ms + service_ms
    return starts


@given(arrivals, st.integers(1, 6), st.integers(0, 9), st.integers(0, 30))
def test_a_free_judge_takes_what_is_queued_and_waits_no_longer_than_the_delay(
    arrivals_ms: list[int], most: int, delay_whole_ms: int, service_whole_ms: int
) -> None:
    delay_ms, service_ms = delay_whole_ms + 0.25, service_whole_ms + 0.0917
    clerk = Clerk(service_ms / 1000)

    async def main() -> None:
        async with Batcher([clerk], most, delay_ms, queue=100) as batcher:
            callers = [at(ms / 1000, batcher, [place]) for place, ms in enumerate(arrivals_ms)]
            await asyncio.gather(*callers)

    run_virtually(main())
    expected = timetable(arrivals_ms, most, delay_ms, service_ms)
    assert [len(items) for _, items in clerk.batches] == [count for _, count in expected]
    assert [start_s * 1000 for start_s, _ in clerk.batches] == pytest.approx([start for start, _ in expected])


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 6), st.none() | st.integers(0, 40)), min_size=1, max_size=12),
    st.integers(1, 3),
    st.integers(1, 5),
    st.integers(0, 5),
    st.integers(1, 8),
    st.frozensets(st.integers(0, 40), max_size=4),
)
def test_each_caller_gets_its_own_answers_whatever_others_do(
    callers: list[tuple[int, int, int | None]],
    judges: int,
    most: int,
    delay_ms: int,
    queue: int,
    poison: frozenset[int],
) -> None:
    clerks = [Clerk(0.0071, poison) for _ in range(judges)]

    async def caller(batcher: Batcher[int, int], arrive_ms: int, items: list[int], patience_ms: int | None) -> object:
        await asyncio.sleep(arrive_ms / 1000)
        assert batcher.queued <= queue
        try:
            async with asyncio.timeout(None if patience_ms is None else patience_ms / 1000 + 0.00013):
                return await batcher.judge(items)
        except Poisoned as error:
            return error
        except TimeoutError:
            return "left"

    async def main() -> list[tuple[list[int], int | None, object]]:
        asked, first = [], 0
        async with Batcher(clerks, most, delay_ms, queue) as batcher:
            for arrive_ms, count, patience_ms in callers:
                asked.append((list(range(first, first + count)), arrive_ms, patience_ms))
                first += count
            answers = await asyncio.gather(*(caller(batcher, ms, items, left) for items, ms, left in asked))
            assert batcher.queued == 0
        return [(items, left, answer) for (items, _, left), answer in zip(asked, answers, strict=True)]

    for items, patience_ms, answer in run_virtually(main()):
        poisoned = [item for item in items if item in poison]
        if answer == "left":
            assert patience_ms is not None
        elif poisoned:
            assert isinstance(answer, Poisoned)
            assert answer.args == (poisoned[0],)
        else:
            assert answer == [2 * item for item in items]
    assert all(len(items) <= most for clerk in clerks for _, items in clerk.batches)


def test_items_are_taken_in_order_of_arrival_across_judges() -> None:
    clerks = [Clerk(0.005), Clerk(0.003)]

    async def main() -> None:
        async with Batcher(clerks, 5, 1.0, queue=100) as batcher:
            callers = [at(place / 10_000, batcher, range(3 * place, 3 * place + 3)) for place in range(8)]
            await asyncio.gather(*callers)

    run_virtually(main())
    assert all(clerk.batches for clerk in clerks)
    in_time = sorted(batch for clerk in clerks for batch in clerk.batches)
    assert [item for _, items in in_time for item in items] == list(range(24))


def test_a_caller_with_more_than_the_queue_holds_waits_for_room() -> None:
    clerk = Clerk(0.010)

    async def main() -> list[int]:
        async with Batcher([clerk], 2, 0.0, queue=3) as batcher:
            asking = asyncio.create_task(batcher.judge(range(9)))
            seen = []
            while not asking.done():
                seen.append(batcher.queued)
                await asyncio.sleep(0.001)
            assert await asking == [2 * item for item in range(9)]
            return seen

    assert max(run_virtually(main())) == 3


def test_what_a_cancelled_caller_left_is_never_judged() -> None:
    clerk = Clerk(0.010)

    async def main() -> None:
        async with Batcher([clerk], 4, 0.0, queue=8) as batcher:
            first = asyncio.create_task(batcher.judge([1]))
            await asyncio.sleep(0.001)
            leaves, stays = (asyncio.create_task(batcher.judge(items)) for items in ([2, 3], [4]))
            await asyncio.sleep(0.001)
            leaves.cancel()
            assert await stays == [8]
            assert await first == [2]
            assert leaves.cancelled()

    run_virtually(main())
    assert [items for _, items in clerk.batches] == [[1], [4]]


def test_a_caller_that_leaves_during_its_batch_disturbs_nobody() -> None:
    clerk = Clerk(0.010)

    async def main() -> list[int]:
        async with Batcher([clerk], 4, 1.0, queue=8) as batcher:
            leaves, stays = (asyncio.create_task(batcher.judge(items)) for items in ([2, 3], [4]))
            await asyncio.sleep(0.005)
            leaves.cancel()
            return await stays

    assert run_virtually(main()) == [8]
    assert [items for _, items in clerk.batches] == [[2, 3, 4]]


def test_a_poisoned_batch_is_judged_again_one_by_one() -> None:
    clerk = Clerk(0.001, frozenset({2}))

    async def main() -> list[object]:
        async with Batcher([clerk], 4, 1.0, queue=8) as batcher:
            return await asyncio.gather(*(batcher.judge([item]) for item in (1, 2, 3)), return_exceptions=True)

    one, two, three = run_virtually(main())
    assert (one, three) == ([2], [6])
    assert isinstance(two, Poisoned)
    assert [items for _, items in clerk.batches] == [[1, 2, 3], [1], [2], [3]]


def test_a_judge_that_gives_too_few_answers_fails_every_item_rather_than_mixing_them_up() -> None:
    async def forgetful(items: Sequence[int]) -> list[int]:
        return list(items)[1:]

    async def main() -> list[object]:
        async with Batcher([forgetful], 4, 1.0, queue=8) as batcher:
            return await asyncio.gather(*(batcher.judge([item]) for item in (1, 2, 3)), return_exceptions=True)

    assert [str(answer) for answer in run_virtually(main())] == ["0 answers to 1 items"] * 3


def test_closing_fails_what_waits_and_finishes_what_is_judged() -> None:
    clerk = Clerk(0.010)

    async def main() -> list[object]:
        batcher = Batcher([clerk], 1, 0.0, queue=1)
        async with batcher:
            asking = [asyncio.create_task(batcher.judge([item])) for item in (1, 2, 3)]
            await asyncio.sleep(0.005)
        late = await asyncio.gather(batcher.judge([4]), return_exceptions=True)
        return [*await asyncio.gather(*asking, return_exceptions=True), *late]

    judged, *failed = run_virtually(main())
    assert judged == [2]
    assert [type(answer) for answer in failed] == [EyesClosed] * 3


def test_nobody_asks_about_nothing() -> None:
    async def main() -> list[int]:
        async with Batcher([Clerk()], 1, 0.0, queue=1) as batcher:
            return await batcher.judge([])

    assert run_virtually(main()) == []


@pytest.mark.parametrize(
    ("judges", "most", "delay_ms", "queue"), [(0, 1, 0, 1), (1, 0, 0, 1), (1, 1, -1, 1), (1, 1, 0, 0)]
)
def test_a_batcher_that_could_never_work_is_refused(judges: int, most: int, delay_ms: float, queue: int) -> None:
    with pytest.raises(ValueError, match=f"judges {judges}, most {most}, queue {queue}"):
        Batcher([Clerk()] * judges, most, delay_ms, queue)
