"""A file into segments of one to two seconds, by demuxing only: no picture decoded, none lost, none twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av.video

from app.errors import UnusableVideo
from app.media.door import open_video
from app.media.facts import LIMITS, CodedSegment, MediaLimits, VideoFacts
from app.media.mux import container_for, mux, overhead_bytes
from app.media.pictures import Group, Reading, groups
from app.media.probe import probe
from app.media.timeline import microseconds

_REMEDY = "record or re-encode it with a keyframe every second, or at a lower bit rate"


def cut(
    path: Path,
    max_ms: int = 2000,
    max_bytes: int = 8 << 20,
    limits: MediaLimits = LIMITS,
) -> Iterator[CodedSegment]:
    """Yield the segments of the video at `path` in order; holds one segment and one group of pictures in memory.

    A segment holds as many groups of pictures (GOPs) as fit into `max_ms`: each costs a record and an object, whatever
    its length. One group that is longer stays whole. No segment exceeds `max_bytes`: if a single group does, what came
    before it is yielded and UnusableVideo raised. Damage found on the way ends the file early and is named in the last
    segment.

    The pictures decoded from the segments are those decoded from the file, each once, in order. An open group leans on
    the group before; the segment before it therefore ends with the group's keyframe and leading pictures, the keyframe
    hidden by an edit list, and the segment it begins hides those leading pictures.
    """
    facts = probe(path, limits)
    what = str(path)
    reading = Reading()
    with open_video(path, what, limits) as (container, stream):
        cutter = _Cutter(stream, facts, what, container_for(stream), max_ms, max_bytes)
        pending: list[Group] = []
        for group in groups(container, stream, what, max_bytes, reading):
            if pending and not cutter.joins(pending, group):
                yield from cutter.segment(pending, group)
                pending = []
            pending.append(group)
        for last in cutter.segment(pending, None):
            yield replace(last, damage="; ".join(reading.losses))
        if reading.fault is not None:
            raise reading.fault
        if cutter.sequence == 0:
            raise UnusableVideo(what, "shows no picture", "check that it plays, or leave it out")


@dataclass(slots=True)
class _Cutter:
    """Make segments of groups; keeps the number of the next one and the clock of the clip."""

    stream: av.video.stream.VideoStream
    facts: VideoFacts
    what: str
    container: str
    max_ms: int
    max_bytes: int
    sequence: int = 0
    origin: int | None = None
    """Stream time that is zero on the clip's clock."""
    end: int = 0
    """Stream time at which the last segment ends."""

    def joins(self, pending: list[Group], group: Group) -> bool:
        """Say whether `group` joins the pending segment, which stays within time and bytes."""
        start = next((known.start for known in pending if known.start is not None), None)
        if start is None:  # pending shows nothing of its own: of use only to a group that leans on it
            return bool(group.head)
        if group.start is None or group.pictures[0].dts <= pending[-1].pictures[-1].dts:
            return False  # shows nothing of its own, or its clock jumped back at an edit or a splice
        if any(not picture.shown for picture in group.pictures) or any(
            not picture.shown and picture.pts >= start for known in pending for picture in known.pictures
        ):
            return False  # an edit list can hide pictures before and behind the shown ones, not between them
        end = max(picture.pts + picture.duration for picture in group.pictures)
        together = (*pending, group)  # and room for the head of the group behind them
        size_bytes = sum(known.size_bytes for known in together) + 2 * group.pictures[0].packet.size
        size_bytes += overhead_bytes(self.stream, sum(len(known.pictures) for known in together))
        return microseconds(end - start, self._time_base) <= self.max_ms * 1000 and size_bytes <= self.max_bytes

    def segment(self, pending: list[Group], following: Group | None) -> Iterator[CodedSegment]:
        """Yield the segment of the pending groups; nothing if they show nothing."""
        own = [picture for group in pending for picture in group.pictures]
        tail = following.head if following else []
        leading = {id(p) for p in pending[0].head if p.pts < own[0].pts} if pending and self.sequence else set()
        shown = [picture.shown and id(picture) not in leading for picture in own]
        shown += [picture.shown and picture.pts < tail[0].pts for picture in tail]
        visible = [picture for picture, is_shown in zip(own + tail, shown, strict=True) if is_shown]
        if not visible:
            return
        start = min(picture.pts for picture in visible)
        end = max(picture.pts + max(picture.duration, 1) for picture in visible)
        if following and following.start is not None and following.start > start:
            end = following.start
        offset_us = self._begin(start)
        what = f"{self.what} at {offset_us / 1e6:.3f} s"
        video = mux(self.stream, self.container, own + tail, shown, what)
        if len(video) > self.max_bytes:
            raise UnusableVideo(what, f"has a segment of {len(video)} bytes, more than {self.max_bytes}", _REMEDY)
        yield CodedSegment(
            sequence=self.sequence,
            clip_offset_us=offset_us,
            duration_us=self._clip_us(end) - offset_us,
            frame_count=len(visible),
            codec=self.facts.codec,
            container=self.container,
            width_px=self.facts.width_px,
            height_px=self.facts.height_px,
            rotation_deg=self.facts.rotation_deg,
            video=video,
        )
        self.sequence, self.end = self.sequence + 1, end

    def _begin(self, start: int) -> int:
        """Return the clip time of a segment's start; where the file's clock jumps back, the clip's runs on."""
        if self.origin is None:
            self.origin = start
        elif start < self.end:
            self.origin -= self.end - start
        return self._clip_us(start)

    def _clip_us(self, ticks: int) -> int:
        return microseconds(ticks - (self.origin or 0), self._time_base)

    @property
    def _time_base(self) -> Fraction:
        assert self.stream.time_base is not None  # the door lets no stream in without one
        return self.stream.time_base
