"""Says of every frame of a window why it was kept or not."""

from __future__ import annotations

import numpy as np

from app.curation.candidates import Frames
from app.curation.greedy import Choice
from schemas.records import Candidate, FrameDecision

_NOT_AFFORDABLE = ("budget",)


def explain(frames: Frames, choice: Choice) -> list[FrameDecision]:
    """Return the decision on every frame of the window [N], in log order; rank -1 where it was never in the running.

    Kept frames are ranked in the order they were taken, the rest after them by what they would still have brought.
    """
    candidates, eligible = frames.candidates, frames.eligible.tolist()
    decisions: list[FrameDecision | None] = [None] * len(candidates)
    taken = {one.number for one in choice.taken}
    for rank, one in enumerate(choice.taken):
        why = one.reasons or ("nothing in the window brings more per byte",)
        place = eligible[one.number]
        decisions[place] = _decision(candidates[place], True, one.gain, rank, why, one.cost_bytes)
    gains, costs = choice.gains.tolist(), choice.cost_bytes.tolist()
    rest = (number for number in np.argsort(-choice.gains, kind="stable").tolist() if number not in taken)
    for rank, number in enumerate(rest, start=len(taken)):
        place = eligible[number]
        decisions[place] = _decision(candidates[place], False, gains[number], rank, _NOT_AFFORDABLE, costs[number])
    return [made or _never_in_the_running(one) for made, one in zip(decisions, candidates, strict=True)]


def _decision(
    candidate: Candidate, kept: bool, gain: float, rank: int, reasons: tuple[str, ...], cost_bytes: int
) -> FrameDecision:
    return FrameDecision(
        candidate.frame, candidate.keyframe, kept, gain, rank, reasons, candidate.duplicate_of, cost_bytes
    )


def _never_in_the_running(candidate: Candidate) -> FrameDecision:
    if candidate.duplicate_of:
        why = f"duplicate of {candidate.duplicate_of}, distance {candidate.distance:.2g}"
    else:
        why = "no keyframe"
    return _decision(candidate, False, 0.0, -1, (why,), 0)
