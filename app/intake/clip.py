"""A recording of which everything is known that its segments need; pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.intake.start import StartTime
from schemas.records import Position


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording, ready to be cut and sent."""

    path: Path
    name: str
    clip_id: str
    camera_id: str
    start: StartTime
    positions: tuple[Position, ...]
    """Ordered by time, on the clock of `start`."""
    notes: tuple[str, ...] = ()
    """What was odd and did not stop the clip."""

    def __str__(self) -> str:
        fixes = f", {len(self.positions)} positions" if self.positions else ""
        return f"{self.name}: camera {self.camera_id}, {self.start}{fixes}"
