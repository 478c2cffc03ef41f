"""What went through the pipeline so far: pure; records, positions and the time come in, figures come out."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.records import SegmentArchived, SegmentDecided, SegmentExtracted

RATE_WINDOW_S = 10.0


@dataclass(slots=True)
class StageMeter:
    """Segments of one stage: how many came to it, how many it is done with, and how fast.

    What it is done with shows in two ways: in its position, which workers report every two seconds and which counts
    segments that give no output, and in its output, which is seen at once.
    """

    arrived: int = 0
    produced: int = 0
    passed: int = 0
    _ahead: dict[int, deque[int]] = field(default_factory=dict)
    _history: deque[tuple[float, int]] = field(default_factory=deque)

    def arrives(self, partition: int, offset: int) -> None:
        """Note a segment in the stage's source."""
        self.arrived += 1
        self._ahead.setdefault(partition, deque()).append(offset)

    def moves(self, positions: Mapping[int, int]) -> None:
        """Note how far the stage says it is: partition -> next offset it will process."""
        for partition, position in positions.items():
            ahead = self._ahead.get(partition)
            while ahead and ahead[0] < position:
                ahead.popleft()
                self.passed += 1

    def mark(self, now_s: float) -> None:
        """Note the time, for the rate."""
        self._history.append((now_s, self.done))
        while self._history[0][0] < now_s - RATE_WINDOW_S:
            self._history.popleft()

    @property
    def done(self) -> int:
        """Segments that the stage is done with."""
        return min(self.arrived, max(self.passed, self.produced))

    @property
    def waiting(self) -> int:
        """Segments that wait for the stage."""
        return self.arrived - self.done

    @property
    def per_s(self) -> float:
        """Segments per second over the last ten seconds."""
        if len(self._history) < 2:
            return 0.0
        (then_s, before), (now_s, after) = self._history[0], self._history[-1]
        return (after - before) / (now_s - then_s)


@dataclass(slots=True)
class Tally:
    """Everything the demo shows while it runs; segments, frames and bytes of this run only."""

    stages: dict[str, StageMeter]
    segments: int = 0
    frames: int = 0
    duplicates: int = 0
    bytes_seen: int = 0
    frames_decided: int = 0
    frames_kept: int = 0
    bytes_kept: int = 0
    letters: int = 0

    def extracted(self, segment: SegmentExtracted) -> None:
        """Count what was seen."""
        self.segments += 1
        self.frames += len(segment.frames)
        self.duplicates += sum(bool(one.duplicate_of) for one in segment.frames)
        self.bytes_seen += segment.video_bytes

    def decided(self, segment: SegmentDecided) -> None:
        """Count what was decided."""
        self.frames_decided += len(segment.frames)
        self.frames_kept += sum(one.kept for one in segment.frames)

    def archived(self, segment: SegmentArchived) -> None:
        """Count what lies in the archive."""
        self.bytes_kept += segment.video_bytes + sum(still.size_bytes for still in segment.stills)

    @property
    def slowest(self) -> str:
        """The stage that most segments wait for, or nothing. The curator waits for its window on purpose."""
        waiting = {stage: meter.waiting for stage, meter in self.stages.items() if stage != "curator"}
        slowest = max(waiting, key=waiting.__getitem__)
        return slowest if waiting[slowest] > 1 else ""
