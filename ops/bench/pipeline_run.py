"""The whole pipeline on a broker of its own: topics, metered workers, segments in, what is committed out."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.settings import Settings
from app.stores.open import open_registry
from app.topics import SEGMENTS_ARCHIVED, SEGMENTS_DECIDED, SEGMENTS_DETECTED, SEGMENTS_RECORDED, TOPICS
from app.topology.admin import administer
from app.topology.plan import create
from app.wire.framing import Wire, open_wire
from ops.bench.footage import ROOT, Footage
from ops.bench.process_tree import ProcessTree
from ops.bench.topic_io import PARTITIONS, Follower, follow, producer
from schemas.records import SegmentArchived, SegmentRecorded

LINGER_S, WINDOW_FRAMES = 1.0, 100
DEADLINE_S = 300.0
FOLLOWED = (SEGMENTS_DETECTED.name, SEGMENTS_DECIDED.name, SEGMENTS_ARCHIVED.name)


class Pipeline:
    """Topics and settings of one set-up; workers are started on it, one after another or together."""

    def __init__(self, folder: Path, bootstrap: str, footage: Footage, wire: Wire) -> None:
        self.folder, self.bootstrap, self.footage, self.wire = folder, bootstrap, footage, wire
        self.arrived: dict[str, dict[str, float]] = defaultdict(dict)
        """Topic -> segment id -> monotonic time at which a reader of committed records had it."""
        self.archived: dict[str, SegmentArchived] = {}
        self._encode = wire.encoder(SEGMENTS_RECORDED)
        self._decode = {name: wire.decoder(TOPICS[name]) for name in FOLLOWED}

    def environment(self, home: Path) -> dict[str, str]:
        """Return the settings of a worker."""
        return {
            "ROADSIEVE_KAFKA": self.bootstrap, "ROADSIEVE_HOME": str(home), "PYTHONPATH": str(ROOT),
            "ROADSIEVE_OBJECTS_DIR": str(self.folder / "objects"),
            "ROADSIEVE_CATALOG_PATH": str(self.folder / "catalog.sqlite"),
            "ROADSIEVE_REGISTRY_PATH": str(self.folder / "schemas.json"),
            "ROADSIEVE_TOPIC_PARTITIONS": str(PARTITIONS), "ROADSIEVE_WINDOW_LINGER_S": str(LINGER_S),
            "ROADSIEVE_WINDOW_FRAMES": str(WINDOW_FRAMES), **self.footage.network,
        }  # fmt: skip

    def worker(self, name: str, stages: Sequence[str] = ()) -> ProcessTree:
        """Return a worker with meters, not started."""
        command = [sys.executable, "-m", "ops.bench.metered_worker", str(self.meters_file(name)), *stages]
        return ProcessTree(command, self.folder / f"{name}.log", self.environment(self.folder / name), ROOT)

    def meters_file(self, name: str) -> Path:
        """Return where a worker writes its figures."""
        return self.folder / f"{name}.json"

    def meters(self, name: str) -> dict[str, Any]:
        """Return the figures of a worker, empty ones before the first."""
        file = self.meters_file(name)
        empty = {"requests": {}, "pictures": 0, "batches": 0, "waited_s": [], "busy_s": {}, "thread_cpu_s": {}}
        return {**empty, **(json.loads(file.read_text()) if file.exists() else {})}

    def take(self, topic: str, value: bytes) -> None:
        """Note when a segment came through."""
        record = self._decode[topic](value)
        self.arrived[topic][record.facts.segment_id] = time.monotonic()
        if isinstance(record, SegmentArchived):
            self.archived[record.facts.segment_id] = record

    async def send(self, records: Sequence[SegmentRecorded], per_s: float = 0.0) -> dict[str, float]:
        """Send segments, as fast as possible or at a rate; return when each was handed over, by its id."""
        sent: dict[str, float] = {}
        began_s = time.monotonic()
        async with producer(self.bootstrap) as client:
            for number, record in enumerate(records):
                if per_s:
                    await asyncio.sleep(max(0.0, began_s + number / per_s - time.monotonic()))
                sent[record.facts.segment_id] = time.monotonic()
                await client.send(SEGMENTS_RECORDED.name, self._encode(record), record.facts.camera_id.encode())
            await client.flush()
        return sent

    async def through(self, follower: Follower, records: Sequence[SegmentRecorded], check: Callable[[], None]) -> float:
        """Wait until the segments are archived; return the monotonic time of the last."""
        wanted = [record.facts.segment_id for record in records]
        there = self.arrived[SEGMENTS_ARCHIVED.name]
        if not await follower.until(lambda: all(one in there for one in wanted), DEADLINE_S, check):
            raise RuntimeError(f"{sum(one not in there for one in wanted)} segments not archived in {DEADLINE_S:.0f} s")
        return max(there[one] for one in wanted)


def cameras(footage: Footage, prefix: str, count: int) -> list[SegmentRecorded]:
    """Return the footage as that of so many cameras, taking turns."""
    lanes = [footage.of_camera(f"{prefix}-{number:02d}") for number in range(count)]
    return [record for together in zip(*lanes, strict=True) for record in together]


@asynccontextmanager
async def prepared(folder: Path, bootstrap: str, footage: Footage) -> AsyncIterator[tuple[Pipeline, Follower]]:
    """Make topics and schemas, and follow what comes out."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = Settings(
        kafka=bootstrap, home=folder, registry_path=folder / "schemas.json", topic_partitions=PARTITIONS,
        topic_replication=1,
    )  # fmt: skip
    async with administer(chosen) as admin, open_registry(chosen) as registry:
        await create(admin, registry, chosen)
        pipeline = Pipeline(folder, bootstrap, footage, await open_wire(registry))
    async with follow(bootstrap, FOLLOWED, pipeline.take) as follower:
        yield pipeline, follower


def requests_between(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """Return what was counted between two readings of one counter."""
    return {verb: count - before.get(verb, 0) for verb, count in after.items()}
