"""Feeds the tally from Kafka: what stands in the topics, how far each stage is, and whether everything is through."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from app.demo.pick import DecidedSegments
from app.demo.samples import Samples
from app.demo.tally import StageMeter, Tally
from app.topics import (
    DEAD_LETTERS,
    SEGMENTS_ARCHIVED,
    SEGMENTS_DECIDED,
    SEGMENTS_DETECTED,
    SEGMENTS_EXTRACTED,
    SEGMENTS_RECORDED,
    SEGMENTS_STORED,
    TOPICS,
)
from app.watch.follow import Reader
from app.watch.positions import SOURCES, StagePosition, positions
from app.wire.framing import Wire
from schemas.records import SegmentArchived, SegmentDecided, SegmentExtracted

#: The videos themselves are not read again: what waits for the porter is counted by offsets.
FOLLOWED = (SEGMENTS_STORED, SEGMENTS_DETECTED, SEGMENTS_EXTRACTED, SEGMENTS_DECIDED, SEGMENTS_ARCHIVED, DEAD_LETTERS)
#: The stages that the demo runs -> what they read.
STAGES = {stage: topic for stage, topic in SOURCES.items() if TOPICS[topic].flow == "video"}
LOOK_EVERY_S = 0.5
FETCH_S = 0.2


class Watch:
    """Follow the topics from where their stages are now."""

    def __init__(self, reader: Reader, wire: Wire) -> None:
        self.tally = Tally({stage: StageMeter() for stage in STAGES})
        self.samples = Samples()
        self.decided = DecidedSegments()
        self.drained = False
        """Every lag was 0 when last looked at; whoever sends something more sets it back."""
        self.moved_s = time.monotonic()
        """When something last moved."""
        self._reader = reader
        self._decoders = {topic.name: wire.decoder(topic) for topic in FOLLOWED}
        self._stage_of = {topic: stage for stage, topic in STAGES.items()}
        self._stage_to = {name: TOPICS[name].writer for name in self._decoders}
        self._recorded_end: dict[int, int] = {}
        self._ends: dict[tuple[str, int], int] = {}
        self._looked_s = 0.0
        self._last: list[Any] = []

    async def begin(self) -> None:
        """Take the present as the beginning: what waits counts, what is done does not."""
        now = await self._positions()
        consumer = self._reader.consumer
        followed = self._reader.partitions([topic.name for topic in FOLLOWED])
        consumer.assign(followed)
        starts = {(stage.topic, partition): offset for stage in now for partition, offset in stage.done.items()}
        ends = await self._reader.offsets.end_offsets(followed)
        for tp in followed:
            consumer.seek(tp, starts.get((tp.topic, tp.partition), ends[tp]))
        self._ends = {(tp.topic, tp.partition): end for tp, end in ends.items()}
        self._recorded_end = dict(now[0].done)
        self._take(now)

    async def step(self) -> None:
        """Read what is new, at most a fifth of a second long, and look at the positions twice a second."""
        fetched = await self._reader.consumer.getmany(timeout_ms=int(FETCH_S * 1000))
        for tp, records in fetched.items():
            for record in records:
                self._count(tp.topic, tp.partition, record.offset, record.value)
        if time.monotonic() - self._looked_s >= LOOK_EVERY_S:
            self._take(await self._positions())
            self._looked_s = time.monotonic()
        elif not fetched:
            await asyncio.sleep(FETCH_S / 4)

    async def catch_up(self) -> None:
        """Read what was committed before the pipeline was found drained."""
        consumer = self._reader.consumer
        followed = self._reader.partitions([topic.name for topic in FOLLOWED])
        ends = await self._reader.offsets.end_offsets(followed)
        deadline_s = time.monotonic() + 30.0
        while [tp for tp in followed if await consumer.position(tp) < ends[tp]] and time.monotonic() < deadline_s:
            await self.step()

    async def _positions(self) -> list[StagePosition]:
        return [position for position in await positions(self._reader) if position.stage in STAGES]

    def _count(self, topic: str, partition: int, offset: int, value: bytes | None) -> None:
        if value is None:  # a letter that was settled
            return
        if topic == DEAD_LETTERS.name:
            self.tally.letters += 1
            return
        record = self._decoders[topic](value) if topic in _DECODED else None
        if topic == SEGMENTS_EXTRACTED.name and not isinstance(record, SegmentExtracted):
            return  # a marker or a policy
        self.tally.stages[self._stage_of[topic]].arrives(partition, offset)
        if offset >= self._ends[topic, partition]:  # not left over from before
            self.tally.stages[self._stage_to[topic]].produced += 1
        match record:
            case SegmentExtracted():
                self.tally.extracted(record)
            case SegmentDecided():
                self.tally.decided(record)
                self.samples.add(record)
                self.decided.add(record)
            case SegmentArchived():
                self.tally.archived(record)

    def _take(self, stages: list[StagePosition]) -> None:
        now_s = time.monotonic()
        recorded = stages[0]
        for partition, end in recorded.end.items():
            meter = self.tally.stages[recorded.stage]
            for offset in range(self._recorded_end.get(partition, 0), end):
                meter.arrives(partition, offset)
            self._recorded_end[partition] = max(end, self._recorded_end.get(partition, 0))
        for stage in stages:
            self.tally.stages[stage.stage].moves(stage.done)
            self.tally.stages[stage.stage].mark(now_s)
        self.drained = not any(stage.lag for stage in stages)
        figures = [stage.done for stage in stages] + [recorded.end]
        if figures != self._last:
            self._last, self.moved_s = figures, now_s


_DECODED = {SEGMENTS_EXTRACTED.name, SEGMENTS_DECIDED.name, SEGMENTS_ARCHIVED.name}
assert STAGES["porter"] == SEGMENTS_RECORDED.name
