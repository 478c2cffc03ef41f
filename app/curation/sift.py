"""Sifts a camera's segments: marks near-duplicates, finds keyframes, and remembers little of it."""

from __future__ import annotations

from app.curation.duplicates import Nearest, nearest_of, remembering
from app.curation.identity import frame_id
from app.curation.keyframes import Watch
from app.curation.policy import Policy
from app.curation.sketch import sketch
from schemas.records import CameraState, Candidate, RememberedFrame, SegmentDetected, SegmentExtracted


def new_camera(camera_id: str) -> CameraState:
    """Return the state of a camera of which nothing was seen yet."""
    return CameraState(
        camera_id=camera_id, clip_id="", segments=0, frames=0, duplicates=0, keyframes=0, remembered=(), sightings=(),
        keyframe_at_us=0, keyframe_sketch=b"", changed=False, settled_samples=0, strange_samples=0,
    )  # fmt: skip


def sift(state: CameraState, segment: SegmentDetected, policy: Policy) -> tuple[CameraState, SegmentExtracted]:
    """Return the camera's new state and the segment with its frames sifted, in presentation order.

    A keyframe is never a near-duplicate: the picture may be nearly the same, but something new is in it. A parked car
    adds nothing to the memory, so the frame it repeats stays remembered however long it stands.
    """
    watch = Watch(state, policy.keyframes, segment.facts.clip_id)
    memory = state.remembered
    candidates: list[Candidate] = []
    duplicates = keyframes = 0
    for frame in segment.frames:
        small = sketch(frame.embedding)
        keyframe = watch.look(frame, small)
        nearest = Nearest("", 1.0) if keyframe else nearest_of(memory, frame.perceptual_hash, small, policy.duplicates)
        if not nearest.frame_id:
            seen = RememberedFrame(frame_id(segment.facts.segment_id, frame.frame_index), frame.perceptual_hash, small)
            memory = remembering(memory, seen, policy.duplicates)
        duplicates += bool(nearest.frame_id)
        keyframes += keyframe
        candidates.append(Candidate(frame, keyframe, nearest.frame_id, nearest.distance))
    after = watch.state(
        state,
        segments=state.segments + 1,
        frames=state.frames + len(candidates),
        duplicates=state.duplicates + duplicates,
        keyframes=state.keyframes + keyframes,
        remembered=memory,
    )
    return after, SegmentExtracted(segment.facts, segment.object_key, segment.video_bytes, tuple(candidates))
