"""How far every partition of this process is, now: for a live display, a page, and the gauges."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from app import telemetry
from app.engine.partition_task import PartitionTask

#: Samples from one measure of a store's size to the next: it asks RocksDB.
STATE_SAMPLES = 15


@dataclass(frozen=True, slots=True)
class PartitionProgress:
    """One partition of one stage, as this process sees it."""

    stage: str
    partition: int
    state: str
    """opening, running, fenced or closed."""
    position: int
    """Next source offset that is not processed; -1 before recovery."""
    end: int
    """End of the committed source records; -1 while not known."""
    lag: int
    """Source offsets not yet processed (transaction markers count where records lie behind them)."""
    held_records: int
    held_bytes: int
    records: int
    """Records committed by this process since it opened the partition."""
    records_per_s: float
    """Over about the last second."""


class Meter:
    """Take samples of a stage's tasks, about once a second, and remember rates."""

    def __init__(self) -> None:
        self._samples = 0
        self._last: dict[PartitionTask, tuple[float, int]] = {}
        self.snapshot: list[PartitionProgress] = []
        """The newest sample."""

    def sample(self, tasks: Iterable[PartitionTask]) -> None:
        """Measure every task and set its gauges."""
        now_s, last, snapshot = time.monotonic(), {}, []
        for task in tasks:
            then_s, then_records = self._last.get(task, (now_s, task.records))
            rate = (task.records - then_records) / (now_s - then_s) if now_s > then_s else 0.0
            last[task] = (now_s, task.records)
            end = task.end
            one = PartitionProgress(
                task.stage.name, task.partition, task.state.name.lower(), task.position, -1 if end is None else end,
                task.lag, task.held_records, task.held_bytes, task.records, rate,
            )  # fmt: skip
            snapshot.append(one)
            telemetry.gauge(
                one.stage, one.partition, state=task.state, lag=one.lag, lag_s=task.lag_s,
                held_records=one.held_records, held_bytes=one.held_bytes, asks=task.asks,
            )  # fmt: skip
            if self._samples % STATE_SAMPLES == 0:
                telemetry.state_size(one.stage, one.partition, *task.state_size)
        here = {(task.stage.name, task.partition) for task in last}
        for gone in {(task.stage.name, task.partition) for task in self._last} - here:
            telemetry.partition_gone(*gone)
        self._samples += 1
        self._last, self.snapshot = last, snapshot


METERS: dict[str, Meter] = {}
"""One per stage of this process."""


def progress() -> list[PartitionProgress]:
    """Return the newest sample of every partition of every stage in this process."""
    return [one for meter in METERS.values() for one in meter.snapshot]


def as_json(sample: Iterable[PartitionProgress]) -> list[dict[str, Any]]:
    """Return a sample as plain values."""
    return [asdict(one) for one in sample]
