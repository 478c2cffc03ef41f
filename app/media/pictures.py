"""Coded pictures of a file in decode order, gathered into groups that begin where decoding can begin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import av
import av.bitstream
import av.container
import av.error
import av.video

from app.errors import UnusableVideo
from app.media.door import packets
from app.media.random_access import begins_decoding, nal_length_bytes


@dataclass(slots=True)
class Picture:
    """Hold one coded picture; times in ticks of the stream's time base."""

    packet: av.Packet[av.video.stream.VideoStream]
    pts: int
    dts: int
    duration: int
    begins: bool
    """Decoding can begin here."""
    shown: bool
    """False where an edit list wants it decoded but not displayed."""


@dataclass(slots=True)
class Group:
    """Hold pictures in decode order; the first begins decoding (only a clip's first group may begin with others)."""

    pictures: list[Picture] = field(default_factory=list)
    size_bytes: int = 0

    @property
    def head(self) -> list[Picture]:
        """Return the pictures up to the last *leading* one; empty for a closed group.

        Leading pictures follow the first in decoding and precede it in display: they lean on the group before.
        """
        leading = [i for i, picture in enumerate(self.pictures) if picture.shown and picture.pts < self.pictures[0].pts]
        return self.pictures[: leading[-1] + 1] if leading else []

    @property
    def start(self) -> int | None:
        """Return the first time this group shows a picture of its own, leading ones left out; None if it shows none."""
        first = self.pictures[0].pts
        return min((p.pts for p in self.pictures if p.shown and p.pts >= first), default=None)


@dataclass(slots=True)
class Reading:
    """Collect, while a file is read, what of it is lost, and what ended the reading."""

    losses: list[str] = field(default_factory=list)
    fault: UnusableVideo | None = None


def groups(
    container: av.container.InputContainer,
    stream: av.video.stream.VideoStream,
    what: str,
    max_bytes: int,
    reading: Reading,
) -> Iterator[Group]:
    """Yield the groups of pictures, one in memory at a time; `reading` is complete when the last has been yielded.

    A group that alone exceeds `max_bytes` can be neither cut nor sent: it is the reading's fault, and its end.
    """
    group, begun = Group(), False
    for picture in _pictures(container, stream, reading):
        if picture.begins and begun and group.pictures:
            yield group
            group = Group()
        begun = begun or picture.begins
        group.pictures.append(picture)
        group.size_bytes += picture.packet.size
        if group.size_bytes > max_bytes:
            reading.fault = UnusableVideo(
                what,
                f"has more than {max_bytes} bytes between two keyframes, more than a segment may have",
                "record or re-encode it with a keyframe every second, or at a lower bit rate",
            )
            return
    if group.pictures:
        yield group


def _pictures(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream, reading: Reading
) -> Iterator[Picture]:
    codec = stream.codec_context.codec.canonical_name
    length_bytes = nal_length_bytes(codec, stream.codec_context.extradata or b"")
    last_pts = last_dts = None
    read = corrupt = 0
    for packet in _packets(container, stream, codec, reading):
        read += 1
        corrupt += packet.is_corrupt
        duration = max(packet.duration or 0, 0)
        pts = packet.pts if packet.pts is not None else packet.dts  # AVI knows no display times: coded order stands in
        if pts is None:
            pts = 0 if last_pts is None else last_pts + max(duration, 1)
        dts = packet.dts if packet.dts is not None else pts if last_dts is None else last_dts + max(duration, 1)
        last_pts, last_dts = pts, dts
        begins = packet.is_keyframe and begins_decoding(codec, memoryview(packet), length_bytes, True)
        yield Picture(packet, pts, dts, duration, begins, not packet.is_discard)
    if corrupt:
        reading.losses.append(f"incomplete coded pictures: {corrupt}")
    expected = len(stream.index_entries) if container.format.name.startswith("mov") else 0
    if read < expected:
        reading.losses.append(f"the file ends early: {read} of {expected} coded pictures are there")


def _packets(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream, codec: str, reading: Reading
) -> Iterator[av.Packet[av.video.stream.VideoStream]]:
    # A hidden VP9 picture travels in one packet with the shown one behind it: MP4 gives each packet a display time.
    joined = av.bitstream.BitStreamFilterContext("vp9_superframe", in_stream=stream) if codec == "vp9" else None
    try:
        for packet in packets(container, stream):
            yield from joined.filter(packet) if joined else (packet,)
    except (av.error.FFmpegError, OSError) as error:
        reading.losses.append(f"reading stopped before the end: {error.strerror or error}")
