"""Tells whether a camera has just shown nearly the same picture."""

from __future__ import annotations

from dataclasses import dataclass

from app.curation.policy import Duplicates
from app.curation.sketch import distances, stack
from schemas.records import RememberedFrame

HASH_BITS = 64
_MASK = (1 << HASH_BITS) - 1


@dataclass(frozen=True, slots=True)
class Nearest:
    """The frame that a picture repeats, empty for none, and the distance to the nearest remembered one."""

    frame_id: str
    distance: float


def nearest_of(memory: tuple[RememberedFrame, ...], perceptual_hash: int, sketch: bytes, rule: Duplicates) -> Nearest:
    """Return the remembered frame that this one nearly repeats.

    Distance is the cosine distance to remembered frames with an embedding where this one has one, else the share of the
    64 hash bits that differ; 1.0 when nothing is remembered. Of equally near frames the older one.
    """
    alike = [one for one in memory if one.sketch] if sketch else []
    if alike:
        apart = distances(stack([one.sketch for one in alike]), stack([sketch])[0])
        place = int(apart.argmin())
        distance = max(0.0, float(apart[place]))
        return Nearest(alike[place].frame_id if distance <= rule.embedding_distance else "", distance)
    if not memory:
        return Nearest("", 1.0)
    bits = [((one.perceptual_hash ^ perceptual_hash) & _MASK).bit_count() for one in memory]
    fewest = min(bits)
    found = memory[bits.index(fewest)].frame_id if fewest <= rule.hash_bits else ""
    return Nearest(found, fewest / HASH_BITS)


def remembering(
    memory: tuple[RememberedFrame, ...], frame: RememberedFrame, rule: Duplicates
) -> tuple[RememberedFrame, ...]:
    """Return the memory with one more frame, the oldest dropped beyond the bound."""
    return (*memory, frame)[-rule.memory_frames :]
