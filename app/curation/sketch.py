"""An embedding as 64 signed bytes: small enough to remember thousands, exact to compare on any machine."""

from __future__ import annotations

from functools import lru_cache
from hashlib import shake_256

import numpy as np
from numpy.typing import NDArray

WIDTH = 64
_FULL = 127.0
_GRID = 16384.0


@lru_cache(maxsize=8)
def _signs(width: int) -> NDArray[np.float64]:
    bits = np.unpackbits(np.frombuffer(shake_256(b"roadsieve sketch").digest(width * WIDTH // 8), dtype=np.uint8))
    return bits.reshape(width, WIDTH).astype(np.float64) * 2.0 - 1.0


def sketch(embedding: bytes) -> bytes:
    """Return the sketch of an embedding (float32 little endian, any width, unit length); empty for an empty one.

    Wider embeddings are projected on fixed random signs, which keeps cosines (Achlioptas 2003). All sums are of
    integers that a double holds exactly, so every machine gives the same bytes. An embedding that is not finite or
    whose length is no multiple of four bytes has no sketch: it is compared by its perceptual hash.
    """
    if not embedding or len(embedding) % 4:
        return b""
    vector = np.frombuffer(embedding, dtype="<f4").astype(np.float64)
    if not np.isfinite(vector).all() or not vector.any():
        return b""
    whole = np.rint(np.clip(vector, -1e6, 1e6) * _GRID)
    folded = np.pad(whole, (0, WIDTH - whole.size)) if whole.size <= WIDTH else whole @ _signs(whole.size)
    length = float(np.sqrt((folded * folded).sum()))
    return np.rint(folded * (_FULL / length)).astype(np.int8).tobytes() if length > 0 else b""


def stack(sketches: list[bytes]) -> NDArray[np.float32]:
    """Return sketches as rows [N, 64]; an empty one is a row of zeros, at distance 1 from everything."""
    blank = bytes(WIDTH)
    joined = b"".join(one or blank for one in sketches)
    return np.frombuffer(joined, dtype=np.int8).astype(np.float32).reshape(-1, WIDTH)


def distances(rows: NDArray[np.float32], one: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the cosine distances [N] of rows [N, 64] to one sketch [64], 0 to 2.

    Every product and sum is an integer below 2**24, exact in float32 in whatever order it is added.
    """
    return 1.0 - (rows @ one).astype(np.float64) / (_FULL * _FULL)
