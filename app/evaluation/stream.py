"""Sends segments through the very code of the stream: the extractor's sifting, the curator's windows and decisions."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.curation.policy import Policy
from app.curation.sift import new_camera, sift
from app.curation.window import WindowEnd, WindowRecord, decide_window
from schemas.records import (
    ArchiveDistribution,
    ArchiveState,
    CameraState,
    SegmentDecided,
    SegmentDetected,
    SegmentExtracted,
)


def sifted(segments: Iterable[SegmentDetected], policy: Policy) -> list[SegmentExtracted]:
    """Return what the extractor makes of the segments."""
    cameras: dict[str, CameraState] = {}
    extracted = []
    for segment in segments:
        camera = segment.facts.camera_id
        cameras[camera], one = sift(cameras.get(camera) or new_camera(camera), segment, policy)
        extracted.append(one)
    return extracted


@dataclass(slots=True)
class Curated:
    """What the curator makes of a log."""

    states: dict[str, ArchiveState] = field(default_factory=dict)
    decided: list[SegmentDecided] = field(default_factory=list)
    distributions: list[ArchiveDistribution] = field(default_factory=list)
    """One after each window and archive."""
    decide_s: float = 0.0

    def kept(self) -> list[int]:
        """Return the numbers of the kept frames, counting all frames in log order."""
        verdicts = (frame.kept for segment in self.decided for frame in segment.frames)
        return [number for number, kept in enumerate(verdicts) if kept]


def curated(log: Sequence[WindowRecord], policy_toml: str, window_frames: int) -> Curated:
    """Decide a log of one partition, window by window; the rest that no window closed is decided at the end."""
    result = Curated()
    end = WindowEnd(window_frames)
    window: list[tuple[int, WindowRecord]] = []
    for offset, record in enumerate(log):
        window.append((offset, record))
        if end.add(record):
            _close(result, window, policy_toml)
            window = []
    if window:
        _close(result, window, policy_toml)
    return result


def _close(result: Curated, window: Sequence[tuple[int, WindowRecord]], policy_toml: str) -> None:
    before: Mapping[str, ArchiveState] = result.states
    started_s = time.process_time()
    outcome = decide_window(before, window, 0, policy_toml)
    result.decide_s += time.process_time() - started_s
    result.states.update(outcome.states)
    result.decided.extend(outcome.decided)
    result.distributions.extend(outcome.distributions)
