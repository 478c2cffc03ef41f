"""A hundred people at a plate lake: each asks, reads the answer for some seconds, asks again; how long answers take,
from the first that an API that was just started gives.

`lake_asked` lets users ask without a pause: that is how much the API can do. This is how it feels to those who use it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict

import httpx

from app.settings import Settings
from ops.bench.arithmetic import quantile
from ops.bench.lake_asked import PATIENCE_S, Ask, connections, cpu_s, questions, served
from ops.bench.plain_http import Connection
from ops.bench.report import Section

USERS, THINKING_S, FOR_S = 100, (1.0, 5.0), 60.0
SHARES = {"plate": 0.7, "day and colour": 0.2, "count of all days": 0.1}
TARGET_MS = {"plate": 50, "day and colour": 500}
"""The p99 that is asked for."""


async def thinking(client: httpx.Client, asks: dict[str, Ask], count: int, for_s: float) -> dict[str, list[float]]:
    """Let users ask for some seconds by the shares; return the milliseconds of answers by question, inf for refused."""
    took_ms = defaultdict[str, list[float]](list)
    ends_s = time.perf_counter() + for_s

    async def user(seed: int, asking: Connection) -> None:
        chance = random.Random(seed)
        await asyncio.sleep(chance.uniform(0, THINKING_S[1]))
        while time.perf_counter() < ends_s:
            (name,) = chance.choices([*SHARES], [*SHARES.values()])
            path, body = asks[name](chance)
            began_s = time.perf_counter()
            headers = await asking.post(path, body, PATIENCE_S)
            told_ms = (time.perf_counter() - began_s) * 1000
            took_ms[name].append(float("inf") if headers is None else told_ms)
            await asyncio.sleep(chance.uniform(*THINKING_S))

    async with connections(client, count) as clients:
        await asyncio.gather(*map(user, range(count), clients))
    return took_ms


def think_all(settings: Settings, for_s: float = FOR_S) -> Section:
    """Let a hundred users ask, each with a pause of 1 to 5 s after an answer."""
    columns = ("question", "share", "asked", "p50 ms", "p99 ms", "worst ms", "target p99", "cores of API and client")
    title = f"{USERS} users who think {THINKING_S[0]:g} to {THINKING_S[1]:g} s between questions"
    section = Section("lake users", title, columns)
    with served(settings) as (client, api):
        asks = questions(settings)
        before_s, ours_s, began_s = cpu_s(api), time.process_time(), time.perf_counter()
        found = asyncio.run(thinking(client, asks, USERS, for_s))
        took_s = time.perf_counter() - began_s
        cores = {"api_cores": (cpu_s(api) - before_s) / took_s, "client_cores": (time.process_time() - ours_s) / took_s}
    for name, share in SHARES.items():
        took_ms = found[name]
        told = {"p50_ms": quantile(took_ms, 0.5), "p99_ms": quantile(took_ms, 0.99), "worst_ms": max(took_ms)}
        target = f"{TARGET_MS[name]}" if name in TARGET_MS else ""
        shown = [f"{one:.1f}" for one in told.values()]
        section.figures[name] = {"share": share, "asked": len(took_ms), **cores, **told}
        busy = ", ".join(f"{one:.2f}" for one in cores.values())
        section.rows.append([name, f"{share:.0%}", f"{len(took_ms):,}", *shown, target, busy])
    section.limits = "processor time of the API's processes; the client of all users takes part of the same machine"
    return section
