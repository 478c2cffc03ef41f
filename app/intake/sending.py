"""Recordings become clips, clips segments, segments messages; an unusable file is one line and the rest goes on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import time_ns

from app.errors import DataError
from app.intake.clip import Clip
from app.intake.delivery import Delivery
from app.intake.lanes import Clock, Lanes
from app.intake.layout import Recording, in_turn
from app.intake.outbox import Outbox
from app.intake.outcome import OnProgress, ReplayOptions, ReplayProgress, ReplaySummary, Skipped
from app.intake.pace import Pace
from app.intake.resume import ResumeRecord
from app.intake.segment import record_of
from app.intake.survey import survey
from app.media import cut
from app.media.facts import CodedSegment
from app.telemetry.trace import begin_trace
from app.topics import SEGMENT_MAX_BYTES
from schemas.records import SegmentRecorded

# Segments that are cut or wait for room at once: with the bytes on their way to the broker, what a run holds in memory.
SEGMENTS_AT_ONCE = 4

Encode = Callable[[SegmentRecorded], bytes]


class Sending:
    """Send recordings and keep account of it."""

    def __init__(self, options: ReplayOptions, progress: ReplayProgress, on_progress: OnProgress, clock: Clock) -> None:
        self._options, self._progress, self._on_progress, self._clock = options, progress, on_progress, clock
        self._slots = asyncio.Semaphore(SEGMENTS_AT_ONCE)
        self._under_way: set[Delivery] = set()
        self._first_of: dict[str, Path] = {}
        self._skipped: list[Skipped] = []
        self._notes: list[str] = []
        self._time_sources: Counter[str] = Counter()
        self._sent = self._sent_before = 0

    async def send(
        self,
        recordings: Sequence[Recording],
        encode: Encode,
        outbox: Outbox,
        record: ResumeRecord,
        cameras_at_once: int,
    ) -> None:
        """Send the recordings, return when every segment is acknowledged; raises what outbox and record raise."""
        self._encode, self._outbox, self._record = encode, outbox, record
        self._destination = f"{outbox.cluster_id}/{self._options.archive}"
        async with asyncio.TaskGroup() as group:
            lanes = Lanes(group, self._play, self._options.speed, self._clock, cameras_at_once)
            for recording in in_turn(recordings):
                if (clip := await self._surveyed(recording)) is not None:
                    await lanes.put(clip)
        await outbox.drain()

    def settle(self) -> None:
        """Write to the resume record how far the clips are that were not finished."""
        for delivery in self._under_way:
            delivery.note()

    def skip(self, skipped: Skipped) -> None:
        """Count a file that cannot be used, and say so."""
        self._skipped.append(skipped)
        self._on_progress(self._progress, str(skipped))

    def summary(self) -> ReplaySummary:
        """Return the account."""
        progress = self._progress
        return ReplaySummary(
            files=progress.files,
            sent=self._sent,
            sent_before=self._sent_before,
            segments=progress.segments,
            frames=progress.frames,
            bytes=progress.bytes,
            cameras=len(progress.cameras),
            time_sources=dict(self._time_sources),
            skipped=tuple(self._skipped),
            notes=tuple(self._notes),
        )

    async def _surveyed(self, recording: Recording) -> Clip | None:
        """Return the recording as a clip, or None when there is nothing of it to send."""
        try:
            clip = await asyncio.to_thread(survey, recording, self._options.cameras, time_ns() // 1_000)
        except DataError as error:
            self._progress.files_done += 1
            self.skip(Skipped(error.what, error.why, error.remedy))
            return None
        first = self._first_of.setdefault(clip.clip_id, clip.path)
        if first != clip.path:
            self._leave_out(f"{clip.path}: its content is that of {first}; not sent again")
            return None
        if self._record.sent(clip.clip_id, self._destination).complete and not self._options.again:
            self._leave_out("")
            return None
        for note in clip.notes:
            self._note(note)
        self._time_sources[clip.start.source] += 1
        self._progress.cameras.add(clip.camera_id)
        self._on_progress(self._progress, str(clip))
        return clip

    async def _play(self, clip: Clip, pace: Pace) -> Pace:
        """Cut and send one clip; returns the pace after its last segment."""
        sent_before = 0 if self._options.again else self._record.sent(clip.clip_id, self._destination).segments
        delivery = Delivery(self._record, clip.clip_id, self._destination, sent_before)
        self._under_way.add(delivery)
        segments = cut(clip.path, max_bytes=SEGMENT_MAX_BYTES)
        total = 0
        try:
            while True:
                await self._clock.until(pace.due_s)
                async with self._slots:
                    segment = await asyncio.to_thread(next, segments, None)
                    if segment is None:
                        break
                    total = segment.sequence + 1
                    if segment.damage:
                        self._note(f"{clip.path}: {segment.damage}")
                    if total > sent_before:
                        await self._send(clip, segment, delivery)
                        pace = pace.after(segment.duration_us)
        except DataError as error:
            self._skip_rest(error.what, error.why, error.remedy, total)
        except OSError as error:
            self._skip_rest(str(clip.path), f"it cannot be read ({error.strerror or error})", "check the disk", total)
        else:
            delivery.ended(total)
            self._finish(delivery)
        self._progress.files_done += 1
        self._on_progress(self._progress, "")
        return pace

    async def _send(self, clip: Clip, segment: CodedSegment, delivery: Delivery) -> None:
        record = record_of(clip, segment, self._options.archive, time_ns() // 1_000)
        acknowledged = partial(self._acknowledged, delivery, segment.sequence, segment.frame_count, len(segment.video))
        what = f"{clip.path} at {segment.clip_offset_us / 1e6:.3f} s"
        trace = begin_trace(record.facts.segment_id)
        await self._outbox.send(what, clip.camera_id, self._encode(record), acknowledged, trace)

    def _acknowledged(self, delivery: Delivery, sequence: int, frames: int, video_bytes: int) -> None:
        self._progress.segments += 1
        self._progress.frames += frames
        self._progress.bytes += video_bytes
        delivery.acknowledged(sequence)
        self._finish(delivery)
        self._on_progress(self._progress, "")

    def _finish(self, delivery: Delivery) -> None:
        if delivery.complete and delivery in self._under_way:
            self._under_way.remove(delivery)
            self._sent += 1

    def _skip_rest(self, what: str, why: str, remedy: str, sent: int) -> None:
        self.skip(Skipped(what, f"{why} (the {sent} segments before are sent)" if sent else why, remedy))

    def _leave_out(self, line: str) -> None:
        self._sent_before += 1
        self._progress.files_done += 1
        self._on_progress(self._progress, line)

    def _note(self, line: str) -> None:
        self._notes.append(line)
        self._on_progress(self._progress, line)
