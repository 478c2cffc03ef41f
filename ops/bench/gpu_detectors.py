"""Detectors that share one device, each a process with an interpreter of its own, looking at pictures when told to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import perf_counter

from models.eyes import BATCHING, Eyes, share
from models.judge import BatchTimes
from models.providers import Precision, Provider
from models.sight import Sight
from ops.bench.gpu_case import SOURCE_WH, Case

PICTURES_EACH = 8
"""Of a caller, as a segment's; all callers of a detector together ask about so many batches at once:"""
BATCHES_AT_ONCE = 8
OPEN_S, LATE_S, STOP_S = 300.0, 60.0, 30.0


@dataclass(frozen=True, slots=True)
class Looked:
    """Say what one detector did: pictures, in how long, in which batches."""

    pictures: int
    took_s: float
    batches: tuple[BatchTimes, ...]

    @property
    def per_s(self) -> float:
        """Return pictures per second."""
        return self.pictures / self.took_s


class Detectors:
    """Processes that are warm and wait."""

    def __init__(self, pipes: Sequence[Connection]) -> None:
        self._pipes = pipes

    def look(self, seconds: float) -> list[Looked]:
        """Let all look for that long, at the same time; RuntimeError when one has ended or is late."""
        for pipe in self._pipes:
            pipe.send(seconds)
        return [_heard(pipe, seconds + LATE_S) for pipe in self._pipes]


@contextmanager
def detectors(of: Case, provider: Provider, precision: Precision, count: int, instances: int) -> Iterator[Detectors]:
    """Start as many, each with so many batches at once, and give them once all are warm; they end with the block."""
    context, pipes, processes = get_context("spawn"), list[Connection](), []
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_detector, args=(of, provider, precision, instances, theirs), daemon=True)
            process.start()
            theirs.close()
            pipes.append(ours)
            processes.append(process)
        found = Detectors(pipes)
        for pipe in pipes:
            _heard(pipe, OPEN_S)
        yield found
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join(STOP_S)
            process.kill()


def _heard(pipe: Connection, within_s: float) -> Looked:
    if not pipe.poll(within_s):
        raise RuntimeError(f"a detector said nothing within {within_s:.0f} s")
    try:
        heard: Looked = pipe.recv()
    except EOFError:
        raise RuntimeError("a detector ended; why stands above") from None
    return heard


def _detector(of: Case, provider: Provider, precision: Precision, instances: int, pipe: Connection) -> None:
    asyncio.run(_look_when_told(of, provider, precision, instances, pipe))


async def _look_when_told(of: Case, provider: Provider, precision: Precision, instances: int, pipe: Connection) -> None:
    session, batches = of.opened(provider, precision), list[BatchTimes]()
    async with share(session, of.size_wh, of.readers(), instances, on_batch=batches.append) as eyes:
        seconds = 0.0  # one look of each before it is warm
        while True:
            batches.clear()
            began = perf_counter()
            pictures = await look(eyes, of, began + seconds)
            pipe.send(Looked(pictures, perf_counter() - began, tuple(batches)))
            try:
                seconds = await asyncio.to_thread(pipe.recv)
            except EOFError:
                return


async def look(eyes: Eyes, of: Case, ends: float) -> int:
    """Let callers ask until then, each at least once; return how many pictures."""
    sight, whs = Sight([(eyes, frozenset(of.network.roles))]), [SOURCE_WH] * PICTURES_EACH

    async def caller(number: int) -> int:
        views, looked = [[of.pictures[(number + place) % len(of.pictures)]] for place in range(PICTURES_EACH)], 0
        while not looked or perf_counter() < ends:
            looked += len(await sight.look(views, whs))
        return looked

    callers = BATCHES_AT_ONCE * BATCHING[eyes.provider].most // PICTURES_EACH
    return sum(await asyncio.gather(*map(caller, range(callers))))
