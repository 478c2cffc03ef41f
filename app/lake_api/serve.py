"""Serves the query API until it is told to stop; what is wrong with the lake is said before the port is opened."""

from __future__ import annotations

import asyncio
import signal
import sys

import uvicorn

from app.errors import OperatorError
from app.lake.open import open_warehouse
from app.lake.tables import LAKE_TABLES
from app.lake_api.web import make_app
from app.settings import Settings
from app.telemetry.lines import write_lines

SWITCH_S = 0.001
"""Each thread that makes an answer keeps the interpreter so long from whoever is at the door; Python's own is 5 ms."""


def serve_until_told(settings: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM; raises OperatorError for a lake that is not there or a port that is taken."""
    write_lines(settings.log_format, settings.log_level)
    sys.setswitchinterval(SWITCH_S)
    asyncio.run(_check(settings))
    server = uvicorn.Server(uvicorn.Config(
        make_app(settings), host=settings.api_bind, port=settings.api_port, log_config=None, access_log=False,
        limit_concurrency=settings.api_at_once + settings.api_waiting + 100, timeout_graceful_shutdown=10,
        timeout_keep_alive=60,
    ))  # fmt: skip

    def stop(*_: object) -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):  # the server sends itself those it got once more when it has ended
        signal.signal(number, stop)
    try:
        server.run()
    except SystemExit as error:  # it has told its own log why, and ends the process with a code of its own
        what = f"API at {settings.api_bind}:{settings.api_port}"
        raise OperatorError(what, "it cannot be opened", "set ROADSIEVE_API_PORT to a free port") from error


async def _check(settings: Settings) -> None:
    async with open_warehouse(settings) as warehouse:
        for name in LAKE_TABLES:
            await asyncio.to_thread(warehouse.table, name)
