"""Batches to learn boxes from: crops around things, each class as often as any other but those of DRAWN.

Things stand near the horizon and most are cars: a crop around a thing teaches more, pixel for pixel, than its picture.
The folder of pictures is read again now and then, so that rendering may go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import IterableDataset

from ops.train.augment import around, as_seen, cut, mirrored
from ops.train.network import CLASSES
from ops.train.pictures import SIZE_WH, Chunk, read

CROP_WH = (416, 256)
READ_AGAIN_AFTER = 100
DRAWN = {"truck": 3, "bus": 2, "motorcycle": 2}
"""How many times as often as others the classes are drawn that are told worst; cars, lights and signs come along."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Crops uint8 [N, 3, h, w], blue first; boxes [T, 4] px and classes [T] of each."""

    pictures: Tensor
    truths: list[tuple[Tensor, Tensor]]


@dataclass(frozen=True, slots=True)
class Thing:
    """Where a thing is: chunk, picture in it, box of that."""

    chunk: int
    picture: int
    box: int


class Batches(IterableDataset[Batch]):
    """Endless batches drawn by chance from a folder; the same seed and files give the same.

    Of the folder at most `most` pictures are used, all where it is 0.
    """

    def __init__(self, folder: Path, most: int, crops: int, seed: int) -> None:
        super().__init__()
        self._folder, self._most, self._crops, self._seed = folder, most, crops, seed
        self._chunks: Sequence[Chunk] = ()

    def __iter__(self) -> Iterator[Batch]:
        """Draw for ever."""
        rng = np.random.default_rng(self._seed)
        while True:
            self._chunks = read(self._folder)
            of = _things(self._chunks, self._most)
            things = [some for name, some in of.items() for _ in range(DRAWN.get(name, 1))]
            for _ in range(READ_AGAIN_AFTER):
                kinds = [things[int(kind)] for kind in rng.integers(len(things), size=self._crops)]
                yield self._batch([kind[int(rng.integers(len(kind)))] for kind in kinds], rng)

    def _batch(self, things: Sequence[Thing], rng: np.random.Generator) -> Batch:
        crops, truths = [], []
        for thing in things:
            chunk = self._chunks[thing.chunk]
            truth = chunk.truths[thing.picture]["boxes"]
            boxes, classes = boxes_of(truth)
            pixels: NDArray[Any] = np.asarray(chunk.pictures[thing.picture])
            if rng.random() < 0.5:
                pixels, boxes = mirrored(pixels, boxes)
            window = around(boxes[thing.box], SIZE_WH, CROP_WH, rng)
            pixels, moved, left = cut(pixels, boxes, window, CROP_WH)
            crops.append(torch.from_numpy(as_seen(pixels, rng)))
            truths.append((torch.from_numpy(moved[left]), torch.from_numpy(classes[left])))
        return Batch(torch.stack(crops).permute(0, 3, 1, 2), truths)


def boxes_of(truth: Sequence[Sequence[Any]]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the boxes [T, 4] and classes [T] of a picture."""
    boxes = np.array([box[1:] for box in truth], np.float32).reshape(-1, 4)
    return boxes, np.array([CLASSES.index(box[0]) for box in truth], np.int64)


def _things(chunks: Sequence[Chunk], most: int) -> dict[str, list[Thing]]:
    """Return class -> all its things."""
    things: dict[str, list[Thing]] = {}
    pictures = [(number, place) for number, chunk in enumerate(chunks) for place in range(len(chunk.truths))]
    for number, place in pictures[: most or None]:
        for box, (label, *_) in enumerate(chunks[number].truths[place]["boxes"]):
            things.setdefault(label, []).append(Thing(number, place, box))
    return things
