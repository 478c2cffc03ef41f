"""An embedding as 64 signed bytes: small enough to remember thousands, exact to compare on any machine."""

from __future__ import annotations

from collections.abc import Sequence
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


def sketch_rows(embeddings: Sequence[bytes]) -> NDArray[np.float32]:
    """Return the sketches of N embeddings (float32 little endian, any width, unit length) as rows [N, 64].

    Wider embeddings are projected on fixed random signs, which keeps cosines (Achlioptas 2003). All sums are of
    integers that a double holds exactly, so every machine gives the same numbers. An embedding that is empty, not
    finite, zero, or whose length is no multiple of four bytes is a row of zeros: it is compared by its perceptual hash.
    """
    rows = np.zeros((len(embeddings), WIDTH), dtype=np.float32)
    for length in sorted({len(one) for one in embeddings}):
        if not length or length % 4:
            continue
        places = [number for number, one in enumerate(embeddings) if len(one) == length]
        vectors = np.frombuffer(b"".join(embeddings[number] for number in places), dtype="<f4").astype(np.float64)
        rows[places] = _folded(vectors.reshape(len(places), length // 4))
    return rows


def _folded(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = np.isfinite(vectors).all(axis=1, keepdims=True)
    whole = np.rint(np.clip(np.where(finite, vectors, 0.0), -1e6, 1e6) * _GRID)
    width = whole.shape[1]
    folded = np.pad(whole, ((0, 0), (0, WIDTH - width))) if width <= WIDTH else whole @ _signs(width)
    lengths = np.sqrt((folded * folded).sum(axis=1))
    return np.rint(folded * (_FULL / np.where(lengths > 0, lengths, 1.0))[:, None])


def sketch(embedding: bytes) -> bytes:
    """Return the sketch of one embedding as 64 signed bytes; empty where there is none."""
    row = sketch_rows([embedding])[0] if embedding else None
    return row.astype(np.int8).tobytes() if row is not None and row.any() else b""


def stack(sketches: list[bytes]) -> NDArray[np.float32]:
    """Return sketches as rows [N, 64]; an empty one is a row of zeros, at distance 1 from everything."""
    blank = bytes(WIDTH)
    joined = b"".join(one or blank for one in sketches)
    return np.frombuffer(joined, dtype=np.int8).astype(np.float32).reshape(-1, WIDTH)


def cosine_distances(products: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the cosine distances, 0 to 2, of two sketches by their scalar product, of any shape.

    Every product and sum is an integer below 2**24, exact in float32 in whatever order it is added.
    """
    return 1.0 - products.astype(np.float64) / (_FULL * _FULL)


def distances(rows: NDArray[np.float32], one: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the cosine distances [N] of rows [N, 64] to one sketch [64], 0 to 2."""
    return cosine_distances(rows @ one)
