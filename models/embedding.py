"""What an embedding network gives, as a vector of unit length: float32, little endian, on a grid far below its noise.

Wide vectors are reduced to 64 values by a fixed random orthogonal projection (Johnson and Lindenstrauss 1984): the
records that carry them are then 20 times smaller than with 1280 values (256 bytes a frame instead of 5120, on five
topics), and whoever compares them works with 64 values anyway (app/curation/sketch.py). What it costs, with 1280
values of MobileNetV2 on 130 frames of seven videos, one a second, and 92 pictures of as many places: the nearest
neighbour of a frame is of the same clip in 99 % (before: all), in all when the two seconds around are left out; over
all pairs the order of cosines correlates by .82 (Spearman); of a picture's five nearest others half are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import shake_256

import numpy as np
from numpy.typing import NDArray

from models.errors import AnswerError

WIDTH = 64
_GRID = 8192.0  # an accelerator gives other last bits in another batch: on the grid they are gone


@lru_cache(maxsize=4)
def projection(width: int) -> NDArray[np.float64]:
    """Return the projection [width, 64], its columns orthonormal: random signs from a fixed seed, made orthogonal."""
    bits = np.unpackbits(np.frombuffer(shake_256(b"roadsieve embedding").digest(width * WIDTH // 8), np.uint8))
    columns, upper = np.linalg.qr(bits.reshape(width, WIDTH) * 2.0 - 1.0)
    signed: NDArray[np.float64] = columns * np.sign(np.diag(upper))  # a factorisation is unique but for these signs
    return signed


def unit(outputs: Mapping[str, NDArray[np.float32]]) -> list[bytes]:
    """Return the one output [N, D] of a batch, each at unit length, reduced to 64 values where D is more.

    A vector that is not finite, or without length, raises AnswerError.
    """
    (raw,) = outputs.values()
    vectors = raw.reshape(len(raw), -1).astype(np.float64)
    if vectors.shape[1] > WIDTH:  # each on its own: a product of matrices adds up in another order
        vectors = (vectors[:, None, :] @ projection(vectors.shape[1]))[:, 0]
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        why = "not finite" if not np.isfinite(lengths).all() else "without length"
        raise AnswerError("embedding of a picture", why, "check the picture and the network's precision")
    return [row.tobytes() for row in (np.rint(vectors * (_GRID / lengths)) / _GRID).astype("<f4")]


def first_token(outputs: Mapping[str, NDArray[np.float32]]) -> list[bytes]:
    """Return the first row of the one output [N, T, D], the token that stands for all of a picture, as `unit`."""
    (raw,) = outputs.values()
    if raw.ndim != 3:
        raise AnswerError(f"output of shape {raw.shape}", "not [N, T, D]", "check the decoder in the manifest")
    return unit({"first": raw[:, 0]})
