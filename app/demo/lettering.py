"""Text on a picture: OpenCV's font, drawn large and made small, so that it is readable at the size of a caption."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]
Canvas = NDArray[np.uint8]

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_OVERSIZE = 4
_CAPITAL_PX = 22  # height of a capital letter of this font at a scale of 1
_SIGNS = str.maketrans({"…": "...", "–": "-", "→": ">", "·": ",", "×": "x"})


def write(
    canvas: Canvas, text: str, left_px: int, baseline_px: int, height_px: float, colour: Colour, bold: float = 1.0
) -> int:
    """Write text whose capital letters are height_px high; return where it ends, in px from the left.

    Letters that the font lacks become question marks; what reaches beyond the canvas is cut off.
    """
    ink = _ink(_plain(text), height_px, bold)
    rise = ink.shape[0] * 2 // 3
    top, bottom = max(0, baseline_px - rise), min(canvas.shape[0], baseline_px - rise + ink.shape[0])
    right = min(canvas.shape[1], left_px + ink.shape[1])
    if bottom > top and right > left_px:
        part = canvas[top:bottom, left_px:right]
        share = ink[top - (baseline_px - rise) : bottom - (baseline_px - rise), : right - left_px, None]
        part[:] = np.rint(part * (1 - share) + np.array(colour, np.float32) * share).astype(np.uint8)
    return left_px + int(ink.shape[1])


def fitting(text: str, width_px: int, height_px: float) -> str:
    """Return the text, shortened with dots at its end until it is at most width_px wide."""
    whole = text
    while text and _width_px(text if text == whole else f"{text}...", height_px) > width_px:
        text = text[:-1]
    return text if text == whole else f"{text.rstrip(' ,')}..."


def _width_px(text: str, height_px: float) -> int:
    return int(_ink(_plain(text), height_px, 1.0).shape[1])


def _plain(text: str) -> str:
    return "".join(sign if " " <= sign <= "~" else "?" for sign in text.translate(_SIGNS))


@lru_cache(maxsize=4096)
def _ink(text: str, height_px: float, bold: float) -> NDArray[np.float32]:
    """Return how much each pixel is inked [h, w], 0 to 1; a third of the height is below the baseline."""
    scale = height_px * _OVERSIZE / _CAPITAL_PX
    thick = max(1, round(bold * height_px * _OVERSIZE / 9))
    (width, _), _ = cv2.getTextSize(text, _FONT, scale, thick)
    high = round(height_px * _OVERSIZE * 1.5)
    side = (_up(width + thick), _up(3 * high // 2))
    page = np.zeros((side[1], side[0]), np.uint8)
    cv2.putText(page, text, (0, side[1] * 2 // 3), _FONT, scale, 255, thick, cv2.LINE_AA)
    small = cv2.resize(page, (side[0] // _OVERSIZE, side[1] // _OVERSIZE), interpolation=cv2.INTER_AREA)
    ink: NDArray[np.float32] = small.astype(np.float32) / np.float32(255)
    return ink


def _up(side: int) -> int:
    return -(-side // (_OVERSIZE * 3)) * _OVERSIZE * 3
