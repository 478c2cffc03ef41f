"""One user's connection to an HTTP API: so little of a client that the machine's time is left to the API.

httpx took 9 ms of CPU for a question and its answer, as much as the API.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

OK, OVERLOADED = 200, 429


@dataclass(frozen=True, slots=True)
class Connection:
    """Ask one question after the other on one connection; answers tell their length."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    beginning: str
    """Headers that every request has."""

    async def post(self, path: str, body: Mapping[str, Any], within_s: float) -> Mapping[str, str] | None:
        """Wait for an answer and read it; return its headers, None when the API is overloaded.

        Raises RuntimeError for any other answer, TimeoutError.
        """
        sent = json.dumps(body).encode()
        self.writer.write(
            f"POST {path} HTTP/1.1\r\n{self.beginning}content-length: {len(sent)}\r\n\r\n".encode() + sent
        )
        async with asyncio.timeout(within_s):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            told = await self.reader.readexactly(int(headers["content-length"]))
        status = int(first.split()[1])
        if status not in (OK, OVERLOADED):
            raise RuntimeError(f"{path} answered {first}: {told[:200]!r}")
        return headers if status == OK else None


@asynccontextmanager
async def connected(host: str, port: int, headers: Mapping[str, str]) -> AsyncIterator[Connection]:
    """Give a connection; raises OSError when there is nobody."""
    reader, writer = await asyncio.open_connection(host, port)
    told = {"host": f"{host}:{port}", "content-type": "application/json", **headers}
    try:
        yield Connection(reader, writer, "".join(f"{name}: {value}\r\n" for name, value in told.items()))
    finally:
        writer.close()
        await writer.wait_closed()
