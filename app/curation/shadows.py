"""Shadow archives: what simpler ways of choosing would have kept of the same frames for the same bytes. Counts only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.curation.board import Board
from app.curation.candidates import Frames
from app.curation.identity import chances

Floats = NDArray[np.float64]


def _random(frames: Frames, boards: Mapping[str, Board], draws: Floats, keep: int) -> Floats:
    return draws


def _every_nth(frames: Frames, boards: Mapping[str, Board], draws: Floats, keep: int) -> Floats:
    count = len(frames.ids)
    order = np.ones(count)
    order[(np.arange(keep) * count) // max(keep, 1)] = 0.0
    return order


def _inverse_frequency(frames: Frames, boards: Mapping[str, Board], draws: Floats, keep: int) -> Floats:
    # weighted draw without replacement: the largest u ** (1 / weight) win (Efraimidis and Spirakis 2006)
    weight = np.zeros(len(frames.ids))
    for name, codes in frames.codes.items():
        weight += 1.0 / np.maximum(boards[name].seen[codes], 1)
    keys: Floats = -np.log(draws) / np.maximum(weight, 1e-12)
    return keys


WAYS: Mapping[str, Callable[[Frames, Mapping[str, Board], Floats, int], Floats]] = {
    "random": _random,
    "every_nth": _every_nth,
    "inverse_frequency": _inverse_frequency,
}
"""Shadow archives in their fixed order; each orders the frames of a window, the lowest first."""


def cast(frames: Frames, boards: Mapping[str, Board], keep: int, spend_bytes: int) -> list[tuple[int, int]]:
    """Count what each shadow keeps of a window in which the policy kept `keep` frames for `spend_bytes`.

    Returns (frames, bytes) for each shadow. Chance is a hash of the frame id. Shadows pay a segment's video once, too.
    """
    draws = chances(frames.ids)
    results = []
    for place, way in enumerate(WAYS.values()):
        order = np.argsort(way(frames, boards, draws, keep), kind="stable")
        chosen = _within(frames, order.tolist(), spend_bytes)
        count_in(frames, boards, [number for number, _ in chosen], place)
        results.append((len(chosen), sum(cost for _, cost in chosen)))
    return results


def _within(frames: Frames, order: Sequence[int], spend_bytes: int) -> list[tuple[int, int]]:
    chosen: list[tuple[int, int]] = []
    paid: set[int] = set()
    for number in order:
        segment = int(frames.segment[number])
        video = 0 if segment in paid else int(frames.video_bytes[segment])
        cost = int(frames.still_bytes[number]) + video
        if cost > spend_bytes:
            break
        paid.add(segment)
        spend_bytes -= cost
        chosen.append((number, cost))
    return chosen


def count_in(frames: Frames, boards: Mapping[str, Board], numbers: Sequence[int], place: int) -> None:
    """Add frames to what the shadow at `place` kept, on every board."""
    for name, codes in frames.codes.items():
        np.add.at(boards[name].shadows[:, place], codes[numbers], 1)
    for name, present in frames.present.items():
        boards[name].shadows[:, place] += present[:, numbers].sum(axis=1)
