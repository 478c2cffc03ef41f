"""Segments and policies for the tests of curation, with everything filled in that a test does not care about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from app.curation.policy import Policy, parse_policy
from app.curation.window import Outcome, WindowEnd, WindowRecord, decide_window
from schemas.records import (
    ArchiveState,
    Candidate,
    SeenFrame,
    SeenObject,
    SegmentDecided,
    SegmentDetected,
    SegmentExtracted,
    SegmentFacts,
)

STILL_BYTES = 1000

POLICY = """
still_bytes_per_px = 1.0
[budget]
share_ratio = 0.1
[attributes.weather]
kind = "category"
values = ["clear", "rainy", "foggy"]
[attributes.objects]
kind = "presence"
values = ["car", "person", "train"]
"""


def policy_of(toml: str = POLICY) -> Policy:
    return parse_policy(toml, "of a test")


def facts(segment: str = "s", camera: str = "c", archive: str = "a", clip: str = "", at_us: int = 0) -> SegmentFacts:
    """Return facts of pictures of 1000 pixels, so that a still costs 1000 bytes at one byte per pixel."""
    return SegmentFacts(
        segment_id=segment, camera_id=camera, archive=archive, clip_id=clip or segment, clip_name=clip or segment,
        sequence=0, recorded_at_us=at_us, time_source="unknown", ingested_at_us=at_us, clip_offset_us=0, duration_us=0,
        frame_count=1, codec="h264", container="mp4", width_px=40, height_px=25, rotation_deg=0, positions=(),
    )  # fmt: skip


def frame(
    weather: str = "clear",
    objects: Iterable[str] = ("car",),
    index: int = 0,
    at_us: int = 0,
    perceptual_hash: int = 0,
    embedding: Sequence[float] = (),
    attributes: Mapping[str, str] | None = None,
) -> SeenFrame:
    seen = tuple(SeenObject(label, 0.9, 0.0, 0.0, 10.0, 10.0) for label in objects)
    words = {"weather": weather} if attributes is None else attributes
    vector = np.asarray(embedding, dtype="<f4")
    length = float(np.linalg.norm(vector)) or 1.0
    return SeenFrame(index, at_us, seen, words, {}, perceptual_hash, (vector / length).astype("<f4").tobytes())


def detected(frames: Sequence[SeenFrame], segment: str = "s", **known: str) -> SegmentDetected:
    return SegmentDetected(facts(segment, **known), "", STILL_BYTES * len(frames), tuple(frames), {})


def extracted(frames: Sequence[SeenFrame], segment: str = "s", at_us: int = 0, **known: str) -> SegmentExtracted:
    candidates = tuple(Candidate(one, True, "", 1.0) for one in frames)
    return SegmentExtracted(facts(segment, at_us=at_us, **known), "", STILL_BYTES * len(frames), candidates)


def singles(weathers: Sequence[str], prefix: str = "s", **known: str) -> list[SegmentExtracted]:
    """Return a segment of one frame for each weather."""
    return [
        extracted([frame(weather)], f"{prefix}{number:05d}", at_us=number, **known)
        for number, weather in enumerate(weathers)
    ]


def run(
    log: Sequence[WindowRecord], toml: str = POLICY, window_frames: int = 100
) -> tuple[dict[str, ArchiveState], list[SegmentDecided]]:
    """Decide a log as the curator does; what no window closed is decided at the end."""
    states: dict[str, ArchiveState] = {}
    decided: list[SegmentDecided] = []
    window: list[tuple[int, WindowRecord]] = []
    end = WindowEnd(window_frames)

    def close() -> None:
        outcome: Outcome = decide_window(states, window, 0, toml)
        states.update(outcome.states)
        decided.extend(outcome.decided)
        window.clear()

    for offset, record in enumerate(log):
        window.append((offset, record))
        if end.add(record):
            close()
    if window:
        close()
    return states, decided


def kept(decided: Iterable[SegmentDecided]) -> list[str]:
    return [f"{one.facts.segment_id}-{each.frame.frame_index}" for one in decided for each in one.frames if each.kept]
