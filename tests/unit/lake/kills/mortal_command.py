"""A `roadsieve` command in a process of its own that kills itself (SIGKILL) at a chosen change of disk or catalog."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO

from app.cli import main
from app.lake.plate_index import PlateIndex

CHANGES: list[tuple[type, str]] = [
    (SqlCatalog, "create_table"), (SqlCatalog, "commit_table"), (SqlCatalog, "drop_table"),
    (PyArrowFile, "create"), (PyArrowFileIO, "delete"),
    (Path, "write_bytes"), (Path, "write_text"), (Path, "replace"), (Path, "unlink"),
    (PlateIndex, "add"), (PlateIndex, "forget_files"), (PlateIndex, "forget_plate"),
]  # fmt: skip
"""Calls by which a command changes anything; one that returned from `create` leaves a file of no bytes."""
DEADLINE_S = 120.0

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.unit.lake.kills.mortal_command", "app.commands.lake"])


def run(arguments: Sequence[str], environment: Mapping[str, str], dies_at: int | None = None) -> int:
    """Run a command and return its exit code; -9 when it died.

    It dies before change number `dies_at // 2`, or right after it when the number is odd; never without one.
    """
    process = _processes.Process(target=_run, args=(list(arguments), dict(environment), dies_at))
    process.start()
    process.join(DEADLINE_S)
    if process.exitcode is None:
        process.kill()
        raise AssertionError(f"roadsieve {' '.join(arguments)} did not end within {DEADLINE_S:.0f} s")
    return process.exitcode


def _run(arguments: list[str], environment: dict[str, str], dies_at: int | None) -> None:
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if dies_at is None:
        main(arguments)
        return
    os.dup2(1, 2)
    seen = 0

    def lethal(call: Callable[..., Any]) -> Callable[..., Any]:
        def around(*args: Any, **kwargs: Any) -> Any:
            nonlocal seen
            before, seen = seen, seen + 2
            if before == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
            answer = call(*args, **kwargs)
            if before + 1 == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return around

    for owner, name in CHANGES:
        setattr(owner, name, lethal(getattr(owner, name)))
    main(arguments)
