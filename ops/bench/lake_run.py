"""One run of the plate lake on a broker: made results sent by `alpr load`, both stages, what came into the tables."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from app.lake.open import open_warehouse
from app.lake.tables import RESULT_TABLES
from app.lake.warehouse import Warehouse
from app.settings import Settings
from app.stores.open import open_registry
from app.topics import DEAD_LETTERS
from app.topology.admin import administer
from app.topology.plan import create
from ops.bench.lake_notes import LakeNotes, Part, Step
from ops.bench.process_tree import ProcessTree
from ops.bench.topic_io import PARTITIONS, Follower, follow
from ops.load.plate_file import read_truth, truth_file, write_plates
from ops.load.plates import PlateOrder, PlateTruth

LINGER_S = 5.0
PART_S, STEP_S = 1800.0, 7200.0
HOT_DAYS = 100_000
"""What is made lies in the past: none of it is to be made cold."""
LOOK_S = 0.5
ROOT = Path(__file__).parents[2]


class LakeRun:
    """Measure parts one after another in one lake, and what is done with it; what is done is noted in its folder."""

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
        self.notes = LakeNotes(folder / "notes.json")
        self._letters = 0
        self._turn = asyncio.Lock()

    async def measure(self, orders: Sequence[PlateOrder], upkeep_every: int) -> None:
        """Load every order that was not loaded yet; after so many of them the lake is maintained, while others come in.

        The next order is made while one is loaded. Raises OperatorError where the folder holds another run, and a group
        with RuntimeError when a process ends or is late.
        """
        self.notes.hold_to([order.results for order in orders])
        async with administer(self.settings) as admin, open_registry(self.settings) as registry:
            await create(admin, registry, self.settings)
        worker = self._process("worker", "worker", "scribe", "registrar")
        async with (
            open_warehouse(self.settings) as lake,
            follow(self.settings.kafka, [DEAD_LETTERS.name], self._count) as letters,
        ):
            await asyncio.to_thread(lake.create)
            worker.start()
            try:
                async with asyncio.TaskGroup() as beside:
                    async for number, file, truth in self._made(orders, len(self.notes.parts)):
                        self._say(f"part {number} of {len(orders) - 1}")
                        self.notes.end(await self._part(worker, lake, letters, number, file, truth), truth)
                        for done in (file, truth_file(file)):
                            done.unlink()
                        if number and number % upkeep_every == 0:
                            beside.create_task(self._upkeep())
            finally:
                await asyncio.to_thread(worker.stop)

    async def _upkeep(self) -> None:
        async with self._turn:
            self.notes.did(await self._step("lake", "maintain"))

    async def check(self) -> None:
        """Check the whole lake, unless that was done; raises RuntimeError when it does not end in time."""
        if all(step.command != "lake check" for step in self.notes.steps):
            self._say("the lake is checked")
            self.notes.did(await self._step("lake", "check"))

    async def _step(self, *command: str) -> Step:
        began_s, process = time.monotonic(), self._process(command[-1], *command)
        process.start()
        try:
            while process.ended is None:
                if time.monotonic() - began_s > STEP_S:
                    raise RuntimeError(f"{command} did not end in {STEP_S:.0f} s")
                await asyncio.sleep(LOOK_S)
            took_s, right = time.monotonic() - began_s, process.ended == 0
        finally:
            process.stop()
        async with open_warehouse(self.settings) as lake:
            files = sum(lake.totals(name)[1] for name in RESULT_TABLES)
        return Step(" ".join(command), took_s, process.cpu_s(), process.peak_rss_bytes, right, files)

    async def _part(
        self, worker: ProcessTree, lake: Warehouse, letters: Follower, number: int, file: Path, truth: PlateTruth
    ) -> Part:
        whole = self.notes.begin(number)
        rows, unusable = self.notes.rows + truth.rows, self.notes.unusable + truth.unusable_lines
        before_s, began_s = worker.cpu_s(), time.monotonic()
        loader = self._process(f"load-{number}", "alpr", "load", str(file))
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
            (self.notes.parts[-1].results_so_far if self.notes.parts else 0) + truth.results, truth.results / used_s,
            truth.results / took_s, truth.results / loader.cpu_s(), worker.rss_bytes(),
            sum(files for _, files, _ in totals), sum(size for _, _, size in totals),
            self._totals(lake) == rows and self._letters == unusable, whole,
        )  # fmt: skip

    async def _made(self, orders: Sequence[PlateOrder], first: int) -> AsyncIterator[tuple[int, Path, PlateTruth]]:
        """Yield number, file and truth of the orders from the first on; the next one is made while one is used."""
        numbers = iter(range(first, len(orders)))
        with ThreadPoolExecutor(1, "bench-makes") as maker:
            coming = deque(maker.submit(self._make, number, orders[number]) for number in islice(numbers, 2))
            while coming:
                yield await asyncio.wrap_future(coming.popleft())
                coming.extend(maker.submit(self._make, number, orders[number]) for number in islice(numbers, 1))

    def _make(self, number: int, order: PlateOrder) -> tuple[int, Path, PlateTruth]:
        file = self._folder / f"part-{number}.jsonl"
        # Made again it would be another file to `alpr load`, which goes on with one that it knows.
        truth = read_truth(file) if file.exists() else write_plates(file, order, lambda _: None)
        return number, file, truth

    def _process(self, name: str, *arguments: str) -> ProcessTree:
        command = [sys.executable, "-m", "app.cli", *arguments]
        return ProcessTree(command, self._folder / f"{name}.log", self._environment, self._folder)

    def _count(self, _: str, __: bytes) -> None:
        self._letters += 1

    def _there(self, lake: Warehouse, rows: Counter[str]) -> bool:
        return all(lake.totals(name)[0] >= rows[name] for name in RESULT_TABLES)

    def _totals(self, lake: Warehouse) -> dict[str, int]:
        return {name: lake.totals(name)[0] for name in RESULT_TABLES}
