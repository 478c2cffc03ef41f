"""A partition in memory and a clock without waiting: the pipeline's ports for tests that crash it at every await."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.engine.ports import Effects, Fenced

T = TypeVar("T")


class Crash(BaseException):
    """The process is gone at this very await."""


@dataclass
class Steps:
    """Count the awaits of a run and crash at one of them."""

    crash_at: int | None = None
    taken: int = 0

    async def step(self) -> None:
        self.taken += 1
        if self.crash_at is not None and self.taken == self.crash_at:
            raise Crash
        await asyncio.sleep(0)


@dataclass(frozen=True)
class MemoryRecord:
    offset: int
    value: bytes | None
    key: bytes | None = b""
    timestamp: int = 0
    headers: Sequence[tuple[str, bytes | None]] = ()


@dataclass
class Broker:
    """What survives every crash: the source partition, the outputs, the changelog, and whose producer is the newest."""

    source: list[MemoryRecord] = field(default_factory=list)
    outputs: dict[tuple[str, int], list[tuple[bytes, bytes]]] = field(default_factory=dict)
    rows: dict[bytes, bytes] = field(default_factory=dict)
    position: int = 0
    commits: int = 0
    epoch: int = 0
    grown: asyncio.Event = field(default_factory=asyncio.Event)

    def append(self, value: bytes, key: bytes = b"") -> None:
        # offsets have holes, as transaction markers leave them
        offset = self.source[-1].offset + 1 + len(self.source) % 3 // 2 if self.source else 0
        self.source.append(MemoryRecord(offset, value, key))
        self.grown.set()

    @property
    def end(self) -> int:
        return self.source[-1].offset + 1 if self.source else 0


class MemoryLog:
    """Read the source from the committed position."""

    def __init__(self, broker: Broker, steps: Steps, most: int = 7) -> None:
        self._broker, self._steps, self._most = broker, steps, most
        self._next = broker.position

    async def read(self, max_records: int, max_bytes: int) -> Sequence[MemoryRecord]:
        while True:
            await self._steps.step()
            left = [record for record in self._broker.source if record.offset >= self._next]
            if left:
                got: list[MemoryRecord] = []
                for record in left[: min(max_records, self._most)]:
                    got.append(record)
                    if sum(len(one.value or b"") for one in got) >= max_bytes:
                        break
                self._next = got[-1].offset + 1
                return got
            self._broker.grown.clear()
            await self._broker.grown.wait()

    def caught_up(self) -> bool:
        return self._next >= self._broker.end


class MemoryTransactor:
    """Commit effects at once and wholly, if nobody newer has fenced us."""

    def __init__(self, broker: Broker, steps: Steps, delay_s: float = 0.0) -> None:
        self._broker, self._steps, self._delay_s = broker, steps, delay_s
        broker.epoch += 1
        self._epoch = broker.epoch

    async def commit(self, effects: Effects) -> int:
        await self._steps.step()
        await asyncio.sleep(self._delay_s)
        broker = self._broker
        if self._epoch != broker.epoch:
            raise Fenced("memory")
        assert effects.position > broker.position
        for where, records in effects.outputs.items():
            broker.outputs.setdefault(where, []).extend(records)
        for key, value in effects.rows.items():
            if value is None:
                broker.rows.pop(key, None)
            else:
                broker.rows[key] = value
        broker.position = effects.position
        broker.commits += 1
        await self._steps.step()  # the commit is a fact, but its owner may never learn it
        return broker.commits


class MemoryRows:
    """A store that was just recovered; it may lag behind the broker only while a commit is on its way."""

    def __init__(self, broker: Broker) -> None:
        self._rows = dict(broker.rows)

    def get(self, key: bytes) -> bytes | None:
        return self._rows.get(key)

    def apply(self, rows: Mapping[bytes, bytes | None], changelog_offset: int, position: int) -> None:
        for key, value in rows.items():
            if value is None:
                self._rows.pop(key, None)
            else:
                self._rows[key] = value


class _NoWaiting(selectors.DefaultSelector):
    """A selector that lets the time pass instead of waiting."""

    clock_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("the loop would wait for ever")
            self.clock_s += max(timeout, 0.0)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in which hours pass in no time; waiting for something that cannot come raises."""

    def __init__(self) -> None:
        self._virtual = _NoWaiting()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.clock_s


def run_virtual(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end on a virtual clock."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())
