"""Times of questions to the plate lake, one user and a hundred: `python -m ops.bench.lake_queries --days 365`.

Makes a lake of its own (packed files, one a day and table, plates indexed), starts `roadsieve api` on it and asks over
HTTP. Nothing is taken from the cache of answers, since there is none; files are in the memory of the system.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import numpy as np
import pyarrow as pa
import typer
from rich.console import Console

from app.lake.indexing import index_files
from app.lake.open import open_blocking, open_plate_index_blocking
from app.lake.tables import LAKE_TABLES
from app.lake.warehouse import arrow_schema, write_parquet
from app.lake_api.tokens import make_token
from app.settings import Settings
from ops.bench.arithmetic import quantile
from ops.bench.report import Section, show
from ops.stack.ports import free_ports

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
SIGHTINGS_PER_PLATE = 5
COLORS = np.array(["black", "blue", "gray", "red", "silver", "white"])
USERS, OVERLOADED = 100, 429
Ask = Callable[[random.Random], tuple[str, dict[str, Any]]]


def day_tables(day: int, count: int, plates: int) -> dict[str, pa.Table]:
    """Return a day's plates, each with a car of one colour, of so many different plates."""
    chance = np.random.default_rng(day)
    raw = chance.bytes(16 * count).hex()
    ids = [raw[place : place + 32] for place in range(0, len(raw), 32)]
    begin_us = round((BEGIN + timedelta(days=day)).timestamp() * 1e6)
    rank = np.ones(count, np.int64)
    given: dict[str, Any] = {
        "plateId": [f"{one}-p0" for one in ids], "resultId": ids, "carId": [f"{one}-c0" for one in ids],
        "sourceId": [f"gate-{number}" for number in chance.integers(0, 50, count)],
        "seenAt": begin_us + chance.integers(0, 86_400_000_000, count), "imageUri": [""] * count,
        "frameId": np.arange(count), "plateText": [f"P{number:08d}" for number in chance.integers(0, plates, count)],
        "masked": np.zeros(count, bool), "confidence": chance.uniform(30, 100, count),
        "detectionConfidence": chance.uniform(90, 100, count), "characterConfidences": [[]] * count,
        "cornersPx": [None] * count, "rank": rank, "klass": rank, "color": COLORS[chance.integers(0, 6, count)],
    }  # fmt: skip
    tables = {}
    for name in ("plate", "color"):
        known = LAKE_TABLES[name]
        columns = [pa.array(given[field.name]).cast(field.type) for field in arrow_schema(known)]
        whole = pa.Table.from_arrays(columns, schema=arrow_schema(known))
        tables[name] = whole.sort_by([(one, "ascending") for one in known.sorted_by])
    return tables


def make_lake(settings: Settings, days: int, count: int) -> None:
    """Write and index a lake of packed files."""
    warehouse, index = open_blocking(settings), open_plate_index_blocking(settings)
    warehouse.create()
    paths: dict[str, list[str]] = {"plate": [], "color": []}
    for day in range(days):
        for name, rows in day_tables(day, count, days * count // SIGHTINGS_PER_PLATE).items():
            path = f"{warehouse.location}/plates/{name}/data/day={day}/packed.parquet"
            file = Path(path.removeprefix("file://"))
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("wb") as body:
                write_parquet(name, rows, body)
            paths[name].append(path)
    for name, found in paths.items():
        warehouse.add(name, list(enumerate(found)))
    index_files(warehouse, index, paths["plate"])
    index.close()
    warehouse.close()


@contextmanager
def served(settings: Settings) -> Iterator[httpx.Client]:
    """Run `roadsieve api` on a lake; give a client of it."""
    port, folder = free_ports(1)[0], settings.home
    token = make_token(settings.path_of_lake() / "tokens.jsonl", "bench", ("query", "plates"))
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
            yield client
        finally:
            api.terminate()
            api.wait(30)


def questions(days: int, plates: int) -> dict[str, Ask]:
    """Return what is asked, each time of another plate or day."""

    def lookup(chance: random.Random) -> tuple[str, dict[str, Any]]:
        return "/query", {"table_name": "plate", "filters": {"plateText": f"P{chance.randrange(plates):08d}"}}

    def day(chance: random.Random) -> tuple[str, dict[str, Any]]:
        since = BEGIN + timedelta(days=chance.randrange(days))
        window = {"from": since.isoformat(), "to": (since + timedelta(days=1)).isoformat()}
        return "/query", {"table_name": "color", "filters": {"color": str(chance.choice(COLORS))}, **window}

    def year(chance: random.Random) -> tuple[str, dict[str, Any]]:
        return "/count", {"table_name": "plate", "from": BEGIN.isoformat()}

    return {"plate": lookup, "day and colour": day, "count of all days": year}


def one_user(client: httpx.Client, ask: Ask, times: int) -> list[float]:
    """Ask one question after the other; return the milliseconds of each."""
    chance, took_ms = random.Random(1), list[float]()
    for _ in range(times):
        path, body = ask(chance)
        began_s = time.perf_counter()
        client.post(path, json=body).raise_for_status()
        took_ms.append((time.perf_counter() - began_s) * 1000)
    return took_ms


async def many_users(client: httpx.Client, ask: Ask, times: int) -> list[float]:
    """Let a hundred users ask one after the other; return the milliseconds of each answer, not of those refused."""
    limits = httpx.Limits(max_connections=USERS)
    async with httpx.AsyncClient(base_url=client.base_url, headers=client.headers, timeout=60, limits=limits) as asking:

        async def user(seed: int) -> list[float]:
            chance, took_ms = random.Random(seed), list[float]()
            for _ in range(times):
                path, body = ask(chance)
                began_s = time.perf_counter()
                answer = await asking.post(path, json=body)
                if answer.status_code != OVERLOADED:
                    answer.raise_for_status()
                    took_ms.append((time.perf_counter() - began_s) * 1000)
            return took_ms

        return [one for some in await asyncio.gather(*(user(seed) for seed in range(USERS))) for one in some]


def main(
    days: Annotated[int, typer.Option(help="Days in the lake.")] = 30,
    plates: Annotated[int, typer.Option(help="Plates of each day.")] = 73_000,
    times: Annotated[int, typer.Option(help="Questions of the one user; a hundred users ask a tenth each.")] = 100,
) -> None:
    """Make a lake, ask it, and print how long answers took."""
    console = Console()
    columns = ["question", "users", "p50 ms", "p99 ms", "per s", "refused"]
    section = Section("lake queries", "Questions to the plate lake", columns)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        began_s = time.perf_counter()
        make_lake(settings, days, plates)
        console.print(f"{days * plates:,} plates of {days} days written and indexed in "
                      f"{time.perf_counter() - began_s:.0f} s", highlight=False)  # fmt: skip
        with served(settings) as client:
            for name, ask in questions(days, days * plates // SIGHTINGS_PER_PLATE).items():
                one_user(client, ask, 3)
                for users in (1, USERS):
                    began_s = time.perf_counter()
                    each = times if users == 1 else max(1, times // 10)
                    alone = users == 1
                    took = one_user(client, ask, each) if alone else asyncio.run(many_users(client, ask, each))
                    per_s, refused = len(took) / (time.perf_counter() - began_s), users * each - len(took)
                    figures = {"p50_ms": quantile(took, 0.5), "p99_ms": quantile(took, 0.99), "per_s": per_s}
                    section.figures[f"{name}, {users}"] = {**figures, "refused": refused}
                    section.rows.append([name, str(users), *(f"{one:.1f}" for one in figures.values()), str(refused)])
    section.limits = "Python: each question holds one interpreter, most of its time in planning and in Arrow's calls"
    show(section, console)


if __name__ == "__main__":
    typer.run(main)
