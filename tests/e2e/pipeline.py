"""The whole pipeline on a broker: topics, workers as processes, a feed sent in, everything read back."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import blake2b
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from agents import STAGES
from app.errors import RoadsieveError
from app.kafka_access import client_options
from app.policy_files import read_policy
from app.settings import PREFIX, Settings
from app.stores.open import open_catalog, open_objects, open_registry
from app.stores.sweep import sweep
from app.telemetry.trace import begin_trace
from app.topics import SEGMENTS_RECORDED
from app.topology.admin import administer
from app.topology.plan import create
from app.watch.follow import open_reader
from app.watch.positions import StagePosition, positions
from app.wire.framing import Wire, open_wire
from tests.e2e.collected import Collected, collect, disk_rows
from tests.e2e.feed import Feed
from tests.e2e.oracle import Verdict, judge
from tests.e2e.workers import OwnVariables, Workers, nothing_of_its_own
from tests.networks import STANDIN, write_standin_mirror

PARTITIONS = 4
WINDOW_FRAMES, WINDOW_BYTES, QUALITY = 60, 16 << 20, 90

Look = tuple[bool, object]
"""Whether what is waited for holds, and what was seen: while that changes, there is progress."""


class Pipeline:
    """One isolated set-up: its own objects, catalog, ledger, and topics of a broker that nobody else uses now."""

    def __init__(
        self, folder: Path, bootstrap: str, replication: int, session_s: float, extra: Mapping[str, str]
    ) -> None:
        self.folder, self.bootstrap = folder, bootstrap
        folder.mkdir(parents=True, exist_ok=True)
        manifest = write_standin_mirror(folder / "networks")
        self.policy_file = folder / "policy.toml"
        text, _ = read_policy(None)
        self.policy_file.write_text(text.replace("share_ratio = 0.05", "share_ratio = 0.3").replace(
            'keep = "stills"', 'keep = "video"'
        ))  # fmt: skip
        self.policy_toml, self.policy = read_policy(self.policy_file)
        self.environment = {
            "ROADSIEVE_KAFKA": bootstrap,
            "ROADSIEVE_OBJECTS_DIR": str(folder / "objects"),
            "ROADSIEVE_CATALOG_PATH": str(folder / "catalog.sqlite"),
            "ROADSIEVE_REGISTRY_PATH": str(folder / "schemas.json"),
            "ROADSIEVE_CACHE": str(folder / "cache"),
            "ROADSIEVE_NETWORK": STANDIN,
            "ROADSIEVE_NETWORK_MANIFEST": str(manifest),
            "ROADSIEVE_MODEL_MIRROR": str(manifest.parent),
            "ROADSIEVE_NETWORK_SIZE": "160x96",
            "ROADSIEVE_POLICY_FILE": str(self.policy_file),
            "ROADSIEVE_TOPIC_PARTITIONS": str(PARTITIONS),
            "ROADSIEVE_TOPIC_REPLICATION": str(replication),
            "ROADSIEVE_SESSION_TIMEOUT_S": str(session_s),
            "ROADSIEVE_WINDOW_LINGER_S": "2",
            "ROADSIEVE_WINDOW_FRAMES": str(WINDOW_FRAMES),
            "ROADSIEVE_WINDOW_BYTES": str(WINDOW_BYTES),
            "ROADSIEVE_STILL_QUALITY": str(QUALITY),
            **extra,
        }
        given = {name.removeprefix(PREFIX).lower(): value for name, value in self.environment.items()}
        self.settings = Settings(home=folder / "home", **given)

    def workers(self, layouts: Sequence[Sequence[str]], own: OwnVariables = nothing_of_its_own) -> Workers:
        """Return workers with these stages each; not started. `own` gives the variables that one has for itself."""
        return Workers(self.folder / "workers", self.environment, layouts, own)

    async def prepare(self) -> Wire:
        """Create topics and register schemas; return the codec."""
        async with administer(self.settings) as admin, open_registry(self.settings) as registry:
            made = await create(admin, registry, self.settings)
            assert not made.left, made.left
            return await open_wire(registry)

    async def send(self, feed: Feed, per_s: float) -> None:
        """Send the feed at a steady rate; a broker that is being killed only delays it."""
        producer = AIOKafkaProducer(
            **client_options(self.settings), enable_idempotence=True, acks="all", request_timeout_ms=10_000,
            max_request_size=SEGMENTS_RECORDED.max_message_bytes,
        )  # fmt: skip
        await producer.start()
        try:
            began_s = time.monotonic()
            for number, message in enumerate(feed.messages):
                trace = begin_trace(blake2b(message.value, digest_size=16).hexdigest())
                await producer.send_and_wait(SEGMENTS_RECORDED.name, message.value, message.key, headers=trace)
                await asyncio.sleep(max(0.0, began_s + number / per_s - time.monotonic()))
        finally:
            await producer.stop()

    async def drained(self, workers: Workers, still_s: float, stages: Sequence[str] = STAGES) -> None:
        """Wait until no record is on its way to these stages."""

        async def look() -> Look:
            found = await self._positions()
            return bool(found) and not any(one.lag for one in found if one.stage in stages), found

        await self._twice(look, "drained", workers, still_s)

    async def recovered(self, workers: Workers, still_s: float) -> None:
        """Wait until every partition has one owner, who says that its state is on its disk.

        Lags do not tell: an owner that died had reported all it did, and its successor may not have begun.
        """
        every = {(stage, partition): 1 for stage in STAGES for partition in range(PARTITIONS)}

        async def look() -> Look:
            found = await workers.progress()
            running = [one for one in found if one["state"] == "running"]
            return Counter((one["stage"], one["partition"]) for one in running) == every, found

        await self._twice(look, "recovered", workers, still_s)

    async def _twice(self, look: Callable[[], Awaitable[Look]], what: str, workers: Workers, still_s: float) -> None:
        """Wait until something holds, twice in a row, and keep the workers alive.

        AssertionError when nothing that was looked at changed for so long: how long all of it takes, the machine says.
        """
        times, before, until_s = 0, None, time.monotonic() + still_s
        while times < 2:
            workers.reap()
            holds, seen = await look()
            if seen != before:
                before, until_s = seen, time.monotonic() + still_s
            if not holds and time.monotonic() > until_s:
                tails = "\n".join(f"--- worker {n}\n{workers.tail(n)}" for n in workers.processes)
                said = [list(one.values())[:5] for one in await workers.progress()]
                lags = {one.stage: one.lag for one in await self._positions()}
                raise AssertionError(f"not {what}, and nothing moved for {still_s:.0f} s: {lags}\n{said}\n{tails}")
            times = times + 1 if holds else 0
            await asyncio.sleep(1.0)

    async def _positions(self) -> list[StagePosition]:
        """Return how far every stage is; nothing while the broker does not answer."""
        try:
            async with open_reader(self.settings) as reader:
                return await positions(reader)
        except (KafkaError, RoadsieveError, OSError):
            return []

    async def collect(self, wire: Wire) -> Collected:
        """Sweep what crashed uploads left, then read everything."""
        async with open_objects(self.settings) as objects, open_catalog(self.settings) as catalog:
            await sweep(objects, time.time_ns() // 1000 + 60_000_000, 1)
            return await collect(self.settings, PARTITIONS, wire, objects, catalog)

    def judge(self, run: Collected, feed: Feed) -> Verdict:
        """Hold the run against what the pure code makes of its log."""
        return judge(run, feed, self.policy, self.policy_toml, (WINDOW_FRAMES, WINDOW_BYTES), QUALITY)


def judge_disks(verdict: Verdict, name: str, run: Collected, homes: Sequence[Path]) -> None:
    """Hold the rows on disks against the committed changelogs; all workers must have ended."""
    rows, _ = disk_rows(list(homes))
    for stage, want in run.changelogs.items():
        verdict.same(f"{name} of {stage}", want, rows.get(stage, {}))


@asynccontextmanager
async def running(workers: Workers) -> AsyncIterator[Workers]:
    """Run the workers; stop them whatever happens."""
    workers.start_all()
    try:
        yield workers
    finally:
        await asyncio.to_thread(workers.stop)
