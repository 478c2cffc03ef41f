"""Pictures written into their places in a batch, without pictures in between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.errors import PictureError
from models.letterbox import Letterbox
from models.manifest import InputContract


def checked(picture: NDArray[np.uint8], letterbox: Letterbox) -> NDArray[np.uint8]:
    """Return the picture if it is uint8 [h, w, 3] of the letterbox's scaled size; else raise PictureError."""
    scaled_w, scaled_h = letterbox.scaled_wh
    if picture.dtype != np.uint8 or picture.shape != (scaled_h, scaled_w, 3):
        source = "x".join(map(str, letterbox.source_wh))
        raise PictureError(
            f"picture of shape {list(picture.shape)} and type {picture.dtype}",
            f"a source of {source} px must arrive as uint8 [{scaled_h}, {scaled_w}, 3]",
            "scale it to what scaled_wh says",
        )
    return picture


def fill_slots(
    slots: NDArray[Any],
    pictures: Sequence[NDArray[np.uint8]],
    letterboxes: Sequence[Letterbox],
    contract: InputContract,
) -> None:
    """Write pictures (uint8 [h, w, 3], BGR), one or more, and the fill around them into the first slots.

    Slots are [N, 3, H, W] or [N, H, W, 3].
    """
    if not contract.as_decoded:
        for slot, picture, letterbox in zip(slots, pictures, letterboxes, strict=False):
            _fill(slot, picture, letterbox, contract)
        return
    # One call copies all, without Python's lock. Numpy lets go of it for each picture, and then waits for whoever reads
    # a batch: on an H100 one detector had .55 of the engine's rate so, .92 without any copy (ops/bench/README.md).
    rows = [part for pair in zip(pictures, letterboxes, strict=True) for part in _rows(*pair, contract.fill)]
    target = slots[: len(pictures)].reshape(-1, *slots.shape[2:])
    if cv2.vconcat(rows, target) is not target:  # which writes elsewhere what does not fit, and says nothing
        raise ValueError(f"pictures placed for {letterboxes[0].input_wh} px do not fill slots of {slots.shape}")


def _rows(picture: NDArray[np.uint8], letterbox: Letterbox, fill: int) -> Iterator[NDArray[np.uint8]]:
    """Yield what lies in a slot from top to bottom, each over its whole width."""
    (left, top), (scaled_w, scaled_h), (width, height) = letterbox.offset_xy, letterbox.scaled_wh, letterbox.input_wh
    blank = _blank(letterbox.input_wh, fill)
    if scaled_w < width:
        wide = blank[:scaled_h].copy()
        wide[:, left : left + scaled_w] = picture
        picture = wide
    yield from (part for part in (blank[:top], picture, blank[top + scaled_h : height]) if len(part))


@lru_cache(maxsize=16)
def _blank(size_wh: tuple[int, int], fill: int) -> NDArray[np.uint8]:
    return np.full((*reversed(size_wh), 3), fill, np.uint8)


def _fill(slot: NDArray[Any], picture: NDArray[np.uint8], letterbox: Letterbox, contract: InputContract) -> None:
    """Write one picture: cast and channel order in one pass."""
    place = slot.transpose(1, 2, 0) if contract.channels_first else slot
    (left, top), (scaled_w, scaled_h) = letterbox.offset_xy, letterbox.scaled_wh
    right, bottom = left + scaled_w, top + scaled_h
    place[:top] = place[bottom:] = contract.fill
    place[top:bottom, :left] = place[top:bottom, right:] = contract.fill
    place[top:bottom, left:right] = picture if contract.colour == "bgr" else picture[..., ::-1]
    if any(contract.mean):
        place -= np.array(contract.mean, slot.dtype)
    if any(deviation != 1 for deviation in contract.std):
        place /= np.array(contract.std, slot.dtype)
