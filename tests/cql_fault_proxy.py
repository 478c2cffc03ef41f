"""A bad day between us and a CQL server: calls are slow, refused, throttled, answered too late, never, or cut off."""

from __future__ import annotations

import asyncio
import itertools
import struct
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from ops.stack.ports import HOST

HEADER = struct.Struct(">BBhBi")
"""Version, flags, stream, opcode, length of the body; version 4 of the protocol."""
ANSWER, ERROR = 0x84, 0x00
ASKS = {0x0A, 0x0D}
"""EXECUTE and BATCH: what happens while rows travel. A session that is being opened meets the latency alone."""


def _error(code: int, more: bytes = b"") -> bytes:
    told = b"a bad day"
    return struct.pack(">iH", code, len(told)) + told + more


ERRORS = {
    "server error": _error(0x0000),
    "overloaded": _error(0x1001),
    "write timeout": _error(0x1100, struct.pack(">HiiH", 1, 0, 1, 6) + b"SIMPLE"),
}
#: Refused, throttled, timed out there, never answered, done without saying so, and hung up.
EVERY_CQL_FAULT = (*ERRORS, "silence", "lost answer", "hang-up")


class CqlFaultProxy:
    """Pass frames on to a server; every `every`-th call meets the next of `faults`, each frame waits `latency_s`."""

    def __init__(self, port: int, faults: Sequence[str] = (), every: int = 5, latency_s: float = 0.0) -> None:
        self.faults, self.every, self.latency_s = tuple(faults), every, latency_s
        self._port, self._calls, self._next = port, 0, itertools.cycle(faults or ("",))
        self.done: Counter[str] = Counter()
        self.address = ""
        self._late: set[asyncio.Task[None]] = set()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side ends it."""
        upstream_reader, upstream_writer = await asyncio.open_connection(HOST, self._port)
        lost: set[int] = set()
        ways = (
            asyncio.create_task(self._asked(reader, upstream_writer, writer, lost)),
            asyncio.create_task(self._answered(upstream_reader, writer, lost)),
        )
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            upstream_writer.close()
            writer.close()

    async def _asked(
        self, reader: asyncio.StreamReader, server: asyncio.StreamWriter, client: asyncio.StreamWriter, lost: set[int]
    ) -> None:
        while True:
            header = await reader.readexactly(HEADER.size)
            _, _, stream, opcode, length = HEADER.unpack(header)
            body = await reader.readexactly(length)
            fault = self._fault() if opcode in ASKS else ""
            if fault in ERRORS:
                client.write(HEADER.pack(ANSWER, 0, stream, ERROR, len(ERRORS[fault])) + ERRORS[fault])
                continue
            if fault == "silence":
                continue
            if fault == "lost answer":
                lost.add(stream)
            self._later(server, header + body)
            if fault == "hang-up":
                return

    async def _answered(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter, lost: set[int]) -> None:
        while True:
            header = await reader.readexactly(HEADER.size)
            _, _, stream, _, length = HEADER.unpack(header)
            body = await reader.readexactly(length)
            if stream in lost:
                lost.remove(stream)
            else:
                client.write(header + body)

    def _fault(self) -> str:
        self._calls += 1
        fault = next(self._next) if self.faults and self._calls % self.every == 0 else ""
        self.done[fault] += 1
        return fault

    def _later(self, to: asyncio.StreamWriter, frame: bytes) -> None:
        async def send() -> None:
            await asyncio.sleep(self.latency_s)
            to.write(frame)

        if not self.latency_s:
            to.write(frame)
            return
        late = asyncio.create_task(send())
        self._late.add(late)
        late.add_done_callback(self._late.discard)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[CqlFaultProxy]:
        """Listen on a port of our own; `address` says where."""

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):  # it ends with the test
                await self.handle(reader, writer)

        server = await asyncio.start_server(handle, HOST, 0)
        self.address = f"{HOST}:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
