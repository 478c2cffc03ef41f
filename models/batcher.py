"""The dynamic batcher: pictures of many callers, judged together by whichever judge is free.

Its law
  1. A free judge takes what is queued, at most `most`, in order of arrival; fewer only once the oldest has waited
     delay_ms.
  2. At most `queue` items wait; a caller with more awaits room. Items that a judge holds are not queued.
  3. Each item gets its own answer, or the error that it caused: when a batch fails, its items are judged once more,
     one by one.
  4. What a cancelled caller leaves in the queue is never judged, and nobody else notices.
  5. After close every waiting caller has EyesClosed; none waits for ever.

A judge is asynchronous and keeps the order: answer i belongs to item i. Where the work runs (a thread, a device) is the
judge's matter.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

from models.errors import EyesClosed

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Judge = Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]]


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Item, Answer]):
    item: Item
    since_s: float
    answer: asyncio.Future[Answer]


class Batcher(Generic[Item, Answer]):
    """Share judges among callers; use as an async context manager, closed on leaving."""

    def __init__(self, judges: Sequence[Judge[Item, Answer]], most: int, delay_ms: float, queue: int) -> None:
        if min(len(judges), most, queue) < 1 or delay_ms < 0:
            given = f"judges {len(judges)}, most {most}, queue {queue}, delay_ms {delay_ms}"
            raise ValueError(f"{given}: the first three must be at least 1, the delay at least 0")
        self._judges, self._most, self._delay_s, self._capacity = judges, most, delay_ms / 1000, queue
        self._queue: deque[_Waiting[Item, Answer]] = deque()
        self._changed = asyncio.Condition()
        self._servers: list[asyncio.Task[None]] = []
        self._closed = False

    async def __aenter__(self) -> Self:
        self._servers = [asyncio.create_task(self._serve(judge), name="batcher") for judge in self._judges]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def queued(self) -> int:
        """Return how many items wait, those of cancelled callers not counted."""
        return sum(not waiting.answer.done() for waiting in self._queue)

    async def judge(self, items: Sequence[Item]) -> list[Answer]:
        """Return the answers to items, in order; raises the error of the first item that has one."""
        loop = asyncio.get_running_loop()
        answers: list[asyncio.Future[Answer]] = []
        try:
            async with self._changed:
                while len(answers) < len(items):
                    await self._changed.wait_for(lambda: self._closed or len(self._queue) < self._capacity)
                    if self._closed:
                        raise _closed()
                    room, now_s = self._capacity - len(self._queue), loop.time()
                    for item in items[len(answers) : len(answers) + room]:
                        answers.append(loop.create_future())
                        self._queue.append(_Waiting(item, now_s, answers[-1]))
                    self._changed.notify_all()
            return [await answer for answer in answers]
        finally:
            for answer in answers:
                if not answer.cancel() and not answer.cancelled():
                    answer.exception()  # marks it as seen: a second failed item of one caller is no unhandled error

    async def close(self) -> None:
        """Fail what waits with EyesClosed, and wait for the batches that judges hold."""
        async with self._changed:
            self._closed = True
            while self._queue:
                _settle(self._queue.popleft().answer, _closed())
            self._changed.notify_all()
        await asyncio.gather(*self._servers)

    async def _serve(self, judge: Judge[Item, Answer]) -> None:
        while batch := await self._take():
            try:
                await _judge_together(judge, batch)
            except Exception as error:
                if len(batch) == 1:
                    _settle(batch[0].answer, error)
                else:
                    await _judge_singly(judge, batch)

    async def _take(self) -> list[_Waiting[Item, Answer]]:
        """Wait for the next batch; an empty one says that the batcher is closed."""
        loop = asyncio.get_running_loop()
        async with self._changed:
            while True:
                await self._changed.wait_for(lambda: self._closed or self._queue)
                self._drop_cancelled()
                if self._closed:
                    return []
                if not self._queue:
                    continue
                left_s = self._queue[0].since_s + self._delay_s - loop.time()
                if len(self._queue) >= self._most or left_s <= 0:
                    batch = [self._queue.popleft() for _ in range(min(self._most, len(self._queue)))]
                    self._changed.notify_all()
                    return batch
                await self._changed_within(left_s)

    async def _changed_within(self, left_s: float) -> None:
        try:
            async with asyncio.timeout(left_s):
                await self._changed.wait()
        except TimeoutError:
            return

    def _drop_cancelled(self) -> None:
        live = [waiting for waiting in self._queue if not waiting.answer.done()]
        if len(live) < len(self._queue):
            self._queue = deque(live)
            self._changed.notify_all()


async def _judge_together(judge: Judge[Item, Answer], batch: Sequence[_Waiting[Item, Answer]]) -> None:
    answers = await judge([waiting.item for waiting in batch])
    if len(answers) != len(batch):
        raise ValueError(f"{len(answers)} answers to {len(batch)} items")
    for waiting, answer in zip(batch, answers, strict=True):
        _settle(waiting.answer, answer)


async def _judge_singly(judge: Judge[Item, Answer], batch: Sequence[_Waiting[Item, Answer]]) -> None:
    for waiting in batch:
        if waiting.answer.done():
            continue
        try:
            await _judge_together(judge, [waiting])
        except Exception as error:
            _settle(waiting.answer, error)


def _settle(future: asyncio.Future[Answer], outcome: Answer | Exception) -> None:
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


def _closed() -> EyesClosed:
    return EyesClosed("network", "closed while a picture waited for it", "ask again when it is open")
