"""The catalog rows that one archived segment makes: pure."""

from __future__ import annotations

from app.curation.identity import frame_id
from app.days import day_of
from app.stores.rows import CameraDayRow, DecisionRow, FrameRow, Row, SegmentRow
from schemas.records import DayState, FrameDecision, SegmentArchived


def rows_of(segment: SegmentArchived, day: DayState, version: int) -> list[Row]:
    """Return the rows of a segment, its frames and their decisions, and of its camera's day so far.

    `version` is the source offset of the record, so that a repeat writes the same rows again.
    """
    facts = segment.facts
    rows: list[Row] = [
        SegmentRow(
            segment_id=facts.segment_id,
            camera_id=facts.camera_id,
            archive=facts.archive,
            clip_id=facts.clip_id,
            clip_name=facts.clip_name,
            day=day.day,
            recorded_at_us=facts.recorded_at_us,
            duration_us=facts.duration_us,
            window_id=segment.window_id,
            policy_hash=segment.policy_hash,
            video_key=segment.video_key,
            video_bytes=segment.video_bytes,
            source_bytes=segment.source_bytes,
            frames=len(segment.frames),
            frames_kept=sum(decision.kept for decision in segment.frames),
            version=version,
        )
    ]
    keys = {still.frame_index: still.object_key for still in segment.stills}
    for decision in segment.frames:
        rows.append(_frame(segment, decision, keys.get(decision.frame.frame_index, ""), version))
        rows.append(_decision(segment, decision, version))
    rows.append(
        CameraDayRow(
            camera_id=day.camera_id,
            day=day.day,
            segments=day.segments,
            segments_kept=day.segments_kept,
            frames=day.frames,
            frames_kept=day.frames_kept,
            duplicates=day.duplicates,
            keyframes=day.keyframes,
            bytes_seen=day.bytes_seen,
            bytes_kept=day.bytes_kept,
            objects=day.objects,
            version=version,
        )
    )
    return rows


def tags_of(decision: FrameDecision) -> tuple[str, ...]:
    """Return what a frame is found by: its known attributes and the classes in it."""
    attributes = {f"{name}={value}" for name, value in decision.frame.attributes.items() if value != "unknown"}
    return tuple(sorted(attributes | {f"objects={found.label}" for found in decision.frame.objects}))


def _frame(segment: SegmentArchived, decision: FrameDecision, still_key: str, version: int) -> FrameRow:
    facts, frame = segment.facts, decision.frame
    return FrameRow(
        frame_id=frame_id(facts.segment_id, frame.frame_index),
        segment_id=facts.segment_id,
        camera_id=facts.camera_id,
        archive=facts.archive,
        day=day_of(frame.at_us),
        at_us=frame.at_us,
        frame_index=frame.frame_index,
        kept=decision.kept,
        keyframe=decision.keyframe,
        duplicate_of=decision.duplicate_of,
        still_key=still_key,
        attributes=frame.attributes,
        measures=frame.measures,
        objects=frame.objects,
        tags=tags_of(decision),
        version=version,
    )


def _decision(segment: SegmentArchived, decision: FrameDecision, version: int) -> DecisionRow:
    facts = segment.facts
    return DecisionRow(
        window_id=segment.window_id,
        frame_id=frame_id(facts.segment_id, decision.frame.frame_index),
        rank=decision.rank,
        camera_id=facts.camera_id,
        archive=facts.archive,
        at_us=decision.frame.at_us,
        kept=decision.kept,
        gain=decision.gain,
        reasons=decision.reasons,
        duplicate_of=decision.duplicate_of,
        cost_bytes=decision.cost_bytes,
        policy_hash=segment.policy_hash,
        version=version,
    )
