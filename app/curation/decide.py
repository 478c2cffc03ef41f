"""Decides one window of one archive: which frames are kept, why, and what the archive looks like afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.curation.attributes import JointAttribute
from app.curation.board import Board
from app.curation.budget import allowance
from app.curation.candidates import Frames, lay_out
from app.curation.greedy import Choice, Costs, choose
from app.curation.policy import Policy
from app.curation.reasons import explain
from app.curation.redundancy import ClipMemory, PictureMemory
from app.curation.scale import divergence, scales
from app.curation.shadows import WAYS, cast
from app.curation.terms import ClipTerm, LikenessTerm, Term, ValuesTerm, places_of
from schemas.records import (
    ArchiveDistribution,
    ArchiveState,
    SegmentDecided,
    SegmentExtracted,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the log a window lies."""

    source: str
    window_id: str
    next_offset: int


@dataclass(frozen=True, slots=True)
class Decided:
    """What comes of one window of one archive."""

    state: ArchiveState
    segments: list[SegmentDecided]
    distribution: ArchiveDistribution


def new_archive(archive: str, policy_toml: str) -> ArchiveState:
    """Return the state of an archive of which nothing was seen yet."""
    nothing = (0,) * len(WAYS)
    return ArchiveState(
        archive=archive, policy_toml=policy_toml, source="", next_offset=0, windows=0, decided_at_us=0,
        ingested_at_us=0, allowance_bytes=0, frames_seen=0, frames_kept=0, duplicates=0, bytes_seen=0, bytes_kept=0,
        segments_seen=0, segments_kept=0, attributes={}, clips=(), sketches=b"", shadow_frames=nothing,
        shadow_bytes=nothing,
    )  # fmt: skip


def decide(state: ArchiveState, policy: Policy, segments: Sequence[SegmentExtracted], place: Place) -> Decided:
    """Decide on every frame of a window; pure, so the same log gives the same archive.

    Frames marked as near-duplicates are counted and never chosen. Every segment gets its SegmentDecided, in log order.
    """
    boards = _boards(state, policy)
    frames = lay_out(policy, boards, segments)
    _count_seen(frames, boards)
    clips = ClipMemory(state, policy.redundancy.memory_clips)
    pictures = PictureMemory(state, policy.redundancy.memory_frames)
    window_bytes = sum(segment.video_bytes for segment in segments)
    ingested_at_us = max((one.facts.ingested_at_us for one in segments), default=0)
    able_bytes = allowance(policy.budget, state, window_bytes, ingested_at_us)
    costs = _costs(frames)
    keep_ratio = (state.frames_kept + costs.affordable(able_bytes)) / max(state.frames_seen + len(frames.ids), 1)
    terms = _terms(state, policy, boards, keep_ratio, frames, segments, clips, pictures)
    choice = choose(terms, costs, able_bytes)
    kept = [int(frames.eligible[one.number]) for one in choice.taken]
    spent_bytes = able_bytes - choice.left_bytes
    for name, codes in frames.codes.items():
        np.add.at(boards[name].kept, codes[kept], 1)
    for name, present in frames.present.items():
        boards[name].kept += present[:, kept].sum(axis=1)
    for number in kept:
        clips.take(segments[frames.segment[number]].facts.clip_id)
        pictures.take(frames.sketches[number].astype(np.int8).tobytes() if frames.sketches[number].any() else b"")
    shadows = cast(frames, boards, len(kept), spent_bytes)
    decided = _segments(policy, segments, frames, choice, place)
    after = ArchiveState(
        archive=state.archive,
        policy_toml=state.policy_toml,
        source=place.source,
        next_offset=place.next_offset,
        windows=state.windows + 1,
        decided_at_us=max([state.decided_at_us, *(one.facts.recorded_at_us for one in segments)]),
        ingested_at_us=max(state.ingested_at_us, ingested_at_us),
        allowance_bytes=min(choice.left_bytes, policy.budget.carry_bytes),
        frames_seen=state.frames_seen + len(frames.ids),
        frames_kept=state.frames_kept + len(kept),
        duplicates=state.duplicates + sum(bool(one.duplicate_of) for one in frames.candidates),
        bytes_seen=state.bytes_seen + window_bytes,
        bytes_kept=state.bytes_kept + spent_bytes,
        segments_seen=state.segments_seen + len(segments),
        segments_kept=state.segments_kept + len({int(frames.segment[number]) for number in kept}),
        attributes={name: board.tallies() for name, board in boards.items()},
        clips=clips.tallies(),
        sketches=pictures.sketches(),
        shadow_frames=tuple(a + b for a, (b, _) in zip(state.shadow_frames, shadows, strict=True)),
        shadow_bytes=tuple(a + b for a, (_, b) in zip(state.shadow_bytes, shadows, strict=True)),
    )
    return Decided(after, decided, _published(after, policy, boards, place))


def _boards(state: ArchiveState, policy: Policy) -> dict[str, Board]:
    before = state.attributes
    return {name: Board(one, before.get(name, ()), len(WAYS)) for name, one in policy.attributes.items()}


def _count_seen(frames: Frames, boards: Mapping[str, Board]) -> None:
    for name, codes in frames.codes.items():
        np.add.at(boards[name].seen, codes, 1)
    for name, present in frames.present.items():
        boards[name].seen += present.sum(axis=1)


def _terms(
    state: ArchiveState,
    policy: Policy,
    boards: Mapping[str, Board],
    keep_ratio: float,
    frames: Frames,
    segments: Sequence[SegmentExtracted],
    clips: ClipMemory,
    pictures: PictureMemory,
) -> list[Term]:
    eligible = frames.eligible
    terms: list[Term] = []
    found = scales(boards, policy.prior, policy.balance, state.frames_kept, keep_ratio)
    if found:
        places = places_of(found, frames.codes, frames.present, len(frames.ids))
        terms.append(ValuesTerm(found, places[:, eligible]))
    redundancy = policy.redundancy
    if redundancy.clip_weight > 0:
        names = [segment.facts.clip_id for segment in segments]
        order = {clip: code for code, clip in enumerate(dict.fromkeys(names))}
        kept = np.array([clips.kept(clip) for clip in order], dtype=np.int64)
        code_of = np.array([order[clip] for clip in names], dtype=np.intp)
        terms.append(ClipTerm(redundancy.clip_weight, code_of[frames.segment[eligible]], kept, state.frames_kept))
    rows = frames.sketches[eligible]
    if redundancy.archive_weight > 0 and rows.any():
        nearest = pictures.nearest(rows)
        terms.append(
            LikenessTerm(redundancy.archive_weight, redundancy.archive_distance, rows, nearest, state.frames_kept)
        )
    return terms


def _costs(frames: Frames) -> Costs:
    segment = frames.segment[frames.eligible]
    return Costs(frames.still_bytes[frames.eligible], frames.video_bytes[segment], segment)


def _segments(
    policy: Policy, segments: Sequence[SegmentExtracted], frames: Frames, choice: Choice, place: Place
) -> list[SegmentDecided]:
    decisions = explain(frames, choice)
    decided: list[SegmentDecided] = []
    end = 0
    for segment in segments:
        begin, end = end, end + len(segment.frames)
        theirs = tuple(decisions[begin:end])
        decided.append(
            SegmentDecided(
                facts=segment.facts,
                object_key=segment.object_key,
                video_bytes=segment.video_bytes,
                window_id=place.window_id,
                policy_hash=policy.hash,
                keep_video=policy.keep == "video" and any(one.kept for one in theirs),
                frames=theirs,
            )
        )
    return decided


def _published(state: ArchiveState, policy: Policy, boards: Mapping[str, Board], place: Place) -> ArchiveDistribution:
    single = {name: board for name, board in boards.items() if not isinstance(board.attribute, JointAttribute)}
    ratios = {name: board.entropy_ratios() for name, board in single.items() if board.known()}
    return ArchiveDistribution(
        archive=state.archive,
        policy_hash=policy.hash,
        window_id=place.window_id,
        windows=state.windows,
        decided_at_us=state.decided_at_us,
        frames_seen=state.frames_seen,
        frames_kept=state.frames_kept,
        duplicates=state.duplicates,
        bytes_seen=state.bytes_seen,
        bytes_kept=state.bytes_kept,
        segments_seen=state.segments_seen,
        segments_kept=state.segments_kept,
        attributes={name: board.value_counts() for name, board in boards.items()},
        entropy_ratio_seen={name: ratio[0] for name, ratio in ratios.items()},
        entropy_ratio={name: ratio[1] for name, ratio in ratios.items()},
        shadow_entropy_ratio={
            way: {name: ratio[place] for name, ratio in ratios.items()} for place, way in enumerate(WAYS, start=2)
        },
        shadow_frames=dict(zip(WAYS, state.shadow_frames, strict=True)),
        shadow_bytes=dict(zip(WAYS, state.shadow_bytes, strict=True)),
        kl_divergence={name: divergence(board, policy.prior) for name, board in boards.items() if board.known()},
        allowance_bytes=state.allowance_bytes,
    )
