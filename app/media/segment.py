"""The coded pictures of one segment in memory, and their places in presentation order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Literal, TypeAlias, TypeVar

import av
import av.error
import av.video

from app.media.door import decoder_of, open_video, packets
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

        Nothing is done behind the last wanted picture. Where only keyframes are wanted, only they are decoded; else
        pictures that nothing refers to are skipped. If something turns out broken, all is decoded again without
        skipping: what conceals a gap must not depend on which pictures were asked for.
        """
        if not wanted:
            return {}
        self.decoder.open(strict=False)  # some decoders (AV1) take what to skip for good when they open: nothing
        wanted_pts = {self.shown_pts[i] for i in wanted}
        keyframes = [packet for packet in self.packets if packet.pts in wanted_pts and packet.is_keyframe]
        if len(keyframes) == len(wanted_pts):
            results, failed = self._collect(chain.from_iterable(map(self._alone, keyframes)), wanted_pts, work)
        else:
            results, failed = self._collect(self._in_order(wanted_pts, "NONREF"), wanted_pts, work)
        if failed or len(results) < len(wanted_pts):
            self.decoder.flush_buffers()
            results, failed = self._collect(self._in_order(wanted_pts, "DEFAULT"), wanted_pts, work)
        self.failed += failed
        return results

    def _alone(self, keyframe: Packet) -> Iterator[av.VideoFrame | None]:
        yield from self._send(keyframe)
        yield from self._send(None)
        self.decoder.flush_buffers()

    def _in_order(self, wanted_pts: Set[int], skip: Skip) -> Iterator[av.VideoFrame | None]:
        last = max(i for i, packet in enumerate(self.packets) if packet.pts in wanted_pts)
        for packet in (*self.packets[: last + 1], None):
            self.decoder.skip_frame = "DEFAULT" if packet is None or packet.pts in wanted_pts else skip
            yield from self._send(packet)

    def _send(self, packet: Packet | None) -> Iterator[av.VideoFrame | None]:
        """Yield the frames that come out; None for a packet that does not decode."""
        try:
            yield from self.decoder.decode(packet)
        except (av.error.FFmpegError, ValueError):
            yield None

    def _collect(
        self, frames: Iterable[av.VideoFrame | None], wanted_pts: Set[int], work: Callable[[int, av.VideoFrame], T]
    ) -> tuple[dict[int, T], int]:
        """Return the work done on the wanted frames, and how many pictures failed or are corrupt."""
        results: dict[int, T] = {}
        failed = 0
        for frame in frames:
            failed += frame is None or frame.is_corrupt
            if frame is not None and frame.pts is not None and frame.pts in wanted_pts:
                index = bisect_right(self.shown_pts, frame.pts) - 1
                results[index] = work(index, frame)
        return results, failed


@contextmanager
def open_segment(video: bytes, what: str, limits: MediaLimits = LIMITS) -> Iterator[OpenSegment]:
    """Open the bytes of a segment and read its packets; raises UnusableVideo if it holds no video."""
    with open_video(video, what, limits) as (container, stream):
        coded: list[Packet] = []
        failed = 0
        try:
            coded.extend(packets(container, stream))
        except (av.error.FFmpegError, OSError):
            failed = 1
        shown = [p for p in coded if p.pts is not None and not p.is_discard]
        assert stream.time_base is not None
        end_pts = max((p.pts + max(p.duration or 0, 1) for p in shown if p.pts is not None), default=0)
        shown_pts = sorted(p.pts for p in shown if p.pts is not None)
        yield OpenSegment(decoder_of(stream, limits), coded, shown_pts, stream.time_base, end_pts, failed)
