"""Does to a running pipeline what a bad week does: kills, freezes, lost disks, dead brokers, workers come and gone."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ops.broker.cluster import Cluster
from tests.e2e.workers import Workers


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of what; seconds between two blows."""

    kills: int
    freezes: int
    wipes: int
    broker_kills: int
    joins: int
    session_s: float
    pause_s: tuple[float, float]
    seed: int


async def torment(
    workers: Workers, cluster: Cluster, plan: Plan, say: Callable[[str], None], layouts: Sequence[Sequence[str]]
) -> Counter[str]:
    """Carry out the plan in random order; return what was done."""
    rng = random.Random(plan.seed)
    blows = (
        ["kill"] * plan.kills
        + ["freeze"] * plan.freezes
        + ["wipe"] * plan.wipes
        + ["broker"] * plan.broker_kills
        + ["join"] * plan.joins
    )
    rng.shuffle(blows)
    done: Counter[str] = Counter()
    began_s = time.monotonic()
    for blow in blows:
        await asyncio.sleep(rng.uniform(*plan.pause_s))
        workers.reap()
        number = rng.choice(list(workers.processes))
        say(f"{time.monotonic() - began_s:6.1f} s  {blow:<6} {number if blow != 'broker' else ''}")
        match blow:
            case "kill":
                await asyncio.to_thread(workers.kill, number)
            case "freeze":
                workers.signal(number, signal.SIGSTOP)
                await asyncio.sleep(plan.session_s * 2)
                workers.signal(number, signal.SIGCONT)
            case "wipe":
                await asyncio.to_thread(workers.kill, number)
                workers.wipe(number)
            case "broker":
                node = rng.choice(list(cluster.nodes))
                await asyncio.to_thread(cluster.kill, node)
                await asyncio.sleep(rng.uniform(2, 6))
                await asyncio.to_thread(cluster.start_node, node)
            case "join":
                joined = workers.add(rng.choice(list(layouts)))
                await asyncio.sleep(rng.uniform(*plan.pause_s))
                if joined in workers.processes:
                    await asyncio.to_thread(workers.remove, joined)
        done[blow] += 1
        workers.reap()
    return done
