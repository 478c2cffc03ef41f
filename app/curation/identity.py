"""Names that follow from content: of a frame, and the chance that belongs to it."""

from __future__ import annotations

from hashlib import blake2b


def frame_id(segment_id: str, frame_index: int) -> str:
    """Return the id of a frame of a segment."""
    return f"{segment_id}-{frame_index:04d}"


def chance(name: str) -> float:
    """Return a number in (0, 1) that belongs to the name: a fair draw that is the same on every repeat."""
    return (int.from_bytes(blake2b(name.encode(), digest_size=6).digest(), "big") + 0.5) / 2.0**48
