"""What a run of replay is asked for, how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.intake.pace import Speed


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What the user asked for."""

    archive: str = "default"
    cameras: int | None = None
    """Spread the clips over so many cameras, by content; None: the cameras their paths and info JSON name."""
    speed: Speed = Speed.MAX
    again: bool = False
    """Send also what the resume record knows as sent; downstream an equal segment is the same segment."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or a part of one, that could not be used."""

    what: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}; {self.remedy}"


@dataclass(slots=True)
class ReplayProgress:
    """How far a run is; the same object at every call of the callback."""

    files: int = 0
    files_done: int = 0
    segments: int = 0
    frames: int = 0
    bytes: int = 0
    cameras: set[str] = field(default_factory=set)


OnProgress = Callable[[ReplayProgress, str], None]
"""Called after each segment and file; the text is a line for the user, or empty."""


@dataclass(frozen=True, slots=True)
class ReplaySummary:
    """What came of a run."""

    files: int
    """Videos that were found."""
    sent: int
    """Clips that were sent to their end in this run."""
    sent_before: int
    """Clips that the resume record, or an equal file of this run, had sent already."""
    segments: int
    frames: int
    bytes: int
    cameras: int
    time_sources: Mapping[str, int]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    """What was odd and did not stop a file: an info JSON that could not be read, fixes that were dropped."""

    @property
    def exit_code(self) -> int:
        """Return 0 when all is well, 1 when some files were unusable, 2 when there was nothing usable."""
        if self.sent + self.sent_before + self.segments == 0:
            return 2
        return 1 if self.skipped else 0
