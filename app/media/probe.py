"""Facts of a file, from its header and its first picture."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path

import av
import av.container
import av.error
import av.video
from av.sidedata.sidedata import SideDataContainer

from app.errors import UnusableVideo
from app.media.door import decoder_of, open_video, packets
from app.media.facts import LIMITS, MediaLimits, VideoFacts
from app.media.orientation import AS_CODED, Orientation, orientation_of, turned
from app.media.timeline import microseconds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A clock that lost its battery restarts at 1904, 1970, 1980 or 2000.
_EARLIEST_RECORDING = datetime(2001, 1, 1, tzinfo=UTC)
_LATEST_RECORDING = datetime(2100, 1, 1, tzinfo=UTC)
_CREATION_KEYS = ("com.apple.quicktime.creationdate", "creation_time")


def probe(path: Path, limits: MediaLimits = LIMITS) -> VideoFacts:
    """Return the facts of the video file at `path`; decodes its first picture and no more.

    The picture is needed because rotation is known to the decoder alone, and because a file of which nothing decodes
    is best refused at the door. Raises UnusableVideo (nothing of the file enters the stream).
    """
    with open_video(path, str(path), limits) as (container, stream):
        return facts_of(container, stream, str(path), limits)


def facts_of(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream, what: str, limits: MediaLimits
) -> VideoFacts:
    """Return the facts of an open video; the container is read up to its first picture."""
    frame = _first_picture(container, stream, what, limits)
    orientation = orientation_of_frame(frame)
    width_px, height_px = orientation.wh((frame.width, frame.height))
    assert stream.time_base is not None
    start = frame.pts if frame.pts is not None else stream.start_time or 0
    rate = stream.average_rate or stream.guessed_rate
    return VideoFacts(
        codec=stream.codec_context.codec.canonical_name,
        container=container.format.name.split(",")[0],
        coded_width_px=frame.width,
        coded_height_px=frame.height,
        width_px=width_px,
        height_px=height_px,
        rotation_deg=orientation.rotation_deg,
        start_us=microseconds(start, stream.time_base),
        duration_us=plausible_duration_us(_claimed_duration_us(container, stream), stream.frames, limits),
        created_at_us=created_at_us({**stream.metadata, **container.metadata}),
        frames_per_s=float(rate) if rate else None,
    )


def orientation_of_frame(frame: av.VideoFrame) -> Orientation:
    """Return how a decoded frame is turned upright."""
    try:
        # not frame.side_data: the frame would hold it, and it the frame, and with it pictures until a late collection
        matrix = SideDataContainer(frame).get("DISPLAYMATRIX")  # type: ignore[call-arg]  # PyAV's stub lacks its constructor
    except ValueError:  # PyAV knows no EXIF data (JPEG pictures, in ffmpeg 8) and refuses what lies beside it
        return turned(-frame.rotation)
    return orientation_of(bytes(matrix)) if matrix is not None else AS_CODED


def plausible_duration_us(claimed_us: int | None, frames: int, limits: MediaLimits) -> int | None:
    """Return the claimed duration, or None where it cannot be true of a recording with `frames` frames (0: unknown)."""
    if claimed_us is None or not 0 < claimed_us <= limits.max_duration_us:
        return None
    if frames and claimed_us > frames * limits.max_frame_interval_us:
        return None
    return claimed_us


def created_at_us(metadata: Mapping[str, str]) -> int | None:
    """Return the time of recording that container metadata claims, microseconds UTC; None if absent or not plausible.

    QuickTime's own key comes first: it is the camera's, where `creation_time` may be that of a later copy.
    """
    for key in _CREATION_KEYS:
        text = next((value for name, value in metadata.items() if name.lower() == key), None)
        if text is None:
            continue
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            continue
        moment = moment.replace(tzinfo=moment.tzinfo or UTC)
        if _EARLIEST_RECORDING <= moment < _LATEST_RECORDING:
            return (moment - _EPOCH) // timedelta(microseconds=1)
    return None


def _claimed_duration_us(container: av.container.InputContainer, stream: av.video.stream.VideoStream) -> int | None:
    if stream.duration and stream.time_base:
        return microseconds(stream.duration, stream.time_base)
    return container.duration


def _first_picture(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream, what: str, limits: MediaLimits
) -> av.VideoFrame:
    decoder = decoder_of(stream, limits)
    reason = "holds no coded picture"
    try:
        for packet in chain(islice(packets(container, stream), limits.first_picture_packets), (None,)):
            try:
                for frame in decoder.decode(packet):
                    return frame
            except (av.error.FFmpegError, ValueError):
                pass  # a broken beginning; a later picture may do
            if packet is not None:
                reason = "none of its first pictures decodes"
    except (av.error.FFmpegError, OSError) as error:
        reason = f"cannot be read: {error.strerror or error}"
    if not decoder.width or not decoder.height:  # the decoder refused the size it found
        reason = f"its pictures give no size, or one above {limits.max_pixels / 1e6:.0f} million pixels"
    raise UnusableVideo(what, reason, "check that it plays; copy it again from the camera, or leave it out")
