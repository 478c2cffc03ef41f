"""The stage where there is no GPU: an engine that takes no processor, only as long as a GPU does, and gives answers.

What the stage loses to it the interpreter and the cores cost, here; whether a GPU loses as much only a GPU tells. The
network as its file is and as an accelerator opens it (models/conversion/for_device.py) go by turns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from threading import Lock
from time import perf_counter, process_time, sleep
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.eyes import BATCHING, share
from models.judge import BatchTimes
from models.session import RUNTIME, Form, Session
from models.slots import fill_slots
from ops.bench.arithmetic import spread
from ops.bench.gpu_case import Case, letterbox
from ops.bench.gpu_detectors import look
from ops.bench.report import Section

PICTURE_US = {(416, 256): 103.6, (640, 384): 185.6}
"""By size in px: of roadsieve_small on an H100, 32 at once, nothing copied, as ops/bench/README.md has it."""
KINDS: Sequence[Form] = ("file", "device")


class Asleep(Session):
    """Sleep until a device's queue would have done each batch, and give what was told of the case's pictures before."""

    def __init__(self, of: Case, session: Session, picture_s: float) -> None:
        super().__init__(session.network, session.runtime(()), "cuda")
        slots = session.slots(1, of.size_wh)
        told = []
        for picture in of.pictures[: BATCHING["cuda"].most]:
            fill_slots(slots, [picture], [letterbox(of.network, of.size_wh)], self.network.input)
            told.append({name: output.copy() for name, output in session.run(slots).items()})
        self._told = {name: np.concatenate([one[name] for one in told]) for name in told[0]}
        self._picture_s, self._free_s, self._queue = picture_s, 0.0, Lock()

    def run(self, batch: NDArray[Any]) -> Mapping[str, NDArray[np.float32]]:
        """Return copies, as those that a device makes."""
        with self._queue:  # a device begins the next batch whether or not anybody fetches what it told of this one
            asked_s = perf_counter()
            self._free_s = max(asked_s, self._free_s) + self._picture_s * len(batch)
            wait_s = self._free_s - asked_s
        sleep(wait_s)
        return {name: output[: len(batch)].copy() for name, output in self._told.items()}


def measure(cases: Sequence[Case], rounds: int, seconds: float) -> Section:
    """Measure all cases whose rate is known, in both forms by turns."""
    columns = ("network", "form", "per s", "to the engine", "CPU-us a picture", "us: fill, run, read")
    section = Section("standin", f"Stage, and an engine that sleeps, {RUNTIME}", columns)
    section.limits = "one interpreter, and cores that copy."
    for of in cases:
        if of.size_wh in PICTURE_US:
            asyncio.run(_measure(of, PICTURE_US[of.size_wh] / 1e6, rounds, seconds, section))
    return section


async def _measure(of: Case, picture_s: float, rounds: int, seconds: float, section: Section) -> None:
    where = f"{of.network.name} {of.size_wh[0]}x{of.size_wh[1]}"
    batches: dict[Form, list[BatchTimes]] = {kind: [] for kind in KINDS}
    rates, cpu_us = ({kind: list[float]() for kind in KINDS} for _ in range(2))
    async with AsyncExitStack() as stack:
        eyes = {}
        for kind in KINDS:
            session = Asleep(of, of.opened("cpu", "fp32", kind), picture_s)
            shared = share(session, of.size_wh, of.readers(), on_batch=batches[kind].append)
            eyes[kind] = await stack.enter_async_context(shared)
            await look(eyes[kind], of, perf_counter() + seconds / 2)
            batches[kind].clear()
        for _ in range(rounds):
            for kind in KINDS:
                began, began_cpu = perf_counter(), process_time()
                pictures = await look(eyes[kind], of, began + seconds)
                rates[kind].append(pictures / (perf_counter() - began))
                cpu_us[kind].append(1e6 * (process_time() - began_cpu) / pictures)
    for kind in KINDS:
        ratios = [rate * picture_s for rate in rates[kind]]
        seen = sum(batch.pictures for batch in batches[kind])
        spent = [1e6 * sum(getattr(one, part) for one in batches[kind]) / seen
                 for part in ("fill_s", "infer_s", "decode_s")]  # fmt: skip
        section.rows.append(
            (where, kind, spread(rates[kind]).text(0), spread(ratios).text(2), spread(cpu_us[kind]).text(0),
             ", ".join(f"{one:.0f}" for one in spent))
        )  # fmt: skip
        section.figures[f"{where} {kind}"] = {"per_s": rates[kind], "ratios": ratios, "cpu_us": cpu_us[kind]}
