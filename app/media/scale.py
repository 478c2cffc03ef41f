"""Frames to pixels through libswscale, in one pass, whatever colours a broken stream claims."""

from __future__ import annotations

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from app.media.facts import Wh

_UNSPECIFIED = 2
# RGB, BT.709, unspecified, FCC, BT.601 (625 and 525 lines), SMPTE 240M, BT.2020 (ITU-T H.273, table 4)
_MATRICES = frozenset({0, 1, _UNSPECIFIED, 4, 5, 6, 7, 9})


class Scaler:
    """Hold one conversion set up once: use one for each kind of output."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def bgr(self, frame: av.VideoFrame, wh: Wh) -> npt.NDArray[np.uint8]:
        """Return BGR pixels [H, W, 3]."""
        return self._pixels(frame, wh, "bgr24", Interpolation.BILINEAR)

    def rgb(self, frame: av.VideoFrame, wh: Wh) -> npt.NDArray[np.uint8]:
        """Return RGB pixels [H, W, 3]."""
        return self._pixels(frame, wh, "rgb24", Interpolation.BILINEAR)

    def grey(self, frame: av.VideoFrame, wh: Wh) -> npt.NDArray[np.uint8]:
        """Return luma [H, W] from 0 to 255, each the mean of its area."""
        return self._pixels(frame, wh, "gray", Interpolation.AREA)

    def jpeg_planes(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return the frame in the colours of a JPEG file: BT.601, full range, colour halved."""
        return self._reformatter.reformat(
            _believable(frame),
            format="yuvj420p",
            dst_colorspace=Colorspace.ITU601,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )

    def _pixels(self, frame: av.VideoFrame, wh: Wh, pixels: str, how: Interpolation) -> npt.NDArray[np.uint8]:
        scaled = self._reformatter.reformat(
            _believable(frame), *wh, pixels, interpolation=how, dst_color_range=ColorRange.JPEG, threads=1
        )
        return np.asarray(scaled.to_ndarray(), np.uint8)


def _believable(frame: av.VideoFrame) -> av.VideoFrame:
    if frame.colorspace not in _MATRICES:
        frame.colorspace = _UNSPECIFIED
    return frame
