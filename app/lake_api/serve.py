"""Serves the query API until it is told to stop, in several processes on one port; what is wrong with the lake is said
before the port is opened.

A question costs an interpreter more than a disk: each process has its own, and takes what comes while it is free.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from socket import socket

import pyarrow as pa
import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from app.errors import OperatorError
from app.lake.open import open_plate_index, open_warehouse
from app.lake.tables import LAKE_TABLES
from app.lake_api.web import make_app
from app.settings import Settings, settings
from app.telemetry import SHARED_FOLDER
from app.telemetry.lines import write_lines

SWITCH_S = 0.001
"""Each thread that makes an answer keeps the interpreter so long from whoever is at the door; Python's own is 5 ms."""
YOUNG_OBJECTS = 20_000
"""What a question makes is free of cycles, nearly all: the collector, for which all wait, need seldom look."""
HEALTHY_S = 60
"""Seconds without a sign after which a process is replaced; it has none while it is started on busy cores."""
ORPHAN_LOOK_S = 1.0
_PROCESSES, _PARENT = "ROADSIEVE_API_PROCESS_COUNT", "ROADSIEVE_API_PARENT"


def serve_until_told(current: Settings, processes: int) -> None:
    """Serve until Ctrl-C or SIGTERM; raises OperatorError for a lake that is not there or a port that is taken."""
    write_lines(current.log_format, current.log_level)
    asyncio.run(_check(current))
    config = uvicorn.Config(
        f"{__name__}:app_of_process", factory=True, host=current.api_bind, port=current.api_port, workers=processes,
        log_config=None, access_log=False, timeout_graceful_shutdown=10, timeout_keep_alive=60,
        limit_concurrency=current.api_at_once + current.api_waiting + 100, timeout_worker_healthcheck=HEALTHY_S,
    )  # fmt: skip
    os.environ |= {_PROCESSES: str(processes), _PARENT: str(os.getpid() if processes > 1 else os.getppid())}
    what = f"API at {current.api_bind}:{current.api_port}"
    with _in_our_words(what, "it cannot be opened", "set ROADSIEVE_API_PORT to a free port"):
        listening = config.bind_socket()
    serve = _serve_alone if processes == 1 else _serve_together
    with closing(listening), _in_our_words(what, "it cannot answer", "mend what its log says last"):
        serve(config, listening)


@contextmanager
def _in_our_words(what: str, why: str, remedy: str) -> Iterator[None]:
    """Raise OperatorError for the end of the process by which uvicorn, which has logged why, tells a failure."""
    try:
        yield
    except SystemExit as error:
        raise OperatorError(what, why, remedy) from error


def _serve_alone(config: uvicorn.Config, listening: socket) -> None:
    server = uvicorn.Server(config)

    def stop(*_: object) -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):  # the server sends itself those it got once more when it has ended
        signal.signal(number, stop)
    server.run([listening])


def _serve_together(config: uvicorn.Config, listening: socket) -> None:
    with tempfile.TemporaryDirectory(prefix="roadsieve-api-") as folder:
        os.environ[SHARED_FOLDER] = folder
        serving = Multiprocess(config, [listening])
        serving.run()
    if any(one.exitcode == STARTUP_FAILURE for one in serving.processes):  # after one such it ends the others
        sys.exit(STARTUP_FAILURE)


def app_of_process() -> FastAPI:
    """Return the API of one of the processes; what all may do at once is shared out among them."""
    current, processes = settings(), int(os.environ[_PROCESSES])
    write_lines(current.log_format, current.log_level)
    sys.setswitchinterval(SWITCH_S)
    # Arrow's own allocator: what a lookup makes and drops is hundreds of pieces, and none is as large as a window.
    pa.set_memory_pool(pa.mimalloc_memory_pool())
    if processes > 1:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    shares = {name: -(-getattr(current, name) // processes) for name in ("api_at_once", "api_waiting")}
    app = make_app(current.model_copy(update=shares))
    gc.collect()
    gc.freeze()  # modules live as long as the process: to walk them took longer than an answer may
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)
    return app


def _end_with_parent() -> None:
    """End when the parent was killed: nobody would end this process, and it would keep the port."""
    while os.getppid() == int(os.environ[_PARENT]):
        time.sleep(ORPHAN_LOOK_S)
    os.kill(os.getpid(), signal.SIGTERM)


async def _check(current: Settings) -> None:
    async with open_warehouse(current) as warehouse, open_plate_index(current):
        for name in LAKE_TABLES:
            await asyncio.to_thread(warehouse.table, name)
