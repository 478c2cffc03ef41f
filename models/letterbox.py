"""Where a picture lies in a network's input, and how boxes come back from there to source pixels.

Coordinates are continuous and half-open: pixel i covers [i, i + 1), so a scaling is a plain multiplication. The scaled
size is whole pixels, so each axis has a scale of its own: what the pixels really went through, and an exact inverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.errors import PictureError

Placement = Literal["top_left", "centred", "stretch"]
Boxes = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Hold one picture's place: source_wh scaled to scaled_wh, laid into input_wh at offset_xy."""

    source_wh: tuple[int, int]
    input_wh: tuple[int, int]
    scaled_wh: tuple[int, int]
    offset_xy: tuple[int, int]

    @classmethod
    @lru_cache(maxsize=256)
    def fit(cls, source_wh: tuple[int, int], input_wh: tuple[int, int], placement: Placement = "top_left") -> Letterbox:
        """Place a picture of source_wh px in an input of input_wh px, its aspect kept unless it is stretched.

        A scaled side is at least one pixel. A size below one pixel raises PictureError.
        """
        (source_w, source_h), (input_w, input_h) = source_wh, input_wh
        if min(source_w, source_h, input_w, input_h) < 1:
            raise PictureError(
                f"picture of {source_w}x{source_h} px for an input of {input_w}x{input_h} px",
                "a side is shorter than one pixel",
                "leave this picture out",
            )
        if placement == "stretch":
            return cls(source_wh, input_wh, input_wh, (0, 0))
        ratio = min(input_w / source_w, input_h / source_h)
        scaled_w = min(input_w, max(1, round(source_w * ratio)))
        scaled_h = min(input_h, max(1, round(source_h * ratio)))
        centred = placement == "centred"
        offset = ((input_w - scaled_w) // 2, (input_h - scaled_h) // 2) if centred else (0, 0)
        return cls(source_wh, input_wh, (scaled_w, scaled_h), offset)

    def to_input(self, boxes_xyxy: Boxes) -> NDArray[np.float64]:
        """Carry boxes [K, 4] from source pixels to input pixels."""
        return np.asarray(boxes_xyxy, np.float64).reshape(-1, 4) * self._scale_xyxy() + self._offset_xyxy()

    def to_source(self, boxes_xyxy: Boxes) -> NDArray[np.float64]:
        """Carry boxes [K, 4] from input pixels to source pixels, clipped to the picture.

        What lay beside the picture becomes empty.
        """
        boxes = np.asarray(boxes_xyxy, np.float64).reshape(-1, 4)
        return to_sources(boxes, (self,), np.zeros(len(boxes), np.int64))

    def _scale_xyxy(self) -> NDArray[np.float64]:
        (source_w, source_h), (scaled_w, scaled_h) = self.source_wh, self.scaled_wh
        return np.array((scaled_w / source_w, scaled_h / source_h) * 2, np.float64)

    def _offset_xyxy(self) -> NDArray[np.float64]:
        return np.array(self.offset_xy * 2, np.float64)


def to_sources(boxes_xyxy: Boxes, letterboxes: Sequence[Letterbox], pictures: NDArray[np.int64]) -> NDArray[np.float64]:
    """Carry boxes [K, 4] of the pictures [K] of a batch from input pixels to their source's, as to_source."""
    offsets, scales, ends = _tables(tuple(letterboxes))
    return np.clip((boxes_xyxy - offsets[pictures]) / scales[pictures], 0.0, ends[pictures])


@lru_cache(maxsize=64)
def _tables(letterboxes: tuple[Letterbox, ...]) -> tuple[NDArray[np.float64], ...]:
    """Return offset, scale and the picture's end of each [N, 4], to be indexed by picture."""
    offsets, scales = ([getattr(one, name)() for one in letterboxes] for name in ("_offset_xyxy", "_scale_xyxy"))
    return np.array(offsets), np.array(scales), np.array([one.source_wh * 2 for one in letterboxes], np.float64)
