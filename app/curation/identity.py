"""Names that follow from content: of a frame, and the chance that belongs to it."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_PLACE_VALUES = 256.0 ** np.arange(5, -1, -1)


def frame_id(segment_id: str, frame_index: int) -> str:
    """Return the id of a frame of a segment."""
    return f"{segment_id}-{frame_index:04d}"


def chance(name: str) -> float:
    """Return a number in (0, 1) that belongs to the name: a fair draw that is the same on every repeat."""
    return float(chances([name])[0])


def chances(names: Iterable[str]) -> NDArray[np.float64]:
    """Return the chance of each of N names [N]."""
    drawn = b"".join([blake2b(name.encode(), digest_size=6).digest() for name in names])
    numbers = np.frombuffer(drawn, dtype=np.uint8).reshape(-1, 6) @ _PLACE_VALUES  # integers below 2**48: exact
    found: NDArray[np.float64] = (numbers + 0.5) / 2.0**48
    return found
