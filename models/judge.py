"""One batch of pictures to judgments, the blocking part: fill, run, read what came out for each role asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.decoders import Outputs, Role
from models.letterbox import Letterbox
from models.reading import Judgment, Reader
from models.session import Session
from models.slots import fill_slots


@dataclass(frozen=True, slots=True)
class Placed:
    """Hold a picture (uint8 [h, w, 3], BGR, already scaled), its place in the input, and when it was asked about."""

    pixels: NDArray[np.uint8]
    letterbox: Letterbox
    asked_s: float


@dataclass(frozen=True, slots=True)
class BatchTimes:
    """Say what one batch took, in seconds of a monotonic clock; network is name@version, slots counts padding too."""

    network: str
    pictures: int
    slots: int
    waited_s: tuple[float, ...]
    fill_s: float
    infer_s: float
    decode_s: float
    """With what it waited for another batch to be read."""


OnBatch = Callable[[BatchTimes], None]

READING = Lock()
"""One batch of a process is read at a time: at every step Python goes from one reader to the other, and each waits for
it at every step. On an H100 a detector had .70 of the engine's rate so, .79 one at a time, at 640x384."""


class Judge:
    """Judge batches in one thread; its slots are written in place, so no two threads may share one judge."""

    def __init__(
        self,
        session: Session,
        input_wh: tuple[int, int],
        buckets: Sequence[int],
        readers: Mapping[Role, Reader],
        on_batch: OnBatch,
    ) -> None:
        self._session, self._buckets = session, sorted(buckets)
        self._readers, self._on_batch = readers, on_batch
        contract = session.network.input
        self._slots = session.slots(self._buckets[-1], input_wh)
        # a network for one picture at a time may leave the side of pictures out of what it gives
        per_picture = contract.shape[0]
        self._unstacked = {name for name, shape in session.network.outputs.items() if shape[0] != per_picture}

    def __call__(self, batch: Sequence[Placed]) -> list[Judgment]:
        """Return what is told of each picture; see Session.run and the decoders for what raises."""
        started_s = perf_counter()
        letterboxes = [placed.letterbox for placed in batch]
        fill_slots(self._slots, [placed.pixels for placed in batch], letterboxes, self._session.network.input)
        slots = next(bucket for bucket in self._buckets if bucket >= len(batch))
        filled_s = perf_counter()
        outputs = self._session.run(self._slots[:slots])
        inferred_s = perf_counter()
        with READING:
            judgments = self._judged(outputs, letterboxes)
        waited_s = tuple(started_s - placed.asked_s for placed in batch)
        spent_s = (filled_s - started_s, inferred_s - filled_s, perf_counter() - inferred_s)
        self._on_batch(BatchTimes(self._session.network.identity, len(batch), slots, waited_s, *spent_s))
        return judgments

    def _judged(self, outputs: Outputs, letterboxes: Sequence[Letterbox]) -> list[Judgment]:
        pictures = len(letterboxes)
        of_each = {name: out[None] if name in self._unstacked else out[:pictures] for name, out in outputs.items()}
        told: dict[str, Any] = {role: read(of_each, letterboxes) for role, read in self._readers.items()}
        return [Judgment(**{role: each[place] for role, each in told.items()}) for place in range(pictures)]
