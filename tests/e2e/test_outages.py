"""The object store is killed under load, is slow, and fails: stages wait, and what comes out is as ever."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from app.settings import Settings
from ops.broker.cluster import Cluster
from ops.stack.ports import HOST, free_ports
from tests.buckets import bucket_of, own_server
from tests.e2e.feed import feed
from tests.e2e.meanwhile import MOST_MB, Meanwhile, has_committed
from tests.e2e.pipeline import Pipeline, running
from tests.e2e.workers import Workers
from tests.fault_proxy import EVERY_FAULT, FaultProxy

LAYOUTS = [("porter", "detector", "extractor"), ("curator", "librarian", "sinker"), ("detector", "librarian")]
IMPATIENT = {"ROADSIEVE_S3_ANSWER_TIMEOUT_S": "3", "ROADSIEVE_S3_CONNECT_TIMEOUT_S": "2"}

Outage = Callable[[Pipeline, Workers], Awaitable[None]]


async def suffer(
    folder: Path, broker: Cluster, stores: dict[str, str], seconds: int, outage: Outage, min_s: float
) -> str:
    """Send a feed while something happens to the store; hold everything against the log; return figures."""
    pipeline = Pipeline(folder, broker.bootstrap, replication=1, session_s=10, extra={**stores, **IMPATIENT})
    wire = await pipeline.prepare()
    made = feed(folder, wire, cameras=8, seconds=seconds)
    async with running(pipeline.workers(LAYOUTS)) as workers:
        await asyncio.gather(outage(pipeline, workers), pipeline.send(made, per_s=len(made.messages) / min_s))
        workers.reap()
        await pipeline.drained(workers, 300)
    run = await pipeline.collect(wire)
    verdict = pipeline.judge(run, made)
    figures = (
        f"{len(made.messages)} messages, {len(made.segments)} segments; {len(run.objects)} objects; "
        f"exits {dict(workers.exits)}; compared {dict(verdict.counts)}; {len(verdict.faults)} contradictions"
    )
    assert not verdict.faults, "\n".join([figures, *verdict.faults])
    return figures


async def killed(folder: Path, broker: Cluster, away_s: float, seconds: int) -> tuple[str, Meanwhile]:
    """Kill the server for so long while segments come in; return figures, and what was seen meanwhile."""
    seen = Meanwhile()
    async with own_server(folder / "s3") as server:
        stores = server.environment((await asyncio.to_thread(bucket_of, server)).s3_bucket)

        async def outage(pipeline: Pipeline, workers: Workers) -> None:
            await has_committed(pipeline, "librarian")
            await asyncio.to_thread(server.kill)
            await seen.outage(workers, away_s, "objects")
            await asyncio.to_thread(server.start)

        return await suffer(folder / "run", broker, stores, seconds, outage, min_s=away_s + 15), seen


async def through_a_proxy(folder: Path, broker: Cluster, bucket: Settings, proxy: FaultProxy, seconds: int) -> str:
    """Let every call go through a bad day."""
    async with proxy.running():
        secret = bucket.s3_secret_key.get_secret_value()
        stores = {
            "ROADSIEVE_S3_ENDPOINT": proxy.endpoint, "ROADSIEVE_S3_BUCKET": bucket.s3_bucket,
            "ROADSIEVE_S3_ACCESS_KEY": bucket.s3_access_key, "ROADSIEVE_S3_SECRET_KEY": secret,
        }  # fmt: skip

        async def nothing_else(_: Pipeline, __: Workers) -> None:
            return

        figures = await suffer(folder, broker, stores, seconds, nothing_else, min_s=5)
    return f"{figures}; met {dict(proxy.done)}"


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_worker_that_starts_while_the_store_is_away_ends_with_one_line_that_says_so(
    own_broker: Cluster, tmp_path: Path
) -> None:
    away = f"http://{HOST}:{free_ports(1)[0]}"
    stores = {"ROADSIEVE_S3_ENDPOINT": away, "ROADSIEVE_S3_BUCKET": "road", "ROADSIEVE_S3_ACCESS_KEY": "a",
              "ROADSIEVE_S3_SECRET_KEY": "b", **IMPATIENT}  # fmt: skip
    pipeline = Pipeline(tmp_path, own_broker.bootstrap, replication=1, session_s=10, extra=stores)
    await pipeline.prepare()
    workers = pipeline.workers([("porter",)])
    workers.start_all()
    assert await asyncio.to_thread(workers.processes[0].wait, 60) == 70
    said = workers.log(0).read_text()
    assert "Traceback" not in said
    [line] = [line for line in said.splitlines() if "exit 70" in line]
    assert f"roadsieve.porter cannot start: S3 bucket road at {away}: it was not reached" in line


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.timeout(400)
async def test_a_store_that_is_killed_and_comes_back_leaves_no_contradiction(
    own_broker: Cluster, tmp_path: Path
) -> None:
    await killed(tmp_path, own_broker, away_s=10, seconds=6)


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_store_that_fails_every_fifth_call_leaves_no_contradiction(
    own_broker: Cluster, bucket: Settings, tmp_path: Path
) -> None:
    await through_a_proxy(tmp_path, own_broker, bucket, FaultProxy(bucket.s3_endpoint, EVERY_FAULT), seconds=4)


@pytest.mark.chaos
@pytest.mark.timeout(1800)
async def test_a_store_away_for_a_minute_leaves_no_contradiction(own_broker: Cluster, tmp_path: Path) -> None:
    away_s = float(os.environ.get("CHAOS_AWAY_S", "60"))
    figures, seen = await killed(tmp_path, own_broker, away_s, seconds=30)
    print(f"\n{figures}; {seen}")
    assert 0 < seen.greatest_mb < MOST_MB


@pytest.mark.chaos
@pytest.mark.timeout(1800)
async def test_a_store_two_seconds_away_that_fails_too_leaves_no_contradiction(
    own_broker: Cluster, bucket: Settings, tmp_path: Path
) -> None:
    slow = FaultProxy(bucket.s3_endpoint, latency_s=2.0)
    print("\n" + await through_a_proxy(tmp_path / "slow", own_broker, bucket, slow, seconds=8))
