"""A short run of the whole pipeline under a Prometheus: every panel shows something, no alert is wrong."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from app.telemetry.trace import trace_id
from app.topics import SEGMENTS_ARCHIVED
from app.watch.follow import open_reader
from ops.broker.cluster import Cluster
from ops.stack.ports import free_ports
from ops.stack.prometheus import CONFIG, Programs, Prometheus
from tests.e2e.feed import feed
from tests.e2e.pipeline import Pipeline, running
from tests.unit.ops.promql import filled, panels


@contextmanager
def watching(pipeline: Pipeline) -> Iterator[None]:
    """Run `roadsieve watch` beside the pipeline."""
    with (pipeline.folder / "watch.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "watch"],
            env={**os.environ, **pipeline.environment}, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            yield
        finally:
            process.terminate()
            assert process.wait(30) == 0, (pipeline.folder / "watch.log").read_text()


def config_in(folder: Path, workers: int, watch: int) -> Path:
    """Write the configuration that ships, with these ports and a quicker pulse."""
    config = yaml.safe_load(CONFIG.read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(CONFIG.parent / pattern) for pattern in config["rule_files"]]
    for job, port in zip(config["scrape_configs"], (workers, watch), strict=True):
        job["static_configs"] = [{"targets": [f"127.0.0.1:{port}"]}]
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(config))
    return file


def empty_panels(prometheus: Prometheus) -> list[str]:
    """Return the questions of boards to which Prometheus has no series as an answer."""
    empty = []
    with httpx.Client(base_url=prometheus.url, timeout=20) as client:
        for board, panel in panels():
            for target in panel["targets"]:
                answer = client.get("/api/v1/query", params={"query": filled(target["expr"])}).json()
                assert answer["status"] == "success", (panel["title"], answer)
                if not answer["data"]["result"]:
                    empty.append(f"{board}: {panel['title']}: {target['expr']}")
    return empty


def firing_alerts(prometheus: Prometheus) -> set[str]:
    """Return the names of the alerts that fire now."""
    found = httpx.get(f"{prometheus.url}/api/v1/alerts", timeout=20).json()["data"]["alerts"]
    return {alert["labels"]["alertname"] for alert in found if alert["state"] == "firing"}


async def traces_of(pipeline: Pipeline, topic: str) -> list[str]:
    """Return the trace id of every record of a topic."""
    async with open_reader(pipeline.settings) as reader:
        return [trace_id(record.headers) async for record in reader.read_to_end(topic)]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_short_run_fills_every_panel(
    own_broker: Cluster, prometheus_programs: Programs, tmp_path: Path
) -> None:
    worker_port, watch_port, port = free_ports(3)
    extra = {"ROADSIEVE_WEB_PORT": str(worker_port), "ROADSIEVE_WATCH_PORT": str(watch_port)}
    pipeline = Pipeline(tmp_path, own_broker.bootstrap, replication=1, session_s=10, extra=extra)
    wire = await pipeline.prepare()
    made = feed(tmp_path, wire, cameras=6, seconds=6)
    prometheus = Prometheus(tmp_path / "prometheus", port)
    await asyncio.to_thread(prometheus.start, prometheus_programs, config_in(tmp_path, worker_port, watch_port))
    try:
        with watching(pipeline):
            async with running(pipeline.workers([()])) as workers:
                await pipeline.send(made, per_s=20)
                await pipeline.drained(workers, 120)
                deadline_s = time.monotonic() + 60
                while (empty := await asyncio.to_thread(empty_panels, prometheus)) and time.monotonic() < deadline_s:
                    await asyncio.sleep(2)
                firing = await asyncio.to_thread(firing_alerts, prometheus)
                traces = await traces_of(pipeline, SEGMENTS_ARCHIVED.name)
    finally:
        await asyncio.to_thread(prometheus.stop)
    assert empty == []
    assert len(traces) > 20
    assert len(set(traces)) == len(traces), "each segment has a trace of its own, from the producer to the archive"
    assert "" not in traces
    expected = {"DeadLetters"}  # the feed carries poison
    assert firing <= expected
