"""A picture written into its place in a batch: cast and channel order in one pass, without a picture in between."""

from __future__ import annotations

from typing import Any

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


def fill_slot(slot: NDArray[Any], picture: NDArray[np.uint8], letterbox: Letterbox, contract: InputContract) -> None:
    """Write a picture (uint8 [h, w, 3], BGR) and the fill around it into its slot, [3, H, W] or [H, W, 3]."""
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
