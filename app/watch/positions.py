"""How far each stage has read and how far its source goes, from the group offsets that workers report."""

from __future__ import annotations

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

from app.topics import TOPICS
from app.topology.admin import Admin
from app.watch.follow import Reader

#: The stage that reads a topic -> that topic; commands read too, and have no position.
COMMANDS = ("stats", "letters")
SOURCES = {reader: topic.name for topic in TOPICS.values() for reader in topic.readers if reader not in COMMANDS}


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


async def position_of(stage: str, reader: Reader) -> StagePosition:
    """Return a stage's position; what was reported is read before the end, so a lag of 0 was true at some moment.

    A stage that never ran stands at the beginning of its source.
    """
    topic = SOURCES[stage]
    partitions = reader.partitions([topic])
    reported = await _reported(reader.admin, f"roadsieve.{stage}", partitions)
    begin = await reader.consumer.beginning_offsets(partitions)
    end = await reader.consumer.end_offsets(partitions)
    done = {tp.partition: max(begin[tp], reported[tp].offset) for tp in partitions}
    return StagePosition(stage, topic, done, {tp.partition: end[tp] for tp in partitions})


@stamina.retry(
    # A young broker makes its offsets topic when it is first asked, one that restarts reads it first.
    on=(GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError),
    attempts=None,
    timeout=20.0,
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
    """Return every stage in the order of the flow; when all lags are 0, no record is anywhere on its way.

    Each stage is looked at after the one before it: what that one has finished by then is in this one's source already.
    """
    return [await position_of(stage, reader) for stage in SOURCES]
