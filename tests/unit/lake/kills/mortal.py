"""A process that kills itself (SIGKILL) at a chosen change of disk or catalog: a `roadsieve` command, or a stage."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO

from app.cli import main
from app.lake.plate_index import PlateIndex
from app.settings import settings
from app.stores.s3_cold import S3Cold

CHANGES: list[tuple[type, str]] = [
    (SqlCatalog, "create_table"), (SqlCatalog, "commit_table"), (SqlCatalog, "drop_table"),
    (PyArrowFile, "create"), (PyArrowFileIO, "delete"),
    (Path, "write_bytes"), (Path, "write_text"), (Path, "replace"), (Path, "unlink"),
    (PlateIndex, "add"), (PlateIndex, "forget_files"), (PlateIndex, "forget_plate"),
    (S3Cold, "put"), (S3Cold, "remove"), (S3Cold, "request"),
]  # fmt: skip
"""Calls by which anything is changed."""
CREATES = "create"
"""The call after which there is a state of its own, a file of no bytes; after any other nothing is until the next."""
DEADLINE_S = 600.0
DAY_NS = 86_400_000_000_000

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.unit.lake.kills.mortal", "app.commands.lake", "tests.unit.lake.kills.stages"])


def run(work: Callable[..., None], *args: object, dies_at: int | None = None) -> int:
    """Run a function in a process of its own and return its exit code; -9 when it died.

    It dies at step `dies_at`: there is one before each change, and one more when a file was made and is empty.
    """
    process = _processes.Process(target=_run, args=(work, args, dies_at))
    process.start()
    process.join(DEADLINE_S)
    if process.exitcode is None:
        process.kill()
        raise AssertionError(f"{work.__name__}{args} did not end within {DEADLINE_S:.0f} s")
    return process.exitcode


def roadsieve(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run a command."""
    os.environ.update(environment)
    settings.cache_clear()  # a stage reads them when it is imported
    main(arguments)


def roadsieve_later(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run a command a day later, as it sees it: nobody will name any more what nobody has named."""
    time_ns = time.time_ns
    time.time_ns = lambda: time_ns() + DAY_NS
    roadsieve(arguments, environment)


def _run(work: Callable[..., None], args: tuple[object, ...], dies_at: int | None) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if dies_at is not None:
        os.dup2(1, 2)
        _make_mortal(dies_at)
    work(*args)


def _make_mortal(dies_at: int) -> None:
    seen = 0

    def step() -> None:
        nonlocal seen
        if seen == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    def lethal(call: Callable[..., Any]) -> Callable[..., Any]:
        def around(*args: Any, **kwargs: Any) -> Any:
            step()
            answer = call(*args, **kwargs)
            if call.__name__ == CREATES:
                step()
            return answer

        return around

    for owner, name in CHANGES:
        setattr(owner, name, lethal(getattr(owner, name)))
