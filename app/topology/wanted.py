"""Which topics must exist, with how many partitions and which configuration: pure, from both tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.tables import TABLES, Table
from app.topics import MIB, TOPICS, Topic

#: Changelogs are read whole at recovery: small log files and an early cleaner keep them near the size of their state.
CHANGELOG_SEGMENT_BYTES = 32 * MIB
CHANGELOG_DIRTY_RATIO = 0.1


@dataclass(frozen=True, slots=True)
class WantedTopic:
    """One topic as the broker must have it; `configs` by Kafka's own names."""

    name: str
    purpose: str
    partitions: int
    replication: int
    configs: Mapping[str, str]


def wanted_topics(partitions: int, replication: int) -> list[WantedTopic]:
    """Return every topic of the flow, then every changelog; a changelog has the partitions of what its stage reads."""
    flow = [_topic(topic, partitions, replication) for topic in TOPICS.values()]
    read_by = {
        stage: wanted.partitions for topic, wanted in zip(TOPICS.values(), flow, strict=True) for stage in topic.readers
    }
    return flow + [_changelog(table, read_by[table.stage], replication) for table in TABLES.values()]


def _topic(topic: Topic, partitions: int, replication: int) -> WantedTopic:
    configs = {
        "cleanup.policy": topic.cleanup,
        "retention.ms": str(topic.retention_ms),
        "max.message.bytes": str(topic.max_message_bytes),
        "compression.type": {"none": "uncompressed"}.get(topic.compression, topic.compression),
        **_durability(replication),
    }
    purpose = f"{topic.writer} → {', '.join(topic.readers)}"
    return WantedTopic(topic.name, purpose, topic.partitions or partitions, replication, configs)


def _changelog(table: Table, partitions: int, replication: int) -> WantedTopic:
    configs = {
        "cleanup.policy": "compact",
        "max.message.bytes": str(table.max_message_bytes),
        "compression.type": "zstd",
        "segment.bytes": str(CHANGELOG_SEGMENT_BYTES),
        "min.cleanable.dirty.ratio": str(CHANGELOG_DIRTY_RATIO),
        **_durability(replication),
    }
    return WantedTopic(table.changelog, f"state of {table.stage}", partitions, replication, configs)


def _durability(replication: int) -> dict[str, str]:
    # One replica may be down without a write being refused, and no write is confirmed by one replica alone.
    return {"min.insync.replicas": str(max(1, replication - 1))}
