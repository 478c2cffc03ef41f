"""The whole pipeline, undisturbed: every record, object and row is what the pure code makes of the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.broker.cluster import Cluster
from tests.e2e.feed import feed
from tests.e2e.pipeline import Pipeline, judge_disks, running
from tests.e2e.setups import Setup


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_quiet_run_is_what_the_pure_code_makes_of_the_log(
    own_broker: Cluster, setup: Setup, tmp_path: Path
) -> None:
    pipeline = Pipeline(tmp_path, own_broker.bootstrap, replication=1, session_s=10, extra=setup.variables(own_broker))
    wire = await pipeline.prepare()
    made = feed(tmp_path, wire, cameras=8, seconds=8)
    async with running(pipeline.workers([()])) as workers:
        await pipeline.send(made, per_s=200)
        await pipeline.drained(workers, 120)
    run = await pipeline.collect(wire)
    verdict = pipeline.judge(run, made)
    judge_disks(verdict, "disk", run, [workers.home(number) for number in workers.layouts])
    assert not verdict.faults, "\n".join(verdict.faults)
