"""The engine's state under measurement: a changelog on a fresh disk, and partitions that change their owner."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.engine.partitioner import partition_of
from app.engine.transaction import POSITION, POSITION_ROW, ROW
from ops.bench.engine_run import make_job_topics, worker
from ops.bench.environments import ENGINES, OURS
from ops.bench.keyed_job.input import segments
from ops.bench.keyed_job.job import output_name
from ops.bench.process_tree import ProcessTree
from ops.bench.topic_io import PARTITIONS, Follower, drop_topics, follow, producer, send_all

ROW_BYTES = 2000
READY_S = 120.0
PROBE_S = 0.1
(ENGINE,) = [engine for engine in ENGINES if engine.name == OURS]


@dataclass(frozen=True, slots=True)
class Recovery:
    """One start of a worker on a fresh disk."""

    seconds: float
    """From the start of the process until every partition has answered a record."""
    cpu_s: float
    peak_rss_bytes: int


async def fill_changelog(bootstrap: str, name: str, state_bytes: int) -> None:
    """Write rows of random bytes and a position row per partition, as the engine's transactions leave them."""
    async with producer(bootstrap) as client:
        for number in range(state_bytes // ROW_BYTES):
            key = ROW + f"row-{number:08d}".encode()
            await client.send(f"{name}.changelog", os.urandom(ROW_BYTES), key, number % PARTITIONS)
        for partition in range(PARTITIONS):
            await client.send(f"{name}.changelog", POSITION_ROW.pack(0, b"measured"), POSITION, partition)
        await client.flush()


def probes() -> dict[int, tuple[bytes, bytes]]:
    """Return one record for each partition."""
    found: dict[int, tuple[bytes, bytes]] = {}
    for key, value in segments(200, 1):
        found.setdefault(partition_of(key, PARTITIONS), (key, value))
    return found


async def recover(bootstrap: str, folder: Path, name: str, state_bytes: int) -> Recovery:
    """Start a worker without any disk before a changelog of so many bytes; wait for an answer of each partition."""
    await make_job_topics(bootstrap, name)
    await fill_changelog(bootstrap, name, state_bytes)
    await send_all(bootstrap, f"{name}.in", probes().values())
    tree = worker(sys.executable, ENGINE, bootstrap, name, folder)
    answers: set[bytes] = set()
    try:
        async with follow(bootstrap, [f"{name}.out"], lambda _, value: answers.add(output_name(value))) as follower:
            began_s = time.monotonic()
            tree.start()
            if not await follower.until(lambda: len(answers) >= PARTITIONS, READY_S, tree.check):
                raise RuntimeError(f"{len(answers)} of {PARTITIONS} partitions after {READY_S:.0f} s")
            return Recovery(time.monotonic() - began_s, tree.cpu_s(), tree.peak_rss_bytes)
    finally:
        await asyncio.to_thread(tree.stop)
        if not state_bytes:
            await drop_topics(bootstrap, name)


class Prober:
    """Sends a record to each partition ten times a second, and notes when which is answered."""

    def __init__(self, bootstrap: str, name: str) -> None:
        self.bootstrap, self.name = bootstrap, name
        self.sent_s: dict[bytes, tuple[int, float]] = {}
        """Name of the answer -> partition, and when its record was sent."""
        self.answered_s: dict[bytes, float] = {}
        self._running = True

    def on_answer(self, _: str, value: bytes) -> None:
        """Note an answer."""
        self.answered_s.setdefault(output_name(value), time.monotonic())

    async def run(self) -> None:
        """Send until stopped."""
        async with producer(self.bootstrap) as client:
            for key, value in segments(10_000_000, 1, cameras=40):
                if not self._running:
                    return
                partition = partition_of(key, PARTITIONS)
                self.sent_s[output_name(value[:40])] = partition, time.monotonic()
                await client.send(f"{self.name}.in", value, key)
                await asyncio.sleep(PROBE_S / PARTITIONS)

    def stop(self) -> None:
        """Send no more."""
        self._running = False

    def back_s(self, killed_s: float) -> dict[int, float]:
        """Return, per partition, seconds from the kill to the first answer to a record sent after it."""
        back: dict[int, float] = {}
        for name, at_s in self.answered_s.items():
            partition, sent_s = self.sent_s.get(name, (-1, 0.0))
            if sent_s > killed_s:
                back[partition] = min(back.get(partition, at_s - killed_s), at_s - killed_s)
        return back


async def succeed(
    bootstrap: str, folder: Path, name: str, session_s: float, *, static: str, restart: Callable[[ProcessTree], None]
) -> float:
    """Kill one of two workers; return seconds until the last of its partitions answers again.

    `static` begins the stable names of the members, empty for none; `restart` is given the killed one.
    """
    await make_job_topics(bootstrap, name)
    trees = [worker(sys.executable, ENGINE, bootstrap, name, folder) for _ in range(2)]
    for number, tree in enumerate(trees):
        own, member = str(folder / f"{name}-{number}"), f"{static}{number}" if static else ""
        tree.log = folder / f"{name}-{number}.log"
        tree.environment |= {
            "ROADSIEVE_SESSION_TIMEOUT_S": str(session_s), "ROADSIEVE_HOME": own, "BENCH_FOLDER": own,
            "ROADSIEVE_INSTANCE_ID": member,
        }  # fmt: skip
    prober = Prober(bootstrap, name)
    try:
        async with follow(bootstrap, [f"{name}.out"], prober.on_answer) as follower:
            probing = asyncio.create_task(prober.run())
            for tree in trees:
                tree.start()
            await _both_own(follower, trees)
            trees[0].kill()
            killed_s = time.monotonic()
            restart(trees[0])
            if not await follower.until(lambda: len(prober.back_s(killed_s)) == PARTITIONS, READY_S, trees[1].check):
                raise RuntimeError(f"{name}: only {sorted(prober.back_s(killed_s))} answer after {READY_S:.0f} s")
            prober.stop()
            await probing
            return max(prober.back_s(killed_s).values())
    finally:
        prober.stop()
        await asyncio.gather(*(asyncio.to_thread(tree.stop) for tree in trees))
        await drop_topics(bootstrap, name)


async def _both_own(follower: Follower, trees: list[ProcessTree]) -> None:
    """Wait until each worker has opened two of the four partitions and nothing moves."""
    if not await follower.until(lambda: all(_owned(tree) == 2 for tree in trees), READY_S):
        raise RuntimeError("the workers did not share the partitions")
    end_s = time.monotonic() + 2.0
    await follower.until(lambda: time.monotonic() > end_s, 5.0)


def _owned(tree: ProcessTree) -> int:
    """Return how many partitions a worker last said it has."""
    lines = [line for line in tree.log.read_text(errors="replace").splitlines() if "partitions [" in line]
    return len(lines[-1].split("partitions [")[1].split("]")[0].split(",")) if lines else 0
