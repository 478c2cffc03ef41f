"""One picture file as pixels, scaled once: for labelled pictures, which are no part of any stream."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import av.error
import numpy as np
from av.video.reformatter import Interpolation

from app.errors import DataError
from app.media.facts import Bgr, Wh


def read_photo(path: Path, fit_wh: Callable[[Wh], Wh]) -> tuple[Bgr, Wh]:
    """Return pixels uint8 [h, w, 3] BGR, scaled to fit_wh(source width, height), and the source's size.

    Raises DataError for a file that holds no picture.
    """
    try:
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0))
    except (av.error.FFmpegError, OSError, StopIteration, IndexError) as error:
        raise DataError(f"picture {path}", f"it does not decode ({type(error).__name__})", "leave it out") from error
    source_wh = (frame.width, frame.height)
    width_px, height_px = fit_wh(source_wh)
    scaled = frame.reformat(width_px, height_px, "bgr24", interpolation=Interpolation.AREA)
    return np.asarray(scaled.to_ndarray(), np.uint8), source_wh
