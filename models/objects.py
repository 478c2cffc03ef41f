"""One batch of pictures to objects, the blocking part: fill, run, decode, suppress, carry back to the source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from models.boxes import suppress, usable
from models.decoders import DECODERS
from models.errors import ManifestError
from models.labels import BDD100K_CLASSES, bdd100k_ids
from models.letterbox import Letterbox
from models.session import Session
from models.slots import fill_slot

CANDIDATES_MAX = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """Say what was found: a BDD100K class name, its score (0 to 1), its half-open box in source pixels."""

    label: str
    score: float
    box_xyxy: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Placed:
    """Hold a picture (uint8 [h, w, 3], BGR, already scaled), its place in the input, and when it was asked about."""

    pixels: NDArray[np.uint8]
    letterbox: Letterbox
    asked_s: float


@dataclass(frozen=True, slots=True)
class BatchTimes:
    """Say what one batch took, in seconds of a monotonic clock; slots counts padding too."""

    pictures: int
    slots: int
    waited_s: tuple[float, ...]
    fill_s: float
    infer_s: float
    decode_s: float


OnBatch = Callable[[BatchTimes], None]


class ObjectJudge:
    """Judge batches in one thread; its slots are written in place, so no two threads may share one judge."""

    def __init__(
        self, session: Session, input_wh: tuple[int, int], buckets: Sequence[int], score_min: float, on_batch: OnBatch
    ) -> None:
        network = session.network
        if network.decoder not in DECODERS or network.role != "objects":
            why = f"its role is {network.role} and its decoder {network.decoder}, which gives no objects"
            raise ManifestError(f"network {network.name}", why, f"choose one with decoder {' or '.join(DECODERS)}")
        self._session, self._input_wh, self._buckets = session, input_wh, sorted(buckets)
        self._score_min, self._on_batch = score_min, on_batch
        self._decode = DECODERS[network.decoder]
        self._bdd_ids = bdd100k_ids(network.labels)
        contract = network.input
        self._slots = np.full(contract.shape_of(self._buckets[-1], input_wh), contract.fill, contract.dtype)

    def __call__(self, batch: Sequence[Placed]) -> list[list[Found]]:
        """Return what is on each picture, best first; see Session.run and the decoder for what raises."""
        started_s = perf_counter()
        for slot, placed in zip(self._slots, batch, strict=False):
            fill_slot(slot, placed.pixels, placed.letterbox, self._session.network.input)
        slots = next(bucket for bucket in self._buckets if bucket >= len(batch))
        filled_s = perf_counter()
        outputs = self._session.run(self._slots[:slots])
        inferred_s = perf_counter()
        answers = [
            self._found({name: output[place] for name, output in outputs.items()}, placed.letterbox)
            for place, placed in enumerate(batch)
        ]
        waited_s = tuple(started_s - placed.asked_s for placed in batch)
        spent_s = (filled_s - started_s, inferred_s - filled_s, perf_counter() - inferred_s)
        self._on_batch(BatchTimes(len(batch), slots, waited_s, *spent_s))
        return answers

    def _found(self, outputs: Mapping[str, NDArray[np.float32]], letterbox: Letterbox) -> list[Found]:
        raw = self._decode(outputs, self._input_wh, self._score_min)
        raw = raw.take((self._bdd_ids[raw.class_ids] >= 0) & usable(raw.boxes_xyxy))
        best = suppress(raw, self._session.network.nms_iou_max, CANDIDATES_MAX)
        boxes_xyxy = letterbox.to_source(best.boxes_xyxy)
        inside = usable(boxes_xyxy)  # what lay in the fill beside the picture is empty by now
        return [
            Found(BDD100K_CLASSES[self._bdd_ids[class_id]], float(score), (x1, y1, x2, y2))
            for class_id, score, (x1, y1, x2, y2), is_inside in zip(
                best.class_ids, best.scores, boxes_xyxy.tolist(), inside, strict=True
            )
            if is_inside
        ]
