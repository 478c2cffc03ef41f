"""A short run of the whole pipeline under a Prometheus: every panel shows something, outages make their alerts true."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from agents import LAKE_STAGES, STAGES
from app.lake.open import open_warehouse
from app.telemetry.trace import trace_id
from app.topics import SEGMENTS_ARCHIVED
from app.watch.follow import open_reader
from ops.broker.cluster import Cluster
from ops.stack.prometheus import Programs
from tests.e2e.feed import Feed, feed
from tests.e2e.pipeline import Pipeline, running
from tests.e2e.plate_feed import send, sent
from tests.e2e.under_prometheus import Watched, watched, with_ports

OF_THE_FEED = {"DeadLetters", "DecisionsLate"}  # some of it is poison, and it says that it was taken in long ago


def part(made: Feed, first: int, behind_last: int) -> Feed:
    """Return a feed of some of its messages."""
    return replace(made, messages=made.messages[first:behind_last])


async def objects_away(pipeline: Pipeline, seen: Watched, more: Feed) -> None:
    """Take the object store away while segments come in; the porter waits, and the alerts say for what."""
    folder = pipeline.folder / "objects"
    folder.rename(folder.with_name("objects-away"))
    try:
        await pipeline.send(more, per_s=100)
        assert await seen.until(lambda: seen.alerts() >= {"StoreFails", "StageRetries"}, 60), seen.alerts()
    finally:
        folder.with_name("objects-away").rename(folder)


async def broker_away(broker: Cluster, seen: Watched) -> None:
    """Kill the broker and start it again; watch tells of it, and gets over it."""
    await asyncio.to_thread(broker.kill, 1)
    assert await seen.until(lambda: "BrokerUnreachable" in seen.alerts(), 90), seen.alerts()
    await asyncio.to_thread(broker.start_node, 1)
    assert await seen.until(lambda: "BrokerUnreachable" not in seen.alerts(), 90), seen.alerts()


async def ask(pipeline: Pipeline, seen: Watched) -> None:
    """Ask the API for plates, once it listens, as somebody who may."""
    made = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "app.cli", "api", "token", "analyst"],
        env={**os.environ, **pipeline.environment}, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    url = f"http://127.0.0.1:{pipeline.environment['ROADSIEVE_API_PORT']}/query"
    may = {"Authorization": f"Bearer {made.stdout.strip()}"}
    said = ["nothing"]

    def answered() -> bool:
        try:
            answer = httpx.post(url, json={"table_name": "plate", "limit": 5}, headers=may, timeout=20)
        except httpx.TransportError as error:
            said.append(repr(error))
            return False
        said.append(answer.text)
        return answer.is_success

    assert await seen.until(answered, 60), (said[-1], (pipeline.folder / "api.log").read_text())


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_short_run_fills_every_panel_and_each_outage_makes_its_alert_true(
    own_broker: Cluster, prometheus_programs: Programs, tmp_path: Path
) -> None:
    lake = {
        "ROADSIEVE_LAKE_CATALOG": f"sqlite:///{tmp_path}/lake.sqlite",
        "ROADSIEVE_LAKE_WAREHOUSE": f"file://{tmp_path}/warehouse", "ROADSIEVE_LAKE_LINGER_S": "1",
        "ROADSIEVE_LAKE_CHECK_EVERY_S": "10",
    }  # fmt: skip
    pipeline = Pipeline(tmp_path, own_broker.bootstrap, replication=1, session_s=10, extra=with_ports(lake))
    wire = await pipeline.prepare()
    async with open_warehouse(pipeline.settings) as warehouse:
        await asyncio.to_thread(warehouse.create)
    made = feed(tmp_path, wire, cameras=6, seconds=6)
    every = (*STAGES, *LAKE_STAGES)
    async with watched(pipeline, prometheus_programs) as seen, running(pipeline.workers([every])) as workers:
        plates = send(own_broker.bootstrap, wire, sent(200), per_s=20)
        await asyncio.gather(plates, pipeline.send(part(made, 0, -6), per_s=20))
        await pipeline.drained(workers, 120)
        await ask(pipeline, seen)
        assert await seen.until(lambda: not seen.empty_panels(), 60), seen.empty_panels()
        # the pulse of the lake's stages lets a scrape fall between a record and the first thing done with one
        assert await seen.until(lambda: seen.alerts() <= OF_THE_FEED, 60), seen.alerts()
        await objects_away(pipeline, seen, part(made, -6, len(made.messages)))
        await pipeline.drained(workers, 120)
        await broker_away(own_broker, seen)
        await pipeline.drained(workers, 120)
        async with open_reader(pipeline.settings) as reader:
            traces = [trace_id(record.headers) async for record in reader.read_to_end(SEGMENTS_ARCHIVED.name)]
    assert len(traces) == len(set(traces) - {""}) == len(made.segments), "a trace for each, from producer to archive"
    verdict = pipeline.judge(await pipeline.collect(wire), made)
    assert not verdict.faults, "\n".join(verdict.faults)
