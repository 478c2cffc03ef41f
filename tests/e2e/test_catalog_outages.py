"""Catalog and schema registry are killed under load and come back: stages wait, and what comes out is as ever."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.broker.cluster import Cluster
from ops.stack import apicurio as registry_recipe
from ops.stack import cassandra as cql_recipe
from ops.stack.apicurio import Apicurio
from ops.stack.cassandra import Cassandra
from ops.stack.ports import HOST, free_ports
from tests.cql_fault_proxy import EVERY_CQL_FAULT, CqlFaultProxy
from tests.e2e.feed import Feed, feed
from tests.e2e.meanwhile import MOST_MB, Meanwhile, has_committed
from tests.e2e.pipeline import Pipeline, running
from tests.e2e.under_prometheus import running_verb
from tests.fault_proxy import EVERY_FAULT, FaultProxy
from tests.stack import catalog_of, parts_of

LAYOUTS = [("porter", "detector", "extractor"), ("curator", "librarian", "sinker"), ("detector", "sinker")]
BUDGET_S = {"ROADSIEVE_RETRY_BUDGET_S": "100", "ROADSIEVE_STORE_WAIT_S": "5"}


@pytest.fixture
def own_servers(tmp_path: Path) -> Iterator[tuple[Cassandra, Apicurio]]:
    """Run a catalog and a registry that may be killed."""
    cql_port, registry_port = free_ports(2)
    catalog, registry = Cassandra(tmp_path / "cql", cql_port), Apicurio(tmp_path / "registry", registry_port)
    try:
        catalog.start(parts_of(cql_recipe.resolve))
        registry.start(parts_of(registry_recipe.resolve))
        yield catalog, registry
    finally:
        catalog.kill()
        registry.kill()


async def killed(
    folder: Path, broker: Cluster, servers: tuple[Cassandra, Apicurio], away_s: float, seconds: int
) -> str:
    """Kill both for so long while segments come in, and a worker too, which then starts while they are away."""
    catalog, registry = servers
    keyspace = (await asyncio.to_thread(catalog_of, catalog)).cql_keyspace
    [port] = free_ports(1)
    extra = {**catalog.environment(keyspace), **registry.environment(), **BUDGET_S, "ROADSIEVE_WATCH_PORT": str(port)}
    pipeline = Pipeline(folder / "run", broker.bootstrap, replication=1, session_s=10, extra=extra)
    wire = await pipeline.prepare()
    # Workers ask the registry when they start and never again; `roadsieve watch` asks it at every look.
    made, seen = feed(folder, wire, cameras=8, seconds=seconds), Meanwhile(f"http://{HOST}:{port}/metrics")
    async with running(pipeline.workers(LAYOUTS)) as workers:

        async def outage() -> None:
            await asyncio.gather(*(asyncio.to_thread(server.kill) for server in servers))
            await asyncio.to_thread(workers.kill, 2)
            await seen.outage(workers, away_s, "catalog", "registry")
            back = asyncio.gather(
                asyncio.to_thread(registry.start, registry_recipe.resolve()),
                asyncio.to_thread(catalog.start, cql_recipe.resolve()),
            )
            while not back.done():
                await seen.look(workers)
                await asyncio.sleep(1)
            await back

        half = len(made.messages) // 2
        await pipeline.send(Feed(made.messages[:half]), per_s=50)
        await has_committed(pipeline, "sinker")
        later = pipeline.send(Feed(made.messages[half:]), per_s=half / (away_s + 10))
        with running_verb(pipeline, "watch"):
            await asyncio.gather(outage(), later)
        workers.reap()
        await pipeline.drained(workers, 300)
    run = await pipeline.collect(wire)
    verdict = pipeline.judge(run, made)
    figures = (
        f"away {away_s:g} s; {len(made.messages)} messages, {len(made.segments)} segments; "
        f"exits {dict(workers.exits)}; {seen}; compared {dict(verdict.counts)}; "
        f"{len(verdict.faults)} contradictions"
    )
    assert not verdict.faults, "\n".join([figures, *verdict.faults])
    assert 0 < seen.greatest_mb < MOST_MB, figures
    return figures


async def on_a_bad_day(
    folder: Path, broker: Cluster, upstream: tuple[Cassandra, Apicurio], faults: tuple[CqlFaultProxy, FaultProxy]
) -> str:
    """Let every call to both go through a bad day, from the start of the workers on."""
    (catalog, registry), (cql, http) = upstream, faults
    keyspace = (await asyncio.to_thread(catalog_of, catalog)).cql_keyspace
    stores = {**catalog.environment(keyspace), **registry.environment(), **BUDGET_S}
    pipeline = Pipeline(folder, broker.bootstrap, replication=1, session_s=10, extra=stores)
    wire = await pipeline.prepare()
    made = feed(folder, wire, cameras=6, seconds=4)
    async with cql.running(), http.running():
        workers = pipeline.workers(LAYOUTS)
        workers.environment |= {
            "ROADSIEVE_CQL_HOSTS": cql.address,
            "ROADSIEVE_REGISTRY_URL": registry.url.replace(registry.url.partition("/apis")[0], http.endpoint),
        }
        async with running(workers):
            await pipeline.send(made, per_s=50)
            await pipeline.drained(workers, 300)
    assert {*cql.faults} <= cql.done.keys(), "every kind of fault was met"
    verdict = pipeline.judge(await pipeline.collect(wire), made)
    figures = (
        f"{len(made.segments)} segments; exits {dict(workers.exits)}; met {dict(cql.done)}, {dict(http.done)}; "
        f"compared {dict(verdict.counts)}; {len(verdict.faults)} contradictions"
    )
    assert not verdict.faults, "\n".join([figures, *verdict.faults])
    return figures


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_a_catalog_and_a_registry_two_seconds_away_leave_no_contradiction(
    own_broker: Cluster, cassandra: Cassandra, apicurio: Apicurio, tmp_path: Path
) -> None:
    slow = CqlFaultProxy(cassandra.port, latency_s=2.0), FaultProxy(apicurio.url.partition("/apis")[0], latency_s=2.0)
    print("\n" + await on_a_bad_day(tmp_path, own_broker, (cassandra, apicurio), slow))


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_a_catalog_and_a_registry_that_fail_every_fifth_call_leave_no_contradiction(
    own_broker: Cluster, cassandra: Cassandra, apicurio: Apicurio, tmp_path: Path
) -> None:
    failing = (
        CqlFaultProxy(cassandra.port, EVERY_CQL_FAULT),
        FaultProxy(apicurio.url.partition("/apis")[0], EVERY_FAULT),
    )
    print("\n" + await on_a_bad_day(tmp_path, own_broker, (cassandra, apicurio), failing))


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_a_catalog_and_a_registry_that_are_killed_and_come_back_leave_no_contradiction(
    own_broker: Cluster, own_servers: tuple[Cassandra, Apicurio], tmp_path: Path
) -> None:
    print("\n" + await killed(tmp_path, own_broker, own_servers, away_s=10, seconds=6))


@pytest.mark.chaos
@pytest.mark.timeout(1800)
async def test_a_catalog_and_a_registry_away_for_a_minute_leave_no_contradiction(
    own_broker: Cluster, own_servers: tuple[Cassandra, Apicurio], tmp_path: Path
) -> None:
    away_s = float(os.environ.get("CHAOS_AWAY_S", "60"))
    print("\n" + await killed(tmp_path, own_broker, own_servers, away_s, seconds=30))
