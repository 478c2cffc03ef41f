"""What goes on the contact sheet: the frames kept, as many drawn by hash from all that was seen, and figures; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappush, heappushpop

import numpy as np
from numpy.typing import NDArray

from app.curation.attributes import JointAttribute
from app.curation.entropy import entropy_ratio
from app.curation.identity import chance, frame_id
from app.curation.policy import Policy
from app.evaluation.supply import Supply, supply_of
from schemas.records import Candidate, FrameDecision, SegmentDecided, SegmentExtracted, SegmentFacts

MOST_SEGMENTS = 4000
"""Segments of which the sheet knows; of a longer run so many are drawn by hash, with all their frames."""
MOST_SHOWN = 40
"""Pictures on either side."""
DRAWS = 50
"""Random picks whose mean is told beside the one that is shown: one alone may be lucky."""
NOTHING = "nothing known"


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame and the segment it is of."""

    facts: SegmentFacts
    decision: FrameDecision
    conditions: str
    """Weather, scene and time of day, as far as they are known."""

    @property
    def id(self) -> str:
        """Return the frame's id."""
        return frame_id(self.facts.segment_id, self.decision.frame.frame_index)

    @property
    def clip_at_s(self) -> float:
        """Return where in its clip the frame is."""
        return (self.facts.clip_offset_us + self.decision.frame.at_us - self.facts.recorded_at_us) / 1e6


@dataclass(frozen=True, slots=True)
class Figures:
    """One measure of what was kept, of the pick that is shown, and of many picks in the mean."""

    name: str
    kept: float
    random: float
    random_mean: float
    of: float
    """The most it could be."""


@dataclass(frozen=True, slots=True)
class Pick:
    """Both sides of the sheet; equally many frames, of which the first MOST_SHOWN by hash are shown."""

    kept: tuple[Shot, ...]
    random: tuple[Shot, ...]
    frames: int
    frames_kept: int
    figures: tuple[Figures, ...]


@dataclass(slots=True)
class DecidedSegments:
    """Remember what was decided; memory is bounded, whatever the length of the run."""

    frames: int = 0
    frames_kept: int = 0
    _known: list[tuple[float, int, SegmentDecided]] = field(default_factory=list)
    _taken: int = 0

    def add(self, segment: SegmentDecided) -> None:
        """Take the decisions on one segment."""
        self.frames += len(segment.frames)
        self.frames_kept += sum(decision.kept for decision in segment.frames)
        self._taken += 1
        entry = (-chance(segment.facts.segment_id), self._taken, segment)
        if len(self._known) < MOST_SEGMENTS:
            heappush(self._known, entry)
        else:
            heappushpop(self._known, entry)

    def pick(self, policy: Policy) -> Pick | None:
        """Return both sides and the figures, in the values of the policy's attributes; None where nothing was kept."""
        segments = sorted((segment for _, _, segment in self._known), key=lambda one: one.facts.segment_id)
        shots = [Shot(s.facts, decision, conditions(decision)) for s in segments for decision in s.frames]
        kept = [number for number, shot in enumerate(shots) if shot.decision.kept]
        if not kept:
            return None
        draws = [_draw(shots, len(kept), draw) for draw in range(DRAWS)]
        shown = [_shown(shots, numbers) for numbers in (kept, draws[0])]
        figures = _figures(supply_of([_undecided(segment) for segment in segments], policy), kept, draws)
        return Pick(shown[0], shown[1], self.frames, self.frames_kept, figures)


def conditions(decision: FrameDecision) -> str:
    """Return weather, scene and time of day of a frame in words, unknown ones left out."""
    known = [decision.frame.attributes.get(name, "unknown") for name in ("weather", "scene", "timeofday")]
    return ", ".join(value for value in known if value != "unknown") or NOTHING


def _draw(shots: Sequence[Shot], size: int, draw: int) -> list[int]:
    """Return the numbers of `size` shots: the draws of one number are the same in every run on the same video."""
    return sorted(range(len(shots)), key=lambda number: chance(f"{draw}/{shots[number].id}"))[:size]


def _shown(shots: Sequence[Shot], numbers: Sequence[int]) -> tuple[Shot, ...]:
    """Return what is shown of a side, the conditions that were seen most often first."""
    often = Counter(shot.conditions for shot in shots)
    some = sorted((shots[number] for number in numbers), key=lambda shot: chance(shot.id))[:MOST_SHOWN]
    return tuple(sorted(some, key=lambda shot: (-often[shot.conditions], shot.conditions, shot.id)))


def _undecided(segment: SegmentDecided) -> SegmentExtracted:
    frames = tuple(Candidate(one.frame, one.keyframe, one.duplicate_of, 0.0) for one in segment.frames)
    return SegmentExtracted(segment.facts, segment.object_key, segment.video_bytes, frames)


def _figures(supply: Supply, kept: Sequence[int], draws: Sequence[Sequence[int]]) -> tuple[Figures, ...]:
    shown = {name: supply.shown(name) for name in (*supply.single, *supply.several)}
    ours, *random = (_measures(supply, shown, numbers) for numbers in (kept, *draws))
    most = dict.fromkeys(ours, 1.0) | _there(supply, shown, range(len(supply.clips)))
    return tuple(
        Figures(name, value, random[0][name], sum(one[name] for one in random) / len(random), most[name])
        for name, value in ours.items()
    )


def _measures(supply: Supply, shown: Mapping[str, NDArray[np.bool_]], numbers: Sequence[int]) -> Mapping[str, float]:
    entropies = {f"entropy of {name}": entropy_ratio(rows[:, numbers].sum(axis=1)) for name, rows in shown.items()}
    return entropies | _there(supply, shown, numbers)


def _there(supply: Supply, shown: Mapping[str, NDArray[np.bool_]], numbers: Sequence[int]) -> dict[str, float]:
    """Count what turns up among some frames."""
    found = {"values that turn up": float(sum(rows[:, numbers].any(axis=1).sum() for rows in shown.values()))}
    for name, codes in supply.frames.codes.items():
        if isinstance(supply.boards[name].attribute, JointAttribute):
            found[f"{name} that turn up"] = float(len(set(codes[numbers].tolist())))
    return found | {"clips that turn up": float(len({supply.clips[number] for number in numbers}))}
