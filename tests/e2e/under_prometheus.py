"""A watched pipeline: worker, `roadsieve watch`, API and check of the lake, under a real Prometheus with our rules."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import yaml

from ops.stack.ports import free_ports
from ops.stack.prometheus import CONFIG, Programs, Prometheus
from tests.e2e.pipeline import Pipeline
from tests.unit.ops.promql import filled, panels

PAGES = {
    "roadsieve-workers": ("ROADSIEVE_WEB_PORT",),
    "roadsieve-watch": ("ROADSIEVE_WATCH_PORT",),
    "roadsieve-lake": ("ROADSIEVE_API_PORT", "ROADSIEVE_LAKE_CHECK_PORT"),
}
"""What Prometheus asks, by job: the settings that say the ports."""


class Watched:
    """Ask a Prometheus what it knows."""

    def __init__(self, prometheus: Prometheus) -> None:
        self._client = httpx.Client(base_url=prometheus.url, timeout=20)

    def alerts(self) -> set[str]:
        """Return the names of the alerts whose condition is true now, told already or not yet."""
        found = self._client.get("/api/v1/alerts").json()["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in found}

    def empty_panels(self) -> list[str]:
        """Return the questions of boards to which there is no series as an answer."""
        empty = []
        for board, panel in panels():
            for target in panel["targets"]:
                answer = self._client.get("/api/v1/query", params={"query": filled(target["expr"])}).json()
                assert answer["status"] == "success", (panel["title"], answer)
                if not answer["data"]["result"]:
                    empty.append(f"{board}: {panel['title']}: {target['expr']}")
        return empty

    async def until(self, holds: Callable[[], bool], deadline_s: float) -> bool:
        """Wait until something holds; return whether it does in the end."""
        until_s = time.monotonic() + deadline_s
        while not (held := await asyncio.to_thread(holds)) and time.monotonic() < until_s:
            await asyncio.sleep(1)
        return held


def with_ports(extra: dict[str, str]) -> dict[str, str]:
    """Return an environment in which all that Prometheus asks have pages of their own."""
    variables = [variable for found in PAGES.values() for variable in found]
    return extra | dict(zip(variables, map(str, free_ports(len(variables))), strict=True))


@asynccontextmanager
async def watched(pipeline: Pipeline, programs: Programs) -> AsyncIterator[Watched]:
    """Run the verbs that are watched, and Prometheus, beside a pipeline with a lake that was made `with_ports`."""
    prometheus = Prometheus(pipeline.folder / "prometheus", *free_ports(1))
    await asyncio.to_thread(prometheus.start, programs, _config(pipeline))
    try:
        with ExitStack() as verbs:
            for words in (("watch",), ("api",), ("lake", "check", "--repeat")):
                verbs.enter_context(running_verb(pipeline, *words))
            yield Watched(prometheus)
    finally:
        await asyncio.to_thread(prometheus.stop)


@contextmanager
def running_verb(pipeline: Pipeline, *words: str) -> Iterator[None]:
    """Run a verb that runs until it is ended."""
    log = pipeline.folder / f"{words[0]}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", *words],
            env={**os.environ, **pipeline.environment}, stdout=out, stderr=out,
        )  # fmt: skip
        try:
            yield
        finally:
            process.terminate()
            assert process.wait(30) in (0, -signal.SIGTERM), log.read_text()


def _config(pipeline: Pipeline) -> Path:
    """Write the configuration that ships, with this pipeline's ports and a quicker pulse."""
    config = yaml.safe_load(CONFIG.read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(CONFIG.parent / pattern) for pattern in config["rule_files"]]
    assert {job["job_name"] for job in config["scrape_configs"]} == PAGES.keys()
    for job in config["scrape_configs"]:
        ports = [pipeline.environment[variable] for variable in PAGES[job["job_name"]]]
        job["static_configs"] = [{"targets": [f"127.0.0.1:{port}" for port in ports]}]
    file = pipeline.folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(config))
    return file
