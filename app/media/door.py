"""The only way to a video: open it within limits, pick its stream, and say in one line why it cannot be used."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import av.container
import av.error
import av.stream
import av.video

from app.errors import UnusableVideo
from app.media.facts import LIMITS, MediaLimits

# Containers of recordings only: playlists and picture readers could open other files or pass a picture off as a video.
_CONTAINER_OPTIONS = {"format_whitelist": "mov,matroska,mpegts,mpeg,avi,flv,asf", "protocol_whitelist": "file"}
# On opening, libav would decode the first pictures of each segment to learn what our own decoder finds out anyway.
_SEGMENT_OPTIONS = {"fpsprobesize": "0"}
_SEGMENT_PROBE_OPTIONS = {"skip_frame": "all"}
_REMEDY = "give a video recording (mp4, mov, mkv, webm, ts, avi)"

av.logging.set_level(None)  # a broken file would write hundreds of lines to stderr


@contextmanager
def open_video(
    source: Path | bytes, what: str, limits: MediaLimits = LIMITS
) -> Iterator[tuple[av.container.InputContainer, av.video.stream.VideoStream]]:
    """Open a file or the bytes of a segment; yield the container and its one video stream, all others switched off.

    Raises UnusableVideo (the record goes to dead.letters) for anything that holds no video stream within `limits`.
    """
    if isinstance(source, Path):
        _refuse_what_is_no_file(source, what)
    is_segment = isinstance(source, bytes)
    try:
        container = av.open(
            io.BytesIO(source) if isinstance(source, bytes) else str(source),
            mode="r",
            options={"max_pixels": str(limits.max_pixels)} | (_SEGMENT_PROBE_OPTIONS if is_segment else {}),
            container_options=_CONTAINER_OPTIONS | (_SEGMENT_OPTIONS if is_segment else {}),
            metadata_errors="replace",
            buffer_size=1 << 20 if is_segment else 1 << 16,
        )
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise _unusable(source, what, error) from error
    with container:
        yield container, _video_stream(container, what, limits)


def packets(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream
) -> Iterator[av.Packet[av.video.stream.VideoStream]]:
    """Yield the packets of a stream; raises av.error.FFmpegError or OSError where reading fails."""
    try:
        for packet in container.demux(stream):
            if packet.size:
                yield packet
    except IndexError:
        return  # PyAV trips, behind the last packet, over a stream that appeared while reading (a broken TS)


def decoder_of(stream: av.video.stream.VideoStream, limits: MediaLimits = LIMITS) -> av.VideoCodecContext:
    """Return the stream's decoder, set for one thread and bounded in pixels.

    One thread: decoding a segment of 1 to 2 s costs least CPU so, and the detector decodes many segments at once.
    """
    decoder = stream.codec_context
    decoder.options = {"max_pixels": str(limits.max_pixels)}
    decoder.thread_count = 1
    decoder.thread_type = "NONE"
    return decoder


def _refuse_what_is_no_file(path: Path, what: str) -> None:
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            with path.open("rb"):
                pass
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise UnusableVideo(what, reason, "check the path and its permissions") from error
    if stat.S_ISDIR(status.st_mode):
        raise UnusableVideo(what, "is a folder", "name the videos in it, or give the folder to `roadsieve replay`")
    if not stat.S_ISREG(status.st_mode):
        raise UnusableVideo(what, "is no regular file", _REMEDY)
    if status.st_size == 0:
        raise UnusableVideo(what, "is empty (0 bytes)", "copy it again from the camera, or leave it out")


def _unusable(source: Path | bytes, what: str, error: Exception) -> UnusableVideo:
    try:
        head = source[:16] if isinstance(source, bytes) else _head(source)
    except OSError as unreadable:
        return UnusableVideo(what, (unreadable.strerror or "cannot be read").lower(), "check the path and the disk")
    if not head:
        return UnusableVideo(what, "is empty (0 bytes)", "copy it again, or leave it out")
    if head[4:8] == b"ftyp":
        return UnusableVideo(
            what,
            "has no usable index (moov box): the recording was cut off before it was finished",
            "copy it again from the camera, or repair it with an MP4 repair tool",
        )
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM")):
        return UnusableVideo(what, "is a picture, not a video", _REMEDY)
    return UnusableVideo(what, f"is in no container that can be read ({_reason(error)})", _REMEDY)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()


def _video_stream(
    container: av.container.InputContainer, what: str, limits: MediaLimits
) -> av.video.stream.VideoStream:
    cover = av.stream.Disposition.attached_pic
    candidates = [s for s in container.streams.video if not s.disposition & cover]
    best = container.streams.best("video")
    stream = best if best in candidates else next(iter(candidates), None)
    if stream is None:
        kinds = ", ".join(sorted({s.type for s in container.streams})) or "none"
        raise UnusableVideo(what, f"has no video stream (streams: {kinds})", _REMEDY)
    assert isinstance(stream, av.video.stream.VideoStream)
    if stream.codec_context is None:
        raise UnusableVideo(what, "its video is coded in a way no decoder here knows", "convert it to H.264")
    width_px, height_px = stream.codec_context.width, stream.codec_context.height
    if width_px * height_px > limits.max_pixels:
        raise UnusableVideo(
            what,
            f"claims {width_px}x{height_px} pixels, more than {limits.max_pixels / 1e6:.0f} million a picture",
            "convert it to 8K or less, if the claim is true",
        )
    if not stream.time_base:
        raise UnusableVideo(what, "has no time base", "convert it with another tool first")
    for other in container.streams:
        if other.index != stream.index:
            other.discard = av.stream.Discard.all
    return stream
