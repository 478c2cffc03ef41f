"""A bad day between us and an S3 server: calls are slow, fail, are answered too late, or never, or by half."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from ops.stack.ports import HOST

ANSWERS = {"InternalError": 500, "SlowDown": 503, "ServiceUnavailable": 503}
#: Refused, throttled, never answered, done without saying so, half an answer, and one without its head.
EVERY_FAULT = ("InternalError", "SlowDown", "silence", "lost answer", "torn answer", "garbled answer")
HOP_BY_HOP = {"expect", "transfer-encoding", "connection", "content-length", "keep-alive"}


class FaultProxy:
    """Pass calls on to a server; every `every`-th meets the next of `faults`, each waits `latency_s` first."""

    def __init__(self, upstream: str, faults: Sequence[str] = (), every: int = 5, latency_s: float = 0.0) -> None:
        self.every, self.latency_s = every, latency_s
        self._port = int(upstream.rpartition(":")[2])
        self.calls: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.endpoint = ""
        self._faults = itertools.cycle(faults or ("",))
        self._any = bool(faults)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.calls[request.method] += 1
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        fault = next(self._faults) if self._any and self.calls.total() % self.every == 0 else ""
        self.done[fault] += 1
        if fault in ANSWERS:
            text = f"<Error><Code>{fault}</Code><Message>a bad day</Message></Error>"
            return web.Response(status=ANSWERS[fault], text=text, content_type="application/xml")
        if fault == "silence":
            await asyncio.sleep(3600)  # the client goes first, and that cancels us
        answer = await self._passed_on(request, body)
        if fault and request.transport is not None:
            if fault == "torn answer":
                writer = await answer.prepare(request)
                if writer is not None:
                    writer.send_headers()  # it holds them back for the body
                request.transport.write(bytes(answer.body or b"")[: (answer.content_length or 0) // 2])
            elif fault == "garbled answer":
                request.transport.write(b"<DeleteResult>")
            request.transport.close()
        return answer

    async def _passed_on(self, request: web.Request, body: bytes) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        url = request.url.with_port(self._port)  # its Host header stays: it is signed
        try:
            async with self._client.request(request.method, url, headers=headers, data=body) as answer:
                content = await answer.read()
                kept = {name: value for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP}
                if request.method == "HEAD" and "Content-Length" in answer.headers:
                    kept["Content-Length"] = answer.headers["Content-Length"]
                return web.Response(status=answer.status, headers=kept, body=content)
        except aiohttp.ClientError:
            return web.Response(status=502)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FaultProxy]:
        """Listen on a port of our own; `endpoint` says where."""
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{path:.*}", self.handle)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        async with aiohttp.ClientSession(auto_decompress=False) as self._client:
            await runner.setup()
            site = web.TCPSite(runner, HOST, 0)
            await site.start()
            self.endpoint = f"http://{HOST}:{runner.addresses[0][1]}"
            try:
                yield self
            finally:
                await runner.cleanup()
