"""Questions to a plate lake over HTTP, one user and a hundred: how long answers take and how many files they read.

Nothing is taken from a cache of answers, since there is none; files are in the memory of the system.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psutil

from app.lake.open import open_blocking
from app.lake.upkeep.contents import data_files, day_of
from app.lake_api.tokens import make_token, revoke_token
from app.settings import Settings
from ops.bench.arithmetic import quantile
from ops.bench.plain_http import Connection, connected
from ops.bench.report import Section
from ops.stack.ports import free_ports

USERS, WARM, PATIENCE_S = (1, 10, 100), 400, 60.0
COLORS = ("black", "blue", "gray", "red", "silver", "white")
SAMPLED_FILES, SAMPLED_TEXTS = 40, 200
Ask = Callable[[random.Random], tuple[str, dict[str, Any]]]


@dataclass(slots=True)
class Answers:
    """What some users were told."""

    took_ms: list[float]
    refused: int = 0
    files_read: int = 0
    wall_s: float = 0.0


def questions(settings: Settings) -> dict[str, Ask]:
    """Return what is asked of a lake, each time of another of its plates or days."""
    warehouse, chance = open_blocking(settings), random.Random(7)
    files = sorted(data_files(warehouse.table("plate")).values(), key=lambda one: one.file_path)
    days = sorted({day_of(one) for one in files})
    texts = [
        text
        for one in chance.sample(files, min(len(files), SAMPLED_FILES))
        for text in sorted(warehouse.texts(one.file_path, "plateText"))[:: max(1, one.record_count // SAMPLED_TEXTS)]
    ]
    warehouse.close()

    def lookup(chance: random.Random) -> tuple[str, dict[str, Any]]:
        return "/query", {"table_name": "plate", "filters": {"plateText": chance.choice(texts)}}

    def day(chance: random.Random) -> tuple[str, dict[str, Any]]:
        since = datetime.fromisoformat(chance.choice(days)).replace(tzinfo=UTC)
        window = {"from": since.isoformat(), "to": (since + timedelta(days=1)).isoformat()}
        return "/query", {"table_name": "color", "filters": {"color": chance.choice(COLORS)}, **window}

    def year(_: random.Random) -> tuple[str, dict[str, Any]]:
        return "/count", {"table_name": "plate", "from": f"{days[0]}T00:00:00Z"}

    return {"plate": lookup, "day and colour": day, "count of all days": year}


def cpu_s(api: psutil.Process) -> float:
    """Return the user and system seconds of all processes of the API."""
    spent = [one.cpu_times() for one in (api, *api.children())]
    return sum(one.user + one.system for one in spent)


@contextmanager
def served(settings: Settings) -> Iterator[tuple[httpx.Client, psutil.Process]]:
    """Run `roadsieve api` on a lake; give a client of it, and its process."""
    port, folder = free_ports(1)[0], settings.home
    tokens = settings.path_of_lake() / "tokens.jsonl"
    token = make_token(tokens, "bench", ("query", "plates"))
    environment = {**os.environ, "ROADSIEVE_HOME": str(folder), "ROADSIEVE_API_PORT": str(port)}
    api = subprocess.Popen([sys.executable, "-m", "app.cli", "api"], env=environment)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        try:
            for _ in range(600):
                try:
                    client.get("/health").raise_for_status()
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield client, psutil.Process(api.pid)
        finally:
            api.terminate()
            api.wait(30)
            revoke_token(tokens, "bench")


@asynccontextmanager
async def connections(client: httpx.Client, count: int) -> AsyncIterator[list[Connection]]:
    """Give so many users a connection each to what a client asks."""
    url, headers = client.base_url, {"authorization": client.headers["authorization"]}
    async with AsyncExitStack() as opened:
        yield [await opened.enter_async_context(connected(url.host, url.port or 80, headers)) for _ in range(count)]


async def users(client: httpx.Client, ask: Ask, count: int, times: int) -> Answers:
    """Let users ask one question after the other; the milliseconds are those of answers, not of refusals."""
    found = Answers([])

    async def user(seed: int, asking: Connection) -> None:
        chance = random.Random(seed)
        for _ in range(times):
            path, body = ask(chance)
            began_s = time.perf_counter()
            headers = await asking.post(path, body, PATIENCE_S)
            if headers is None:
                found.refused += 1
                continue
            found.took_ms.append((time.perf_counter() - began_s) * 1000)
            found.files_read += int(headers["x-files-read"])

    async with connections(client, count) as clients:
        began_s = time.perf_counter()
        await asyncio.gather(*map(user, range(count), clients))
        found.wall_s = time.perf_counter() - began_s
    return found


def ask_all(settings: Settings, times: int) -> Section:
    """Ask every question so many times as one user, then as ten and as a hundred, a tenth of it each."""
    columns = ["question", "users", "p50 ms", "p99 ms", "per s", "API's CPU ms", "files read", "refused"]
    section = Section("lake queries", "Questions to the plate lake over HTTP", columns)
    with served(settings) as (client, api):
        for name, ask in questions(settings).items():
            asyncio.run(users(client, ask, 4, WARM))  # every process has seen the footers, of a year too
            for count in USERS:
                before_s = cpu_s(api)
                found = asyncio.run(users(client, ask, count, times if count == 1 else max(1, times // 10)))
                figures = {
                    "p50_ms": quantile(found.took_ms, 0.5), "p99_ms": quantile(found.took_ms, 0.99),
                    "per_s": len(found.took_ms) / found.wall_s,
                    "cpu_ms": (cpu_s(api) - before_s) * 1000 / len(found.took_ms),
                    "files_read": found.files_read / len(found.took_ms),
                }  # fmt: skip
                section.figures[f"{name}, {count}"] = {**figures, "refused": found.refused}
                shown = [f"{one:.1f}" for one in figures.values()]
                section.rows.append([name, str(count), *shown, str(found.refused)])
    section.limits = "Python: the questions of a process share an interpreter, and the client that asks the machine"
    return section
