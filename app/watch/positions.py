"""How far each stage has read and how far its source goes, from the group offsets that workers report."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import stamina
from aiokafka import TopicPartition
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)
from aiokafka.structs import OffsetAndMetadata

from app.tables import TABLES
from app.topics import TOPICS
from app.topology.admin import Admin
from app.watch.follow import Reader

#: The stage that reads a topic -> that topic; commands read too, and have no position.
SOURCES = {reader: topic.name for topic in TOPICS.values() for reader in topic.readers if reader in TABLES}


@dataclass(frozen=True, slots=True)
class StagePosition:
    """One stage: partition -> next offset it will process, and partition -> end of the committed records."""

    stage: str
    topic: str
    done: Mapping[int, int]
    end: Mapping[int, int]

    @property
    def lag(self) -> int:
        """Offsets that are not processed yet; markers of transactions count where records lie behind them."""
        return sum(max(0, end - self.done.get(partition, 0)) for partition, end in self.end.items())


@stamina.retry(
    # A young broker makes its offsets topic when it is first asked, one that restarts reads it first.
    on=(GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError),
    attempts=None,
    timeout=20.0,
    wait_max=0.5,
    wait_jitter=0.1,
)
async def _reported(
    admin: Admin, group: str, partitions: list[TopicPartition]
) -> dict[TopicPartition, OffsetAndMetadata]:
    offsets: dict[TopicPartition, OffsetAndMetadata] = await admin.client.list_consumer_group_offsets(
        group, partitions=partitions
    )
    if len(offsets) < len(partitions):  # aiokafka passes over an error of the whole group; no offset would be -1
        raise GroupLoadInProgressError
    return offsets


async def positions(reader: Reader) -> list[StagePosition]:
    """Return every stage in the order of the flow; all lags 0: no record was on its way when the ends were read.

    For what a stage had reported by then it had done before, with its output visible: that output is within the ends.
    A stage that never ran stands at the beginning of its source.
    """
    partitions = {stage: reader.partitions([topic]) for stage, topic in SOURCES.items()}
    reported = await asyncio.gather(
        *(_reported(reader.admin, f"roadsieve.{stage}", theirs) for stage, theirs in partitions.items())
    )
    every = [tp for theirs in partitions.values() for tp in theirs]
    begin, end = await reader.offsets.beginning_offsets(every), await reader.offsets.end_offsets(every)
    return [
        StagePosition(
            stage,
            SOURCES[stage],
            {tp.partition: max(begin[tp], offsets[tp].offset) for tp in theirs},
            {tp.partition: end[tp] for tp in theirs},
        )
        for (stage, theirs), offsets in zip(partitions.items(), reported, strict=True)
    ]
