"""One run of the keyed job on one engine: warm up, measure, kill in the middle where asked, judge every output."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ops.bench.arithmetic import per_100k
from ops.bench.environments import Engine
from ops.bench.keyed_job.input import segments
from ops.bench.keyed_job.job import oracle, output_name
from ops.bench.keyed_job.metered import spent
from ops.bench.process_tree import ProcessTree
from ops.bench.topic_io import COMPACT, LARGE, drop_topics, follow, make_topics, send_all
from ops.bench.verdict import Verdict, judge

ROOT = Path(__file__).parents[2]
WARM_SHARE = 0.1
START_S, RUN_S = 60.0, 240.0
#: After a kill nothing may be visible until a transaction that nobody fences has timed out at the broker.
SILENCE_S = 100.0
SESSION_S = 10.0  # of every engine's group


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run showed."""

    engine_cpu_s: float
    """CPU seconds per 100,000 records of the process tree, without what the job's function took in it."""
    function_cpu_s: float
    rate: float
    """Records per second of wall time, as the machine allowed."""
    peak_rss_bytes: int
    verdict: Verdict
    first_output_s: float = 0.0
    """From the kill to the first output that was not visible before it."""
    all_output_s: float = 0.0


@lru_cache(maxsize=8)
def _input(records: int, frames: int) -> tuple[list[tuple[bytes, bytes]], list[bytes]]:
    data = list(segments(records, frames))
    return data, oracle(data)


def bare_cpu_s(records: int, frames: int) -> float:
    """Return CPU seconds per 100,000 records of the job's function in a process of its own."""
    command = [sys.executable, "-m", "ops.bench.keyed_job.bare", str(records), str(frames)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, timeout=RUN_S)
    return per_100k(float(json.loads(answer.stdout)["cpu_s"]), records)


def read_alone(bootstrap: str, topic: str) -> tuple[float, float]:
    """Return wall and CPU seconds of reading a topic in a process that does nothing else."""
    command = [sys.executable, "-m", "ops.bench.read_topic", bootstrap, topic]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, timeout=RUN_S)
    figures = json.loads(answer.stdout)
    return figures["wall_s"], figures["cpu_s"]


async def reading_cpu_s(bootstrap: str, records: int, frames: int, name: str) -> float:
    """Return CPU seconds per 100,000 records of reading them with the engine's Kafka client and no engine."""
    data, _ = await asyncio.to_thread(_input, records, frames)
    await make_job_topics(bootstrap, name)
    try:
        await send_all(bootstrap, f"{name}.in", data)
        _, cpu_s = await asyncio.to_thread(read_alone, bootstrap, f"{name}.in")
    finally:
        await drop_topics(bootstrap, name)
    return per_100k(cpu_s, len(data))


def worker(python: str, engine: Engine, bootstrap: str, name: str, folder: Path) -> ProcessTree:
    """Return an engine's process for a run, not started; its topics are NAME.in and NAME.out."""
    environment = {
        "BENCH_KAFKA": bootstrap, "BENCH_NAME": name, "BENCH_FOLDER": str(folder / name),
        "ROADSIEVE_KAFKA": bootstrap, "ROADSIEVE_HOME": str(folder / name), "ROADSIEVE_LOG_LEVEL": "INFO",
        "ROADSIEVE_SESSION_TIMEOUT_S": str(SESSION_S), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    return ProcessTree([python, "-m", engine.module], folder / f"{name}.log", environment, folder)


async def make_job_topics(bootstrap: str, name: str) -> None:
    """Make the topics of one run."""
    plain: dict[str, str] = {}
    configs = {f"{name}.in": plain, f"{name}.out": plain, f"{name}.changelog": COMPACT, "dead.letters": LARGE}
    await make_topics(bootstrap, configs)


async def run(
    engine: Engine, python: str, bootstrap: str, folder: Path, records: int, frames: int, name: str, kill: bool = False
) -> Measured:
    """Measure one engine; RuntimeError with its log's end when it does not run."""
    data, right = await asyncio.to_thread(_input, int(records * engine.share), frames)
    warm = int(len(data) * WARM_SHARE)
    await make_job_topics(bootstrap, name)
    tree = worker(python, engine, bootstrap, name, folder)
    outputs: list[bytes] = []
    answered: set[bytes] = set()

    def take(_: str, value: bytes) -> None:
        outputs.append(value)
        answered.add(output_name(value))

    try:
        async with follow(bootstrap, [f"{name}.out"], take) as follower:
            await send_all(bootstrap, f"{name}.in", data[:warm])
            tree.start()
            if not await follower.until(lambda: len(answered) >= warm, START_S, tree.check):
                raise RuntimeError(f"{engine.name}: {len(answered)} of {warm} warm-up outputs after {START_S:.0f} s")
            await follower.quiet(1.0)
            cpu_s, began_s, (_, function_s) = tree.cpu_s(), time.monotonic(), spent(folder / name)
            sending = asyncio.create_task(send_all(bootstrap, f"{name}.in", data[warm:]))
            killed_s = first_s = 0.0
            if kill:
                middle = warm + (len(data) - warm) // 3
                await follower.until(lambda: spent(folder / name)[0] >= middle, RUN_S, tree.check)
                tree.kill()
                killed_s = time.monotonic()
                await follower.quiet(0.5)
                before = len(answered)
                if before == len(data):
                    raise RuntimeError(f"{engine.name} was done before it could be killed: send more records")
                tree.start()
                await follower.until(lambda: len(answered) > before, SILENCE_S)
                first_s = time.monotonic() - killed_s
            await follower.until(lambda: len(answered) >= len(data), SILENCE_S if kill else RUN_S, tree.check)
            ended_s = time.monotonic()
            await sending
            cpu_s, function_s = tree.cpu_s() - cpu_s, spent(folder / name)[1] - function_s
            await follower.quiet(2.5 if kill else 1.5)  # late repeats
    finally:
        await asyncio.to_thread(tree.stop)
        await drop_topics(bootstrap, name)
    part = len(data) - warm
    return Measured(
        per_100k(cpu_s - function_s, part), per_100k(function_s, part), part / (ended_s - began_s),
        tree.peak_rss_bytes, judge(outputs, right), first_s, ended_s - killed_s if kill else 0.0,
    )  # fmt: skip
