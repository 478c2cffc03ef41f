"""One run of the plate lake on a broker: made results sent by `alpr load`, both stages, what came into the tables."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.lake.open import open_warehouse
from app.lake.tables import RESULT_TABLES
from app.lake.warehouse import Warehouse
from app.settings import Settings
from app.stores.open import open_registry
from app.topics import DEAD_LETTERS
from app.topology.admin import administer
from app.topology.plan import create
from ops.bench.process_tree import ProcessTree
from ops.bench.topic_io import PARTITIONS, Follower, follow
from ops.load.plate_file import write_plates
from ops.load.plates import PlateOrder, PlateTruth

LINGER_S = 5.0
START_S, PART_S, STEP_S = 60.0, 1200.0, 3600.0
HOT_DAYS = 100_000
"""What is made lies in the past: none of it is to be made cold."""
LOOK_S = 0.5
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Part:
    """What one part showed; rates are of the results that it sent."""

    results_so_far: int
    per_core_s: float
    """Results per CPU second of the worker with both stages, from topic to committed tables."""
    per_s: float
    sent_per_core_s: float
    """Results per CPU second of `alpr load`."""
    rss_bytes: int
    files: int
    lake_bytes: int
    right: bool
    """Every table has the rows of the truth, and every unusable result is a dead letter."""

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Step:
    """What one command on the loaded lake took."""

    command: str
    took_s: float
    cpu_s: float
    rss_bytes: int
    right: bool
    """It ended as it should: `lake check` with integrity True."""
    files: int
    """Of all tables, after it."""

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


class LakeRun:
    """Measure parts one after another in one lake, then what is done with it."""

    def __init__(self, folder: Path, bootstrap: str, say: Callable[[str], None]) -> None:
        self._folder, self._say = folder, say
        self._environment = {
            "ROADSIEVE_KAFKA": bootstrap, "ROADSIEVE_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT),
            "ROADSIEVE_REGISTRY_PATH": str(folder / "schemas.json"), "ROADSIEVE_LAKE_LINGER_S": str(LINGER_S),
            "ROADSIEVE_TOPIC_PARTITIONS": str(PARTITIONS), "ROADSIEVE_LAKE_HOT_DAYS": str(HOT_DAYS),
        }  # fmt: skip
        self.settings = Settings(
            kafka=bootstrap, home=folder / "home", registry_path=folder / "schemas.json", topic_partitions=PARTITIONS
        )
        self._letters = 0

    async def measure(self, orders: Sequence[PlateOrder]) -> list[Part]:
        """Load every order; raises RuntimeError when a process ends or nothing arrives in time."""
        async with administer(self.settings) as admin, open_registry(self.settings) as registry:
            await create(admin, registry, self.settings)
        worker = self._process("worker", "worker", "scribe", "registrar")
        parts: list[Part] = []
        rows: Counter[str] = Counter()
        sent = unusable = 0
        async with (
            open_warehouse(self.settings) as lake,
            follow(self.settings.kafka, [DEAD_LETTERS.name], self._count) as letters,
        ):
            await asyncio.to_thread(lake.create)
            worker.start()
            try:
                for number, order in enumerate(orders, start=1):
                    self._say(f"part {number} of {len(orders)}: results are made")
                    file = self._folder / f"part-{number}.jsonl"
                    truth = await asyncio.to_thread(write_plates, file, order, lambda _: None)
                    rows += truth.rows
                    unusable += sum(map(len, truth.unusable.values()))
                    sent += truth.results
                    self._say(f"part {number} of {len(orders)}: results are loaded")
                    parts.append(await self._part(worker, lake, letters, file, truth, rows, unusable, sent))
                    file.unlink()
            finally:
                await asyncio.to_thread(worker.stop)
        return parts

    async def then(self, *command: str) -> Step:
        """Measure a command on the lake; raises RuntimeError when it does not end in time."""
        self._say(" ".join(command))
        began_s, process = time.monotonic(), self._process(command[-1], *command)
        process.start()
        while process.ended is None:
            if time.monotonic() - began_s > STEP_S:
                process.stop()
                raise RuntimeError(f"{command} did not end in {STEP_S:.0f} s")
            await asyncio.sleep(LOOK_S)
        took_s, right = time.monotonic() - began_s, process.ended == 0
        process.stop()
        async with open_warehouse(self.settings) as lake:
            files = sum(lake.totals(name)[1] for name in RESULT_TABLES)
        return Step(" ".join(command), took_s, process.cpu_s(), process.peak_rss_bytes, right, files)

    async def _part(
        self, worker: ProcessTree, lake: Warehouse, letters: Follower, file: Path, truth: PlateTruth,
        rows: Counter[str], unusable: int, sent: int,
    ) -> Part:  # fmt: skip
        before_s, began_s = worker.cpu_s(), time.monotonic()
        loader = self._process(f"load-{sent}", "alpr", "load", str(file))
        loader.start()
        end_s = time.monotonic() + PART_S
        while loader.ended is None or not await asyncio.to_thread(self._there, lake, rows):
            worker.check()
            if time.monotonic() > end_s:
                raise RuntimeError(f"after {PART_S:.0f} s the tables have {self._totals(lake)} of {dict(rows)}")
            await asyncio.sleep(LOOK_S)
        took_s, used_s = time.monotonic() - began_s, worker.cpu_s() - before_s
        await letters.quiet(LINGER_S + 1)
        totals = [lake.totals(name) for name in RESULT_TABLES]
        loader.stop()
        return Part(
            sent, truth.results / used_s, truth.results / took_s, truth.results / loader.cpu_s(), worker.rss_bytes(),
            sum(files for _, files, _ in totals), sum(size for _, _, size in totals),
            self._totals(lake) == rows and self._letters == unusable,
        )  # fmt: skip

    def _process(self, name: str, *arguments: str) -> ProcessTree:
        command = [sys.executable, "-m", "app.cli", *arguments]
        return ProcessTree(command, self._folder / f"{name}.log", self._environment, self._folder)

    def _count(self, _: str, __: bytes) -> None:
        self._letters += 1

    def _there(self, lake: Warehouse, rows: Counter[str]) -> bool:
        return all(lake.totals(name)[0] >= rows[name] for name in RESULT_TABLES)

    def _totals(self, lake: Warehouse) -> dict[str, int]:
        return {name: lake.totals(name)[0] for name in RESULT_TABLES}
