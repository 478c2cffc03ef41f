"""How far one clip has come: which of its segments the broker has, written to the resume record as it goes."""

from __future__ import annotations

from app.intake.resume import ResumeRecord, Sent

# A crash sends at most so many segments of a clip again; the record of a terabyte of video stays below ten megabytes.
CHECKPOINT_SEGMENTS = 16


class Delivery:
    """Follow the acknowledgements of one clip; they may come in any order."""

    def __init__(self, record: ResumeRecord, clip_id: str, destination: str, first: int) -> None:
        """Begin at segment `first`: those before it were sent in an earlier run."""
        self._record, self._clip_id, self._destination = record, clip_id, destination
        self._segments = first
        self._ahead: set[int] = set()
        self._total: int | None = None

    @property
    def complete(self) -> bool:
        """Tell whether every segment of the clip is with the broker."""
        return self._segments == self._total

    def acknowledged(self, sequence: int) -> None:
        """Note that the broker has a segment."""
        self._ahead.add(sequence)
        while self._segments in self._ahead:
            self._ahead.remove(self._segments)
            self._segments += 1
        if self.complete or self._segments % CHECKPOINT_SEGMENTS == 0:
            self.note()

    def ended(self, total: int) -> None:
        """Note that the clip has so many segments and no more."""
        self._total = total
        if self.complete:
            self.note()

    def note(self) -> None:
        """Write how far the clip is to the resume record."""
        self._record.note(self._clip_id, self._destination, Sent(self._segments, self.complete))
