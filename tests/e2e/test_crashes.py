"""The pipeline under kill -9, freezes, lost disks and broker failures: nothing lost, doubled, wrong or left over."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from ops.broker.cluster import Cluster
from tests.e2e.collected import Collected
from tests.e2e.feed import Feed, feed
from tests.e2e.oracle import compare_runs
from tests.e2e.pipeline import Pipeline, judge_disks, running
from tests.e2e.setups import MOSTLY_EMBEDDED, Setup
from tests.e2e.torment import Plan, torment

SESSION_S = 6.0
STILL_S = 120.0
"""Twenty sessions: a member that froze, or a broker that is away, holds nothing up for so long."""
LAYOUTS = [(), ("porter", "detector", "extractor"), ("curator", "librarian", "sinker"), ("detector", "librarian")]
SHORT = Plan(kills=4, freezes=1, wipes=1, broker_kills=1, joins=1, session_s=SESSION_S, pause_s=(1.0, 4.0), seed=7)
LONG = Plan(kills=50, freezes=6, wipes=6, broker_kills=6, joins=6, session_s=SESSION_S, pause_s=(1.5, 6.0), seed=11)


async def fault_free(folder: Path, broker: Cluster, setup: Setup, cameras: int, seconds: int) -> tuple[Feed, Collected]:
    """Run the feed undisturbed on a broker of its own: the record-by-record reference."""
    pipeline = Pipeline(folder, broker.bootstrap, replication=1, session_s=10, extra=setup.variables(broker))
    wire = await pipeline.prepare()
    made = feed(folder, wire, cameras, seconds)
    async with running(pipeline.workers([()])) as workers:
        await pipeline.send(made, per_s=500)
        await pipeline.drained(workers, STILL_S)
    return made, await pipeline.collect(wire)


async def under_torment(
    folder: Path, broker: Cluster, cluster3: Cluster, setup: Setup, plan: Plan, cameras: int, seconds: int
) -> str:
    """Torment a run; hold it against its own log, a fault-free run, the disks and a fresh disk; return figures."""
    made, quiet = await fault_free(folder / "quiet", broker, setup, cameras, seconds)
    stores = setup.variables(cluster3)
    pipeline = Pipeline(folder / "torment", cluster3.bootstrap, replication=3, session_s=SESSION_S, extra=stores)
    wire = await pipeline.prepare()
    lines: list[str] = []
    blows = plan.kills + plan.freezes + plan.wipes + plan.broker_kills + plan.joins
    span_s = blows * (sum(plan.pause_s) / 2 + 1) + plan.freezes * SESSION_S * 2 + plan.broker_kills * 8
    async with running(pipeline.workers(LAYOUTS)) as workers:
        done, _ = await asyncio.gather(
            torment(workers, cluster3, plan, lines.append, LAYOUTS),
            pipeline.send(made, per_s=len(made.messages) / span_s),
        )
        workers.reap()
        await pipeline.drained(workers, STILL_S)
        await pipeline.recovered(workers, STILL_S)
    homes = [workers.home(number) for number in workers.layouts]
    run = await pipeline.collect(wire)
    verdict = pipeline.judge(run, made)
    against = compare_runs(quiet, run)
    judge_disks(verdict, "disks", run, homes)
    fresh = pipeline.workers([()])
    fresh.folder = folder / "fresh"
    fresh.folder.mkdir()
    async with running(fresh):
        await pipeline.recovered(fresh, STILL_S)
    judge_disks(verdict, "fresh disk", run, [fresh.home(0)])
    faults = [*verdict.faults, *against.faults]
    figures = (
        f"{len(made.messages)} messages of {cameras} cameras, {len(made.segments)} segments, {made.repeats} repeats, "
        f"{len(made.malformed) + len(made.undecodable)} poison; {dict(done)}; exits {dict(workers.exits)}; "
        f"compared {dict(verdict.counts)}; {len(faults)} contradictions"
    )
    assert not faults, "\n".join([figures, *lines, *faults])
    return figures


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("setup", MOSTLY_EMBEDDED, indirect=True)
async def test_kills_freezes_wiped_disks_and_a_dead_broker_leave_no_contradiction(
    own_broker: Cluster, own_cluster3: Cluster, setup: Setup, tmp_path: Path
) -> None:
    await under_torment(tmp_path, own_broker, own_cluster3, setup, SHORT, cameras=12, seconds=14)


@pytest.mark.chaos
@pytest.mark.timeout(3600)
async def test_a_long_torment_leaves_no_contradiction(
    own_broker: Cluster, own_cluster3: Cluster, setup: Setup, tmp_path: Path
) -> None:
    seconds = int(os.environ.get("CHAOS_SECONDS", "40"))
    print("\n" + await under_torment(tmp_path, own_broker, own_cluster3, setup, LONG, cameras=40, seconds=seconds))
