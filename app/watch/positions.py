"""How far each stage has read, and how far its source goes: from the group offsets that workers report every two seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from app.topics import TOPICS
from app.topology.admin import Admin

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


async def position_of(stage: str, admin: Admin, consumer: AIOKafkaConsumer) -> StagePosition:
    """Return a stage's position; what was reported is read before the end, so a lag of 0 was true at some moment.

    `consumer` must read committed records only. A stage that never ran stands at the beginning of its source.
    """
    topic = SOURCES[stage]
    partitions = [TopicPartition(topic, p) for p in sorted(consumer.partitions_for_topic(topic) or ())]
    reported = await admin.client.list_consumer_group_offsets(f"roadsieve.{stage}")
    begin = await consumer.beginning_offsets(partitions)
    end = await consumer.end_offsets(partitions)
    done = {tp.partition: max(begin[tp], reported[tp].offset if tp in reported else -1) for tp in partitions}
    return StagePosition(stage, topic, done, {tp.partition: end[tp] for tp in partitions})


async def positions(admin: Admin, consumer: AIOKafkaConsumer) -> list[StagePosition]:
    """Return every stage in the order of the flow; when all lags are 0, no record is anywhere on its way.

    Each stage is looked at after the one before it: what that one has finished by then is in this one's source already.
    """
    return [await position_of(stage, admin, consumer) for stage in SOURCES]
