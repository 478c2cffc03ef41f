"""Coded pictures into the bytes of a file that plays on its own; the same pictures give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import av
import av.error
import av.video

from app.errors import UnusableVideo
from app.media.edit_list import show_only
from app.media.pictures import Picture

_LEAST_TIME_SCALE = 10_000  # ticks per second; below it the muxer would choose a scale of its own
_FRAGMENTED = "frag_keyframe+delay_moov+default_base_moof"
# Not fragmented where decoders need the index of the whole file: to hide pictures by an edit list, and to learn how
# far pictures are reordered (a coder need not say, and a decoder that guesses drops some). The index lies in front.
_INDEX_BYTES, _INDEX_BYTES_PER_PICTURE = 4096, 40


def overhead_bytes(stream: av.video.stream.VideoStream, picture_count: int) -> int:
    """Return the most bytes that a file of so many pictures needs besides them."""
    return _INDEX_BYTES + _INDEX_BYTES_PER_PICTURE * picture_count + 2 * stream.codec_context.extradata_size


def container_for(stream: av.video.stream.VideoStream) -> str:
    """Return mp4, or mkv for a codec that MP4 cannot carry (VP8, Windows Media …)."""
    with av.open(io.BytesIO(), "w", format="mp4") as output:
        try:
            output.add_stream_from_template(stream, opaque=True)
        except ValueError:
            return "mkv"
    return "mp4"


def mux(
    stream: av.video.stream.VideoStream, container: str, pictures: Sequence[Picture], shown: Sequence[bool], what: str
) -> bytes:
    """Return `pictures` (decode order) as a file of one track, codec parameters and rotation taken from `stream`.

    The first shown picture is at time zero. Pictures with `shown` False are decoded but not displayed: they must all
    lie before or behind the shown ones. No clock and no random id goes into the bytes. Raises UnusableVideo where the
    container refuses.
    """
    dts = _decode_times(pictures)
    time_base = stream.time_base
    assert time_base is not None
    time_scale = _time_scale(time_base)
    visible = [picture.pts for picture, is_shown in zip(pictures, shown, strict=True) if is_shown]
    zero = min(visible)
    hides = container == "mp4" and len(visible) < len(pictures)
    reorders = any(one.pts > other.pts for one, other in pairwise(pictures))
    options = {"fflags": "+bitexact"}
    if container == "mp4":
        index_bytes = overhead_bytes(stream, len(pictures))
        options |= {"moov_size": str(index_bytes)} if hides or reorders else {"movflags": _FRAGMENTED}
        options |= {"use_editlist": "1", "video_track_timescale": str(time_scale), "movie_timescale": str(time_scale)}
    file = io.BytesIO()
    try:
        with av.open(file, "w", format="mp4" if container == "mp4" else "matroska", options=options) as output:
            track = output.add_stream_from_template(stream, opaque=True)
            for picture, picture_dts in zip(pictures, dts, strict=True):
                packet = picture.packet
                packet.stream = track
                packet.time_base = time_base
                packet.pts, packet.dts = picture.pts - zero, picture_dts - zero
                packet.duration = picture.duration
                packet.is_keyframe = picture.begins
                output.mux_one(packet)
        video = file.getvalue()
        if not hides:
            return video
        last = max(visible)
        behind = (picture.pts for picture in pictures if picture.pts > last)
        end = min(behind, default=last + max(pictures[-1].duration, 1))
        ticks = time_scale * time_base
        return show_only(video, int((zero - dts[0]) * ticks), int((end - zero) * ticks))
    except (av.error.FFmpegError, ValueError) as error:
        raise UnusableVideo(what, f"its pictures do not go into {container}: {error}", "convert it to H.264") from error


def _time_scale(time_base: Fraction) -> int:
    scale = time_base.denominator
    while scale < _LEAST_TIME_SCALE:
        scale *= 2
    return scale


def _decode_times(pictures: Sequence[Picture]) -> list[int]:
    """Return the decode times, or where they do not rise or come after display, times made from the display order."""
    dts = [picture.dts for picture in pictures]
    late = max(0, *(picture.dts - picture.pts for picture in pictures))
    if all(one < other for one, other in pairwise(dts)):
        return [time - late for time in dts]
    display = sorted(picture.pts for picture in pictures)
    for i in range(1, len(display)):
        display[i] = max(display[i], display[i - 1] + 1)
    late = max(time - picture.pts for time, picture in zip(display, pictures, strict=True))
    return [time - late for time in display]
