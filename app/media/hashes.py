"""Pure: a 64-bit perceptual hash of a tiny grey picture (DCT signs; Zauner 2010, "Implementation and Benchmarking")."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

GREY_WH = (32, 32)
_KEPT = 8


def _dct_rows(n: int, kept: int) -> npt.NDArray[np.float32]:
    k, x = np.arange(1, kept + 1)[:, None], np.arange(n)[None, :]
    return np.cos(np.pi * k * (2 * x + 1) / (2 * n)).astype(np.float32)


_DCT = _dct_rows(GREY_WH[0], _KEPT)


def perceptual_hash(grey: npt.NDArray[np.uint8]) -> int:
    """Return 64 bits, signed: the signs of the 8x8 lowest DCT terms of `grey` [32, 32] against their median.

    Rows and columns of constant terms are left out, so brightness and plain gradients of it do not matter.
    """
    terms = (_DCT @ grey.astype(np.float32) @ _DCT.T).ravel()
    bits = np.packbits(terms > np.median(terms))
    return int.from_bytes(bits.tobytes(), "big", signed=True)


def hash_distance(one: int, other: int) -> int:
    """Return the number of differing bits, 0 to 64."""
    return ((one ^ other) & (1 << 64) - 1).bit_count()
