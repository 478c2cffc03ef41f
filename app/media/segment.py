"""The coded pictures of one segment in memory, and their places in presentation order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, TypeVar

import av
import av.error
import av.video

from app.media.door import decoder_of, open_video
from app.media.facts import LIMITS, MediaLimits
from app.media.timeline import microseconds

T = TypeVar("T")
Skip = Literal["DEFAULT", "NONREF"]
Packet: TypeAlias = "av.Packet[av.video.stream.VideoStream]"


@dataclass(slots=True)
class OpenSegment:
    """Hold an open segment: its packets in decode order, and the display times of those that are shown."""

    decoder: av.VideoCodecContext
    packets: list[Packet]
    shown_pts: list[int]
    """Sorted; a picture's index here is its frame index."""
    time_base: Fraction
    end_pts: int
    failed: int = 0
    """Packets that did not decode, or decoded with errors, so far."""

    def offset_us(self, index: int) -> int:
        """Return the time of a picture, counted from the first shown."""
        return microseconds(self.shown_pts[index] - self.shown_pts[0], self.time_base)

    @property
    def duration_us(self) -> int:
        """Return the time from the first shown picture to the end of the last."""
        return microseconds(self.end_pts - self.shown_pts[0], self.time_base) if self.shown_pts else 0

    def keyframes(self) -> list[int]:
        """Return the indices of the shown keyframes; the first picture where none is shown."""
        keys = {p.pts for p in self.packets if p.is_keyframe and not p.is_discard}
        return [i for i, pts in enumerate(self.shown_pts) if pts in keys] or list(range(min(1, len(self.shown_pts))))

    def decode(self, wanted: Set[int], work: Callable[[int, av.VideoFrame], T]) -> dict[int, T]:
        """Return `work(frame index, frame)` of each wanted picture that decodes, by frame index.

        Nothing is done behind the last wanted picture, and pictures that nothing else refers to are skipped. If
        something turns out broken, all is decoded again without skipping: what conceals a gap must not depend on
        which pictures were asked for.
        """
        if not wanted:
            return {}
        self.decoder.open(strict=False)  # some decoders (AV1) take what to skip for good when they open: nothing
        results, failed = self._pass(wanted, "NONREF", work)
        if failed:
            self.decoder.flush_buffers()
            results, failed = self._pass(wanted, "DEFAULT", work)
        self.failed += failed
        return results

    def _pass(self, wanted: Set[int], skip: Skip, work: Callable[[int, av.VideoFrame], T]) -> tuple[dict[int, T], int]:
        wanted_pts = {self.shown_pts[i] for i in wanted}
        last = max(i for i, packet in enumerate(self.packets) if packet.pts in wanted_pts)
        results: dict[int, T] = {}
        failed = 0
        for packet in (*self.packets[: last + 1], None):
            self.decoder.skip_frame = "DEFAULT" if packet is None or packet.pts in wanted_pts else skip
            try:
                frames = self.decoder.decode(packet)
            except (av.error.FFmpegError, ValueError):
                failed += 1
                continue
            for frame in frames:
                failed += frame.is_corrupt
                if frame.pts in wanted_pts:
                    index = bisect_right(self.shown_pts, frame.pts) - 1
                    results[index] = work(index, frame)
        return results, failed


@contextmanager
def open_segment(video: bytes, what: str, limits: MediaLimits = LIMITS) -> Iterator[OpenSegment]:
    """Open the bytes of a segment and read its packets; raises UnusableVideo if it holds no video."""
    with open_video(video, what, limits) as (container, stream):
        packets: list[Packet] = []
        failed = 0
        try:
            packets.extend(packet for packet in container.demux(stream) if packet.size)
        except (av.error.FFmpegError, OSError):
            failed = 1
        shown = [p for p in packets if p.pts is not None and not p.is_discard]
        assert stream.time_base is not None
        end_pts = max((p.pts + max(p.duration or 0, 1) for p in shown if p.pts is not None), default=0)
        shown_pts = sorted(p.pts for p in shown if p.pts is not None)
        yield OpenSegment(decoder_of(stream, limits), packets, shown_pts, stream.time_base, end_pts, failed)
