"""Says of every frame of a window why it was kept or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.curation.candidates import Frames
from app.curation.greedy import Choice


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision on one frame, in words and numbers; rank -1 where it was never in the running."""

    kept: bool
    gain: float
    rank: int
    reasons: tuple[str, ...]
    cost_bytes: int


def explain(frames: Frames, choice: Choice) -> list[Verdict]:
    """Return the verdict on every frame of the window [N], in log order.

    Kept frames are ranked in the order they were taken, the rest after them by what they would still have brought.
    """
    verdicts = [_never_in_the_running(frames, number) for number in range(len(frames.ids))]
    taken = {one.number for one in choice.taken}
    for rank, one in enumerate(choice.taken):
        reasons = one.reasons or ("nothing in the window brings more per byte",)
        verdicts[int(frames.eligible[one.number])] = Verdict(True, one.gain, rank, reasons, one.cost_bytes)
    rest = [number for number in np.argsort(-choice.gains, kind="stable").tolist() if number not in taken]
    for rank, number in enumerate(rest, start=len(taken)):
        gain, cost = float(choice.gains[number]), int(choice.cost_bytes[number])
        verdicts[int(frames.eligible[number])] = Verdict(False, gain, rank, ("budget",), cost)
    return verdicts


def _never_in_the_running(frames: Frames, number: int) -> Verdict:
    candidate = frames.candidates[number]
    if candidate.duplicate_of:
        why = f"duplicate of {candidate.duplicate_of}, distance {candidate.distance:.2g}"
    else:
        why = "no keyframe"
    return Verdict(False, 0.0, -1, (why,), 0)
