"""A file into segments of one to two seconds, by demuxing only: no picture is decoded, none is lost, none comes twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import av.video

from app.errors import UnusableVideo
from app.media.door import open_video
from app.media.facts import LIMITS, CodedSegment, MediaLimits, VideoFacts
from app.media.mux import container_for, mux
from app.media.pictures import Group, Losses, groups
from app.media.probe import probe
from app.media.timeline import microseconds



def cut(
    path: Path,
    min_ms: int = 1000,
    max_ms: int = 2000,
    max_bytes: int = 8 << 20,
    limits: MediaLimits = LIMITS,
) -> Iterator[CodedSegment]:
    """Yield the segments of the video at `path` in order; holds one segment and one group of pictures in memory.

    A segment is at least `min_ms` long and at most `max_ms`, unless one group of pictures alone is longer: it stays
    whole. No segment exceeds `max_bytes`; if a single group does, what came before it is yielded and UnusableVideo
    raised. The pictures decoded from the segments are those decoded from the file, each once, in order.

    An open group leans on the group before. The segment before it therefore ends with the group's keyframe and its
    leading pictures, the keyframe hidden by an edit list; the segment itself hides those leading pictures.
    """
    facts = probe(path, limits)
    losses = Losses()
    with open_video(path, str(path), limits) as (container, stream):
        cutter = _Cutter(stream, facts, str(path), max_bytes)
        pending: list[Group] = []
        found = groups(container, stream, str(path), max_bytes, losses)
        fault: UnusableVideo | None = None
        while True:
            try:
                group = next(found, None)
            except UnusableVideo as oversized:
                group, fault = None, oversized
            if group is None:
                break
            if pending and not cutter.fits(pending, group, min_ms, max_ms):
                yield from cutter.segment(pending, group)
                pending = []
            pending.append(group)
        if pending:
            for last in cutter.segment(pending, None):
                yield replace(last, damage=str(losses))
        if fault is not None:
            raise fault
        if cutter.sequence == 0:
            raise UnusableVideo(str(path), "shows no picture", "check that it plays, or leave it out")


@dataclass(slots=True)
class _Cutter:
    stream: av.video.stream.VideoStream
    facts: VideoFacts
    what: str
    max_bytes: int
    sequence: int = 0
    origin: int | None = None
    container: str = ""

    def fits(self, pending: list[Group], group: Group, min_ms: int, max_ms: int) -> bool:
        """Say whether `group` joins the pending segment: that is still too short, and stays within time and bytes."""
        start, joint, end = _start(pending), group.start, max(p.pts + p.duration for p in group.pictures)
        if start is None or joint is None:
            return True
        if group.pictures[0].dts <= pending[-1].pictures[-1].dts:  # the clock jumps back: an edit, or a splice
            return False
        size_bytes = sum(g.size_bytes for g in pending) + 2 * group.size_bytes
        return self._ms(joint - start) < min_ms and self._ms(end - start) <= max_ms and size_bytes <= self.max_bytes

    def segment(self, pending: list[Group], following: Group | None) -> Iterator[CodedSegment]:
        """Yield the segment of the pending groups; nothing if they show nothing."""
        own = list(chain.from_iterable(group.pictures for group in pending))
        head, tail = (pending[0].head if self.sequence else []), (following.head if following else [])
        hidden = {id(picture) for picture in head if picture.pts < pending[0].pictures[0].pts}
        shown = [picture.shown and id(picture) not in hidden for picture in own]
        shown += [picture.shown and picture.pts < tail[0].pts for picture in tail]
        pictures = own + tail
        times = [picture.pts for picture, is_shown in zip(pictures, shown, strict=True) if is_shown]
        if not times:
            return
        start = min(times)
        end = following.start if following and following.start is not None else None
        if end is None or end <= start:
            end = max(p.pts + max(p.duration, 1) for p, is_shown in zip(pictures, shown, strict=True) if is_shown)
        self.origin = start if self.origin is None else self.origin
        self.container = self.container or container_for(self.stream)
        offset_us = self._us(start - self.origin)
        video = mux(self.stream, self.container, pictures, shown, f"{self.what} at {offset_us / 1e6:.3f} s")
        if len(video) > self.max_bytes:
            raise UnusableVideo(
                f"{self.what} at {offset_us / 1e6:.3f} s",
                f"has a segment of {len(video)} bytes, more than {self.max_bytes}",
                "record or re-encode it with a keyframe every second, or at a lower bit rate",
            )
        yield CodedSegment(
            sequence=self.sequence,
            clip_offset_us=offset_us,
            duration_us=self._us(end - self.origin) - offset_us,
            frame_count=len(times),
            codec=self.facts.codec,
            container=self.container,
            width_px=self.facts.width_px,
            height_px=self.facts.height_px,
            rotation_deg=self.facts.rotation_deg,
            video=video,
        )
        self.sequence += 1

    def _us(self, ticks: int) -> int:
        assert self.stream.time_base is not None
        return microseconds(ticks, self.stream.time_base)

    def _ms(self, ticks: int) -> float:
        return self._us(ticks) / 1000


def _start(pending: list[Group]) -> int | None:
    return next((group.start for group in pending if group.start is not None), None)
