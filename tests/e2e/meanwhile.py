"""What workers show of an outage while it lasts: which stores fail for them, and how much memory they take."""

from __future__ import annotations

import asyncio

from app.watch.follow import open_reader
from app.watch.positions import positions
from tests.e2e.pipeline import Pipeline
from tests.e2e.workers import Workers, samples

MOST_MB = 600
"""A worker of all stages takes about 300 at rest; what a stage holds while it is halted are tens."""
SEEN_S = 120


class Meanwhile:
    """Remember what was seen, look by look."""

    def __init__(self, *pages: str) -> None:
        """Take the pages with metrics that are looked at beside those of the workers."""
        self._pages = pages
        self.failing: set[str] = set()
        """Stores for which the alert StoreFails has its condition: calls that failed as in an outage."""
        self.greatest_mb = 0.0

    async def look(self, workers: Workers) -> None:
        """Ask everything that answers; start workers again that ended."""
        workers.reap()
        for labels, failed in await samples([*workers.metrics, *self._pages], "roadsieve_store_errors_total"):
            if failed and labels["error"] == "InfrastructureError":
                self.failing.add(labels["store"])
        resident = [size_bytes for _, size_bytes in await samples(workers.metrics, "process_resident_memory_bytes")]
        self.greatest_mb = max([self.greatest_mb, *(size_bytes / 1e6 for size_bytes in resident)])

    async def outage(self, workers: Workers, away_s: float, *stores: str) -> None:
        """Look each second, for so long and until the alert's condition was true for these stores."""
        for _ in range(round(away_s)):
            await asyncio.sleep(1)
            await self.look(workers)
        async with asyncio.timeout(SEEN_S):
            while not self.failing.issuperset(stores):
                await asyncio.sleep(1)
                await self.look(workers)

    def __str__(self) -> str:
        return f"meanwhile failing {sorted(self.failing)}, greatest worker {self.greatest_mb:.0f} MB"


async def has_committed(pipeline: Pipeline, stage: str) -> None:
    """Return when a stage has committed something: an outage before that would only be seen by workers that start."""
    async with asyncio.timeout(180), open_reader(pipeline.settings) as reader:
        while not any(found.stage == stage and sum(found.done.values()) for found in await positions(reader)):
            await asyncio.sleep(0.5)
