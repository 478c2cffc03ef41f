"""Batches for training: pictures of several clips, some of each, augmented; for the embedding wants both near and far.

The folder of pictures is read again at each pass, so that rendering may go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from ops.train.augment import augmented
from ops.train.network import CLASSES, WORDS
from ops.train.pictures import FRAMES, Chunk, read

TRAIN_WH = (384, 224)
OF_ONE_CLIP = 2


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures uint8 [N, 3, h, w], blue first; boxes [T, 4] px and classes [T] of each; word numbers [N]; clips [N]."""

    pictures: Tensor
    truths: list[tuple[Tensor, Tensor]]
    words: dict[str, Tensor]
    clips: Tensor


class Batches(IterableDataset[Batch]):
    """Endless batches drawn by chance from a folder; the same seed and files give the same.

    Of the folder at most `most` pictures are used, all where it is 0.
    """

    def __init__(self, folder: Path, most: int, pictures: int, seed: int) -> None:
        super().__init__()
        self._folder, self._most, self._pictures, self._seed = folder, most, pictures, seed
        self._chunks: Sequence[Chunk] = ()

    def __iter__(self) -> Iterator[Batch]:
        """Draw for ever."""
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng((self._seed, worker.id if worker else 0))
        while True:
            clips = self._clips()
            names = rng.permutation(list(clips))
            per_batch = min(len(names), self._pictures // OF_ONE_CLIP)
            for first in range(0, len(names) - per_batch + 1, per_batch):
                yield self._batch([clips[int(clip)] for clip in names[first : first + per_batch]], rng)

    def _clips(self) -> dict[int, list[tuple[int, int]]]:
        """Read the folder; return clip -> its pictures as (chunk, place)."""
        self._chunks = read(self._folder)
        clips: dict[int, list[tuple[int, int]]] = {}
        for number, chunk in enumerate(self._chunks):
            for place, truth in enumerate(chunk.truths):
                clips.setdefault(truth["clip"], []).append((number, place))
        first = list(clips)[: max(1, self._most // FRAMES) if self._most else None]
        return {clip: clips[clip] for clip in first}

    def _batch(self, clips: Sequence[Sequence[tuple[int, int]]], rng: np.random.Generator) -> Batch:
        pictures: list[Tensor] = []
        truths: list[tuple[Tensor, Tensor]] = []
        words: dict[str, list[int]] = {name: [] for name in WORDS}
        numbers: list[int] = []
        for frames in clips:
            mirrored = bool(rng.random() < 0.5)
            for pick in rng.choice(len(frames), min(OF_ONE_CLIP, len(frames)), replace=False):
                chunk, place = frames[int(pick)]
                truth = self._chunks[chunk].truths[place]
                boxes = np.array([box[1:] for box in truth["boxes"]], np.float32).reshape(-1, 4)
                classes = np.array([CLASSES.index(box[0]) for box in truth["boxes"]], np.int64)
                pixels, moved, left = augmented(
                    np.asarray(self._chunks[chunk].pictures[place]), boxes, TRAIN_WH, mirrored, rng
                )
                pictures.append(torch.from_numpy(pixels))
                truths.append((torch.from_numpy(moved[left]), torch.from_numpy(classes[left])))
                for name, known in WORDS.items():
                    words[name].append(known.index(truth[name]) if truth[name] in known else -1)
                numbers.append(truth["clip"])
        tensors = {name: torch.tensor(values) for name, values in words.items()}
        return Batch(torch.stack(pictures).permute(0, 3, 1, 2), truths, tensors, torch.tensor(numbers))
