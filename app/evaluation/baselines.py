"""Other ways of choosing from the same stream for the same bytes, as they are used in practice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.curation.candidates import Frames
from app.curation.identity import chances
from app.evaluation.supply import Supply

Order = NDArray[np.intp]
Way = Callable[[Supply, int, int], Order]
"""(supply, frames that the budget pays, seed) -> frames in the order in which they are wanted."""

_REMEMBERED = 512


def keep_all(supply: Supply, keep: int, seed: int) -> Order:
    """Keep everything, whatever it costs."""
    return np.arange(len(supply.frames.ids))


def random(supply: Supply, keep: int, seed: int) -> Order:
    """Draw frames with equal chances."""
    return np.argsort(_draws(supply.frames, f"random {seed}"), kind="stable")


def reservoir(supply: Supply, keep: int, seed: int) -> Order:
    """Draw a uniform sample of fixed size from a stream of unknown length (Vitter 1985)."""
    draws = np.random.default_rng(seed).random(len(supply.frames.ids))
    held = list(range(min(keep, len(draws))))
    for number in range(keep, len(draws)):
        place = int(draws[number] * (number + 1))
        if place < keep:
            held[place] = number
    return np.array(held, dtype=np.intp)


def every_nth(supply: Supply, keep: int, seed: int) -> Order:
    """Keep frames at equal distances in the stream."""
    return _spread(np.arange(len(supply.frames.ids)), keep)


def count_change(supply: Supply, keep: int, seed: int) -> Order:
    """Keep frames whose class counts differ from the frame before of their camera, thinned to the budget."""
    return _spread(np.flatnonzero(naive_keyframes(supply)), keep)


def inverse_frequency(supply: Supply, keep: int, seed: int) -> Order:
    """Decide at arrival, with a chance in proportion to the mean of 1 / (frequency so far) over the attributes."""
    frames = supply.frames
    count = len(frames.ids)
    weight = np.zeros(count)
    arrived = np.arange(1, count + 1)
    for codes in supply.single.values():
        shown = np.eye(int(codes.max(initial=0)) + 1, dtype=np.bool_)[codes]
        weight += arrived / _seen_so_far(shown)[arrived - 1, codes]
    for present in supply.several.values():
        so_far = _seen_so_far(present.T)
        weight += (present.T * arrived[:, None] / np.maximum(so_far, 1)).max(axis=1, initial=0.0)
    usual = np.cumsum(weight) / arrived
    odds = keep / max(count, 1) * weight / np.maximum(usual, 1e-12)
    return np.flatnonzero(_draws(frames, f"inverse {seed}") < odds)


def similarity_threshold(supply: Supply, keep: int, seed: int) -> Order:
    """Keep a frame that is unlike what was kept lately: cosine distance above a threshold that follows the budget.

    Compares embeddings where there are any, else the labels as vectors.
    """
    rows = supply.frames.sketches if supply.frames.sketches.any() else supply.label_vectors()
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    share = keep / max(len(rows), 1)
    ring = np.zeros((_REMEMBERED, rows.shape[1]), dtype=rows.dtype)
    kept: list[int] = []
    threshold, step = 0.1, 0.02
    for number, row in enumerate(rows):
        nearest = 1.0 - float((ring @ row).max()) if kept else 2.0
        wanted = nearest > threshold
        threshold += step * ((1.0 if wanted else 0.0) - share) * 0.1
        if wanted:
            ring[len(kept) % _REMEMBERED] = row
            kept.append(number)
    return np.array(kept, dtype=np.intp)


BASELINES: Mapping[str, Way] = {
    "random": random,
    "every_nth": every_nth,
    "reservoir": reservoir,
    "count_change": count_change,
    "inverse_frequency": inverse_frequency,
    "similarity_threshold": similarity_threshold,
}
"""Ways that are held to the budget."""


def naive_keyframes(supply: Supply) -> NDArray[np.bool_]:
    """Tell for each frame [N] whether its class counts differ from the frame before of the same camera."""
    last: dict[str, tuple[tuple[str, int], ...]] = {}
    changed = np.zeros(len(supply.frames.ids), dtype=np.bool_)
    for number, (camera, candidate) in enumerate(zip(supply.cameras, supply.frames.candidates, strict=True)):
        counts: dict[str, int] = {}
        for one in candidate.frame.objects:
            counts[one.label] = counts.get(one.label, 0) + 1
        now = tuple(sorted(counts.items()))
        changed[number] = last.get(camera) != now
        last[camera] = now
    return changed


def _draws(frames: Frames, salt: str) -> NDArray[np.float64]:
    return chances(f"{salt} {name}" for name in frames.ids)


def _spread(numbers: NDArray[np.intp], keep: int) -> Order:
    if keep <= 0 or not len(numbers):
        return numbers[:0]
    if len(numbers) <= keep:
        return numbers
    places: Sequence[int] = [place * len(numbers) // keep for place in range(keep)]
    spread: Order = numbers[np.asarray(places)]
    return spread


def _seen_so_far(shown: NDArray[np.bool_]) -> NDArray[np.int64]:
    sums: NDArray[np.int64] = np.cumsum(shown, axis=0, dtype=np.int64)
    return sums
