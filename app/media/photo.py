"""One picture file as pixels, upright, scaled once as a stream's pictures are: for labelled pictures."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import av
import av.error

from app.errors import DataError
from app.media.facts import LIMITS, Bgr, MediaLimits, Wh
from app.media.probe import orientation_of_frame
from app.media.scale import Scaler

# Readers of single pictures only: a video that is called .jpg is no labelled picture.
_READERS = "jpeg_pipe,png_pipe,webp_pipe,bmp_pipe,tiff_pipe,pam_pipe,pbm_pipe,pgm_pipe,ppm_pipe"


def read_photo(path: Path, fit_wh: Callable[[Wh], Wh], limits: MediaLimits = LIMITS) -> tuple[Bgr, Wh]:
    """Return pixels uint8 [h, w, 3] BGR, scaled to fit_wh(displayed source size), and that size.

    Grey, deep and transparent pictures become BGR of 8 bits; a turn that EXIF claims is done. Raises DataError for a
    file that holds no picture, half of one, or one beyond the limits.
    """
    what, remedy = f"picture {path}", _REMEDY.format(limits.max_pixels / 1e6)
    decoding = {"max_pixels": str(limits.max_pixels)}
    try:
        content = path.read_bytes()  # a file's name could be taken for a pattern of numbered files
        reading = {"format_whitelist": _READERS}
        with av.open(io.BytesIO(content), "r", options=decoding, container_options=reading) as container:
            frame = next(container.decode(video=0))
    except (av.error.FFmpegError, ValueError, StopIteration, IndexError) as error:
        raise DataError(what, f"it does not decode ({type(error).__name__})", remedy) from error
    except OSError as error:
        raise DataError(what, str(error.strerror), remedy) from error
    if content.startswith(_JPEG_START) and content.rfind(_JPEG_END) < content.rfind(_JPEG_SCAN):
        raise DataError(what, "it is cut short", remedy)  # libav fills the rest with grey and says nothing
    orientation = orientation_of_frame(frame)
    source_wh = orientation.wh((frame.width, frame.height))
    return orientation.upright(Scaler().bgr(frame, orientation.wh(fit_wh(source_wh)))), source_wh


_REMEDY = "give a whole JPEG, PNG, WebP, BMP, TIFF or PNM of at most {:.0f} million pixels, or leave it out"
_JPEG_START, _JPEG_SCAN, _JPEG_END = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"
