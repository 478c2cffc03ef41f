"""Plate results sent in, with repeats and poison, while the stages are killed: the tables hold each result once,
and each vehicle that is looked for is told once."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.lake.open import open_warehouse
from app.lake.tables import LAKE_TABLES
from app.lake.watching import in_force, publish, seen
from app.settings import Settings
from ops.broker.cluster import Cluster
from ops.stack.server import Server
from schemas.records import WatchChanged
from tests.buckets import bucket_of, own_server
from tests.e2e.pipeline import Pipeline, running
from tests.e2e.plate_feed import SEED, send, sent
from tests.postgres import Postgres
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
    lake = {"ROADSIEVE_LAKE_CATALOG": f"sqlite:///{tmp_path}/lake.sqlite",
            "ROADSIEVE_LAKE_WAREHOUSE": f"file://{tmp_path}/warehouse"}  # fmt: skip
    settings = Settings(
        lake_catalog=SecretStr(lake["ROADSIEVE_LAKE_CATALOG"]), lake_warehouse=lake["ROADSIEVE_LAKE_WAREHOUSE"]
    )
    await filled_under_kills(tmp_path, own_broker, lake, settings, [])


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_whatever_is_killed_its_catalog_and_its_store_too_a_lake_on_servers_holds_each_result_once(
    own_broker: Cluster, tmp_path: Path, postgres: Postgres
) -> None:
    catalog = postgres.address(postgres.new_database())
    async with own_server(tmp_path / "s3") as s3:
        settings = bucket_of(s3, lake_catalog=SecretStr(catalog))
        settings = settings.model_copy(update={"lake_warehouse": f"s3://{settings.s3_bucket}/lake"})
        lake = {**s3.environment(settings.s3_bucket), "ROADSIEVE_LAKE_CATALOG": catalog,
                "ROADSIEVE_LAKE_WAREHOUSE": settings.lake_warehouse}  # fmt: skip
        await filled_under_kills(tmp_path, own_broker, lake, settings, [postgres, s3] * (KILLS // 4))


async def filled_under_kills(
    folder: Path, broker: Cluster, lake: dict[str, str], settings: Settings, servers: Sequence[Server]
) -> None:
    """Fill a lake, in an environment and as settings, while workers and servers are killed, and hold it to what was
    sent."""
    extra = {"ROADSIEVE_LAKE_LINGER_S": "1", "ROADSIEVE_LAKE_FILE_BYTES": "40000",
             "ROADSIEVE_LAKE_TRACK_GAP_S": "1", "ROADSIEVE_LAKE_TRACK_LINGER_S": "1", **lake}  # fmt: skip
    pipeline = Pipeline(folder, broker.bootstrap, replication=1, session_s=6, extra=extra)
    wire = await pipeline.prepare()
    async with open_warehouse(settings) as made:
        await asyncio.to_thread(made.create)
    await publish(pipeline.settings, [WatchChanged("K643ETI0", "add", 1, "stolen")])
    messages, chance = sent(RESULTS), random.Random(SEED)
    async with running(pipeline.workers([STAGES, ("scribe",), ("tracker", "registrar")])) as workers:
        sending = asyncio.create_task(send(broker.bootstrap, wire, messages, per_s=100))
        for blow in range(KILLS):
            await asyncio.sleep(chance.uniform(1.5, 3.5))
            victim = chance.choice(list(workers.processes))
            await asyncio.to_thread(workers.kill, victim)
            if chance.random() < 0.5:
                workers.wipe(victim)
            workers.reap()
            if blow < len(servers):
                await asyncio.to_thread(servers[blow].kill)
                await asyncio.sleep(chance.uniform(1.0, 5.0))
                await asyncio.to_thread(servers[blow].start)
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
