"""Batches to learn boxes from: crops around things, each class as often as any other but those of DRAWN.

Things stand near the horizon and most are cars: a crop around a thing teaches more, pixel for pixel, than its picture.
The folder of pictures is read again now and then, so that rendering may go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ops.train.augment import around, as_seen, cut, mirrored, moved
from ops.train.network import CLASSES
from ops.train.pictures import read

#: What a batch may have the size of, and how often: all that the network is used at, the larger the fewer crops.
SIZES_WH = ((416, 256), (640, 384), (768, 448))
SIZE_RATIOS = (0.4, 0.3, 0.3)
READ_AGAIN_AFTER = 50
DRAWN = {"truck": 3, "bus": 2, "motorcycle": 2}
"""How many times as often as others the classes are drawn that are told worst; cars, lights and signs come along."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Crops float [N, 3, h, w], 0 to 255, blue first; boxes [N, T, 4] px and classes [N, T], -1 for none of both."""

    pictures: Tensor
    boxes: Tensor
    classes: Tensor


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture uint8 [h, w, 3] on the device, its boxes [T, 4] and classes [T], and what else is true of it."""

    pixels: Tensor
    boxes: Tensor
    classes: Tensor
    truth: Mapping[str, Any]


class Gallery:
    """Hold a folder's pictures on a device, `most` of them at most (0: all), and where the things of a class are."""

    def __init__(self, folder: Path, device: str, most: int) -> None:
        self._folder, self._device, self._most = folder, device, most
        self._known: set[int] = set()
        self.pictures: list[Shown] = []
        self.things: dict[str, list[tuple[int, int]]] = {}
        """Class -> (picture, box) of each."""
        self.read()

    def read(self) -> None:
        """Take in what was rendered since."""
        for chunk in read(self._folder):
            clip = chunk.truths[0]["clip"]
            if clip in self._known:
                continue
            self._known.add(clip)
            pixels = torch.from_numpy(chunk.pictures).to(self._device)
            for picture, truth in zip(pixels, chunk.truths, strict=True):
                if len(self.pictures) < (self._most or len(self.pictures) + 1):
                    self._take(picture, truth)

    def _take(self, pixels: Tensor, truth: Mapping[str, Any]) -> None:
        for box, (label, *_) in enumerate(truth["boxes"]):
            self.things.setdefault(label, []).append((len(self.pictures), box))
        self.pictures.append(Shown(pixels, *boxes_of(truth["boxes"]), truth))


class Batches:
    """Endless batches drawn by chance from a folder, of `crops` crops of the smallest size or as many px."""

    def __init__(self, gallery: Gallery, crops: int, seed: int) -> None:
        self._gallery, self._crops = gallery, crops
        self._rng = torch.Generator().manual_seed(seed)

    def __iter__(self) -> Iterator[Batch]:
        """Draw for ever."""
        while True:
            kinds = [some for name, some in self._gallery.things.items() for _ in range(DRAWN.get(name, 1))]
            for size in torch.multinomial(torch.tensor(SIZE_RATIOS), READ_AGAIN_AFTER, True, generator=self._rng):
                to_wh = SIZES_WH[int(size)]
                crops = max(1, self._crops * SIZES_WH[0][0] * SIZES_WH[0][1] // (to_wh[0] * to_wh[1]))
                drawn = [kinds[self._below(len(kinds))] for _ in range(crops)]
                yield self._batch([kind[self._below(len(kind))] for kind in drawn], to_wh)
            self._gallery.read()

    def _below(self, count: int) -> int:
        return int(torch.randint(count, (), generator=self._rng))

    def _batch(self, things: Sequence[tuple[int, int]], to_wh: tuple[int, int]) -> Batch:
        shown = [self._gallery.pictures[picture] for picture, _ in things]
        boxes = pad_sequence([one.boxes for one in shown], batch_first=True)
        classes = pad_sequence([one.classes for one in shown], batch_first=True, padding_value=-1)
        height, width = shown[0].pixels.shape[:2]
        mirror = torch.rand(len(things), generator=self._rng) < 0.5
        boxes = mirrored(boxes, mirror, width)
        targets = boxes[torch.arange(len(things)), torch.tensor([box for _, box in things])]
        windows = around(targets, (width, height), to_wh, self._rng)
        pixels = cut([one.pixels for one in shown], windows, mirror, to_wh)
        boxes, classes = (one.to(pixels.device) for one in moved(windows, boxes, classes, to_wh))
        return Batch(as_seen(pixels, self._rng), boxes, classes)


def boxes_of(truth: Sequence[Sequence[Any]]) -> tuple[Tensor, Tensor]:
    """Return the boxes [T, 4] and classes [T] of a picture."""
    boxes = torch.tensor([box[1:] for box in truth], dtype=torch.float32).reshape(-1, 4)
    return boxes, torch.tensor([CLASSES.index(box[0]) for box in truth], dtype=torch.long)
