"""The job as an engine calls it, with a meter: how often, and the CPU time that the function alone took.

Measured inside the engine's own process, so that what the engine costs beyond the function does not drown in the
function when a record holds many frames. The figures lie in a mapped file and survive a kill -9.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ops.bench.keyed_job.job import step

_METER = struct.Struct("<qq")

Step = Callable[[bytes | None, bytes], tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Run:
    """What a runner is told, by variables of its environment."""

    kafka: str
    name: str
    folder: Path
    """State and checkpoints; kept over restarts."""

    @property
    def source(self) -> str:
        """Return the topic to read."""
        return f"{self.name}.in"

    @property
    def output(self) -> str:
        """Return the topic to write."""
        return f"{self.name}.out"


def this_run() -> Run:
    """Return what this process was told."""
    return Run(os.environ["BENCH_KAFKA"], os.environ["BENCH_NAME"], Path(os.environ["BENCH_FOLDER"]))


def metered(run: Run) -> Step:
    """Return the job's function with a meter of this process."""
    run.folder.mkdir(parents=True, exist_ok=True)
    path = run.folder / f"{os.getpid()}.meter"
    path.write_bytes(bytes(_METER.size))
    with path.open("r+b") as file:
        figures = mmap.mmap(file.fileno(), _METER.size)
    calls = spent_ns = 0
    clock_ns, write = time.thread_time_ns, _METER.pack_into

    def measured(state: bytes | None, value: bytes) -> tuple[bytes, bytes]:
        nonlocal calls, spent_ns
        began_ns = clock_ns()
        answer = step(state, value)
        spent_ns += clock_ns() - began_ns
        calls += 1
        write(figures, 0, calls, spent_ns)
        return answer

    return measured


def spent(folder: Path) -> tuple[int, float]:
    """Return calls, and CPU seconds within the function, of all processes that ran on a folder."""
    figures = [_METER.unpack(path.read_bytes()) for path in folder.glob("*.meter")]
    return sum(calls for calls, _ in figures), sum(spent_ns for _, spent_ns in figures) / 1e9
