"""What the archive already has: of this clip, and of pictures that look like this one; both memories are bounded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.curation.sketch import WIDTH, cosine_distances, stack
from schemas.records import ArchiveState, ClipTally


class ClipMemory:
    """Frames kept by clip, the clips used last first to stay."""

    def __init__(self, state: ArchiveState, limit: int) -> None:
        self._limit = limit
        self._tallies = {tally.clip_id: tally for tally in state.clips}

    def kept(self, clip_id: str) -> int:
        """Return how many frames of the clip are remembered as kept."""
        tally = self._tallies.get(clip_id)
        return tally.kept if tally else 0

    def take(self, clip_id: str) -> None:
        """Count one more kept frame of the clip."""
        before = self._tallies.pop(clip_id, None)
        self._tallies[clip_id] = ClipTally(clip_id, before.kept + 1 if before else 1)

    def tallies(self) -> tuple[ClipTally, ...]:
        """Return the memory within its bound, the clip used longest ago first."""
        return tuple(self._tallies.values())[-self._limit :] if self._limit else ()


class PictureMemory:
    """Sketches of kept frames, the newest within the bound."""

    def __init__(self, state: ArchiveState, limit: int) -> None:
        self._limit = limit
        self._bytes = bytearray(state.sketches)

    def nearest(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return for sketches [N, 64] the cosine distance [N] to the nearest kept picture; 2 where there is none."""
        if not self._bytes or not len(rows):
            return np.full(len(rows), 2.0)
        have = stack([bytes(self._bytes)])
        likest = np.max(
            [(rows @ have[start : start + 256].T).max(axis=1) for start in range(0, len(have), 256)], axis=0
        )
        return cosine_distances(likest)

    def take(self, sketch: bytes) -> None:
        """Remember one more kept picture; one without a sketch leaves nothing to remember."""
        self._bytes += sketch

    def sketches(self) -> bytes:
        """Return the memory within its bound, oldest first."""
        return bytes(self._bytes[-self._limit * WIDTH :]) if self._limit else b""
