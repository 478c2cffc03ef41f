"""Keyframes on real footage: false ones a minute and true changes found, ours against "the class counts differ"."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from agents.detector import detector_sight, seen_frames
from app.curation.policy import Policy
from app.curation.sift import new_camera, sift
from app.evaluation.baselines import naive_keyframes
from app.evaluation.supply import supply_of
from app.media.decode import decode_sampled
from app.media.sampling import Sampling
from app.policy_files import read_policy
from app.settings import Settings, settings
from models.sight import Sight
from ops.bench.footage import Footage, footage
from schemas.records import SeenFrame, SegmentDetected, SegmentFacts, SegmentRecorded

BY_EYE: Mapping[str, frozenset[str]] = {
    "day-country_tmo324_countryroad": frozenset({"daytime"}),
    "day-forest_gy_lane": frozenset({"daytime"}),
    "day-highway_udacity_solidWhiteRight": frozenset({"daytime", "car"}),
    "day-highway_udacity_test_video": frozenset({"daytime", "car"}),
    "dusk-highway_muchl_driving": frozenset({"dusk", "car", "truck"}),
    "night-highway_tmo324_night_partA": frozenset({"night", "car", "truck"}),
    "rain-highway_tmo324_rainy": frozenset({"daytime", "truck"}),
}
"""What each clip shows from its beginning to its end: looked at second by second. Nothing comes or goes for good."""

SHORTEST_S = 8.0
"""Clips below are no part of the ride: in a shorter stretch no rule can tell what has gone."""

HORIZON_S = 12.0
"""Time after a true change in which one keyframe is owed to it."""


@dataclass(frozen=True, slots=True)
class Score:
    """What a rule fired on a stretch of footage, the first frame left out."""

    fired: int
    found: int
    """True changes followed by a keyframe in time."""
    false_per_minute: float
    """Keyframes beyond the first after each true change."""


@dataclass(frozen=True, slots=True)
class KeyframeCost:
    """Both rules on one kind of footage."""

    what: str
    minutes: float
    changes: int
    ours: Score
    naive: Score


def measure_keyframes(seen: Mapping[str, Sequence[SeenFrame]], facts: SegmentFacts, fps: float) -> list[KeyframeCost]:
    """Measure both rules on the clips as they are, and on a ride spliced of them so that something changes.

    The ride passes from every clip to every other once: where the two show different things by eye, that is a change.
    """
    _, policy = read_policy(None)
    clips = [_fired(frames, facts, policy, fps) for frames in seen.values()]
    minutes = sum(map(len, seen.values())) / fps / 60
    ours, naive = ([place for both in clips for place in both[rule]] for rule in (0, 1))
    scores = (_score(rule, [], minutes, fps) for rule in (ours, naive))
    still = KeyframeCost("clips as they are", minutes, 0, *scores)
    order = _every_pair([name for name, frames in seen.items() if len(frames) >= SHORTEST_S * fps])
    frames: list[SeenFrame] = []
    changes: list[int] = []
    for before, name in zip([order[0], *order], order, strict=False):
        if BY_EYE[before] != BY_EYE[name]:
            changes.append(len(frames))
        frames += seen[name]
    minutes = len(frames) / fps / 60
    ours, naive = _fired(frames, facts, policy, fps)
    scores = (_score(rule, changes, minutes, fps) for rule in (ours, naive))
    return [still, KeyframeCost(f"a ride of {len(order)} stretches", minutes, len(changes), *scores)]


def clips_seen(source: Footage) -> dict[str, list[SeenFrame]]:
    """Return what the detector sees of each clip, by its name, sampled and scaled as the settings say."""

    async def whole() -> dict[str, list[SeenFrame]]:
        seen: dict[str, list[SeenFrame]] = {}
        chosen = settings()
        chosen = chosen.model_copy(update={"model_mirror": source.network.get("ROADSIEVE_MODEL_MIRROR", "")})
        async with detector_sight(chosen) as sight:
            for record in source.segments:
                seen.setdefault(record.facts.clip_name, []).extend(await of_segment(record, sight, chosen))
        return seen

    async def of_segment(record: SegmentRecorded, sight: Sight, chosen: Settings) -> tuple[SeenFrame, ...]:
        facts = record.facts
        sampling = Sampling(chosen.sampling_mode, chosen.sampling_fps)
        what = f"segment {facts.sequence} of {facts.clip_name}"
        offset_us, whs = facts.clip_offset_us, sight.scaled_whs
        frames = decode_sampled(record.video, sampling, whs, offset_us, facts.duration_us, what).frames
        judged = [(await sight.look([one.views], [one.source_wh]))[0] for one in frames]
        return seen_frames(facts, frames, judged)

    return asyncio.run(whole())


def _fired(frames: Sequence[SeenFrame], facts: SegmentFacts, policy: Policy, fps: float) -> tuple[list[int], list[int]]:
    placed = [replace(one, at_us=round(number * 1e6 / fps)) for number, one in enumerate(frames)]
    _, sifted = sift(new_camera("one"), SegmentDetected(facts, "", 1, tuple(placed), {}), policy)
    ours = [number for number, one in enumerate(sifted.frames) if one.keyframe and number]
    naive = [number for number in np.flatnonzero(naive_keyframes(supply_of([sifted], policy))).tolist() if number]
    return ours, naive


def _score(fired: Sequence[int], changes: Sequence[int], minutes: float, fps: float) -> Score:
    found = sum(any(change <= one < change + HORIZON_S * fps for one in fired) for change in changes)
    return Score(len(fired), found, (len(fired) - found) / minutes)


def _every_pair(names: Sequence[str]) -> list[str]:
    """Return a closed way that passes from each name to each other exactly once (Hierholzer 1873)."""
    onward = {name: [other for other in names if other != name] for name in names}
    stack, way = [names[0]], []
    while stack:
        if onward[stack[-1]]:
            stack.append(onward[stack[-1]].pop(0))
        else:
            way.append(stack.pop())
    return way[::-1]


def table_of(costs: Sequence[KeyframeCost]) -> str:
    """Return the figures as a table in Markdown."""
    rows = ["| footage | rule | keyframes | true changes found | false a minute | ratio |", "|---|---|---|---|---|---|"]
    for one in costs:
        ratio = one.naive.false_per_minute / one.ours.false_per_minute if one.ours.false_per_minute else float("inf")
        for name, score, mark in (("ours", one.ours, f"{ratio:.1f}"), ("counts differ", one.naive, "")):
            rows.append(
                f"| {one.what}, {one.minutes:.1f} min | {name} | {score.fired} | {score.found} of {one.changes} | "
                f"{score.false_per_minute:.2f} | {mark} |"
            )
    return "\n".join(rows)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        source = footage(Path(folder))
        print(f"{source.what}, {settings().sampling_fps:g} frames/s")
        print(table_of(measure_keyframes(clips_seen(source), source.segments[0].facts, settings().sampling_fps)))
