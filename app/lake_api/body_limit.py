"""Takes bodies up to a size and within a time, before anything is made of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi.responses import JSONResponse

from app.lake_api.refusals import Refusal, TooMuch, TooSlow

LIMIT_BYTES = 1 << 20
LIMIT_S = 10.0
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]


class BodyLimit:
    """Hand a request on when its whole body is there."""

    def __init__(self, app: Asgi) -> None:
        """Stand before an ASGI application."""
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(LIMIT_S):
                body = await _body(receive)
        except (TimeoutError, TooMuch) as error:
            slow = TooSlow("body", f"it was not there within {LIMIT_S:g} s", "send it at once")
            await refusal(error if isinstance(error, Refusal) else slow)(scope, receive, send)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, again, send)


def refusal(error: Refusal, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return what a refusal looks like."""
    return JSONResponse({"error": str(error)}, error.status, headers)


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LIMIT_BYTES:
            raise TooMuch("body", f"it has more than {LIMIT_BYTES} bytes", "ask for less at once")
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return bytes(body)
