"""When each segment of a camera is due: at the speed it was recorded, at a multiple of it, or at once; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Speed(StrEnum):
    """How fast a camera's recordings are played."""

    REAL = "real"
    DOUBLE = "2x"
    MAX = "max"

    @property
    def ratio(self) -> float | None:
        """Return seconds of recording per second, None for no limit."""
        return {"real": 1.0, "2x": 2.0, "max": None}[self.value]


@dataclass(frozen=True, slots=True)
class Pace:
    """The timeline of one camera: its clips follow each other without the hours that lay between them.

    A segment is due when its first frame would have been taken. A camera that is late (slow disk, slow broker) catches
    up within its clip; one that had nothing to play does not make up for the silence.
    """

    speed: Speed
    due_s: float = 0.0

    def begin(self, now_s: float) -> Pace:
        """Return the pace at the begin of a clip: not before now, not before the clip before has been played."""
        return Pace(self.speed, max(self.due_s, now_s))

    def after(self, duration_us: int) -> Pace:
        """Return the pace after a segment of that duration."""
        ratio = self.speed.ratio
        return self if ratio is None else Pace(self.speed, self.due_s + duration_us / 1e6 / ratio)
