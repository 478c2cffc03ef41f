"""Stills: exact pictures of a segment as JPEG, as displayed."""

from __future__ import annotations

from collections.abc import Sequence

import av
from av.codec.context import Flags
from av.video.reformatter import ColorRange

from app.errors import UnusableVideo
from app.media.facts import LIMITS, MediaLimits
from app.media.orientation import AS_CODED
from app.media.probe import orientation_of_frame
from app.media.scale import Scaler
from app.media.segment import open_segment

_FINEST, _COARSEST = 2, 31  # quantisers of the encoder


#: A picture that is too large is tried in steps down to here; below, an annotator would look at artefacts.
LEAST_QUALITY = 50
QUALITY_STEP = 8


def stills(
    video: bytes,
    frame_indices: Sequence[int],
    quality: int = 90,
    max_bytes: int | None = None,
    what: str = "segment",
    limits: MediaLimits = LIMITS,
) -> list[bytes]:
    """Return one JPEG per frame index (presentation order in the segment), as displayed, in the order asked.

    `quality` goes from 1 to 100; a picture of more than `max_bytes` gets the best lower quality that fits, down to
    LEAST_QUALITY. Decodes no further than the last picture asked for. The same segment gives the same bytes. Raises
    UnusableVideo if a picture asked for is not there or does not decode.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"quality {quality} is outside 1 to 100")
    with open_segment(video, what, limits) as segment:
        count = len(segment.shown_pts)
        absent = sorted({index for index in frame_indices if not 0 <= index < count})
        if absent:
            raise UnusableVideo(what, f"has {count} pictures, so none with index {absent}", "sample it again")
        pictures = segment.decode(frozenset(frame_indices), lambda _, frame: _fitting(frame, quality, max_bytes))
        broken = sorted(set(frame_indices) - pictures.keys())
        if broken:
            raise UnusableVideo(what, f"its pictures {broken} do not decode", "leave them out")
        return [pictures[index] for index in frame_indices]


def _fitting(frame: av.VideoFrame, quality: int, max_bytes: int | None) -> bytes:
    picture = _upright(frame)
    jpeg = _jpeg(picture, quality)
    while max_bytes is not None and len(jpeg) > max_bytes and quality > LEAST_QUALITY:
        quality = max(LEAST_QUALITY, quality - QUALITY_STEP)
        jpeg = _jpeg(picture, quality)
    return jpeg


def _upright(frame: av.VideoFrame) -> av.VideoFrame:
    orientation = orientation_of_frame(frame)
    scaler = Scaler()
    if orientation != AS_CODED:
        upright = orientation.upright(scaler.rgb(frame, (frame.width, frame.height)))
        frame = av.VideoFrame.from_ndarray(upright, format="rgb24")
    return scaler.jpeg_planes(frame)


def _jpeg(picture: av.VideoFrame, quality: int) -> bytes:
    encoder = av.VideoCodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = picture.width, picture.height, "yuvj420p"
    encoder.color_range = ColorRange.JPEG
    encoder.thread_count = 1
    encoder.flags |= Flags.bitexact  # no version string in the picture
    encoder.qmin = encoder.qmax = round(_FINEST + (100 - quality) * (_COARSEST - _FINEST) / 99)
    picture.pts = 0
    return b"".join(bytes(packet) for packet in (*encoder.encode(picture), *encoder.encode(None)))
