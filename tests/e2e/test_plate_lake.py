"""Plate results sent in, with repeats and poison, while the stages are killed: the tables hold each result once,
and each vehicle that is looked for is told once."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.lake.open import open_warehouse
from app.lake.tables import LAKE_TABLES
from app.lake.watching import in_force, publish, seen
from app.settings import Settings
from ops.broker.cluster import Cluster
from schemas.records import WatchChanged
from tests.e2e.pipeline import Pipeline, running
from tests.e2e.plate_feed import SEED, send, sent
from tests.unit.lake.results import result, rows_of_all
from tests.unit.lake.upkeep.lake_in_a_folder import comparable

STAGES = ("scribe", "tracker", "registrar")
RESULTS, KILLS = 2000, 8


def wanted(messages: list[tuple[str, bytes]]) -> dict[str, Counter[str]]:
    """Return the rows of the usable results, each once; a source sees no plate twice within the gap."""
    rows: dict[str, Counter[str]] = {name: Counter() for name in LAKE_TABLES}
    for source_id, raw in dict.fromkeys(messages):
        try:
            said = json.loads(raw)
        except ValueError:
            continue
        for name, found in rows_of_all(result(said, source_id=source_id, at_us=None)).items():
            columns = LAKE_TABLES[name].column_names
            rows[name].update(comparable(dict(zip(columns, row, strict=True))) for row in found)
    return rows


async def in_the_lake(settings: Settings) -> dict[str, Counter[str]]:
    async with open_warehouse(settings) as lake:
        tables = {name: (await asyncio.to_thread(lake.table, name)).scan().to_arrow() for name in LAKE_TABLES}
    return {name: Counter(map(comparable, rows.to_pylist())) for name, rows in tables.items()}


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_whatever_is_killed_the_tables_hold_each_result_once(own_broker: Cluster, tmp_path: Path) -> None:
    extra = {"ROADSIEVE_LAKE_LINGER_S": "1", "ROADSIEVE_LAKE_FILE_BYTES": "40000",
             "ROADSIEVE_LAKE_TRACK_GAP_S": "1", "ROADSIEVE_LAKE_TRACK_LINGER_S": "1",
             "ROADSIEVE_LAKE_CATALOG": f"sqlite:///{tmp_path}/lake.sqlite",
             "ROADSIEVE_LAKE_WAREHOUSE": f"file://{tmp_path}/warehouse"}  # fmt: skip
    pipeline = Pipeline(tmp_path, own_broker.bootstrap, replication=1, session_s=6, extra=extra)
    wire = await pipeline.prepare()
    settings = Settings(
        lake_catalog=SecretStr(extra["ROADSIEVE_LAKE_CATALOG"]), lake_warehouse=extra["ROADSIEVE_LAKE_WAREHOUSE"]
    )
    async with open_warehouse(settings) as lake:
        await asyncio.to_thread(lake.create)
    await publish(pipeline.settings, [WatchChanged("K643ETI0", "add", 1, "stolen")])
    messages, chance = sent(RESULTS), random.Random(SEED)
    async with running(pipeline.workers([STAGES, ("scribe",), ("tracker", "registrar")])) as workers:
        sending = asyncio.create_task(send(own_broker.bootstrap, wire, messages, per_s=100))
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(1.5, 3.5))
            victim = chance.choice(list(workers.processes))
            await asyncio.to_thread(workers.kill, victim)
            if chance.random() < 0.5:
                workers.wipe(victim)
            workers.reap()
        await sending
        await pipeline.drained(workers, 120, STAGES)
    found, want = await in_the_lake(settings), wanted(messages)
    assert {name: (found[name] - want[name], want[name] - found[name]) for name in want} == {
        name: (Counter(), Counter()) for name in want
    }
    assert sum(want["plate"].values()) > RESULTS / 4
    passed = Counter(row["trackId"] for row in map(json.loads, found["sighting"]) if row["plateText"] == "K643ET10")
    events = await seen(pipeline.settings)
    assert Counter(one.track_id for one in events) == passed and len(passed) > RESULTS / 10
    assert {(one.plate, one.distance, one.reason) for one in events} == {("K643ETI0", 0.25, "stolen")}
    [(watched, everywhere)] = await in_force(pipeline.settings)
    assert (watched.plate, everywhere) == ("K643ETI0", True)
