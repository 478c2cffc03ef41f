"""What Kafka looks like to an outsider: topics with their replicas and ends, and how far each stage is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka.structs import TopicPartition

from app.watch.follow import Reader
from app.watch.positions import StagePosition, positions


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """One topic; begin and end are offsets by partition, end that of the committed records."""

    offline: int
    """Partitions without a leader."""
    under_replicated: int
    """Partitions of which a replica is not in sync."""
    begin: Mapping[int, int]
    end: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """The whole cluster, as far as our topics and stages go."""

    brokers: int
    topics: Mapping[str, TopicFacts]
    stages: Sequence[StagePosition]


async def cluster_facts(reader: Reader) -> ClusterFacts:
    """Ask the cluster; a partition without a leader is counted and has no offsets."""
    client = reader.admin.client
    cluster = await client.describe_cluster()
    described = {topic["topic"]: topic["partitions"] for topic in await client.describe_topics(reader.topics)}
    led = [
        TopicPartition(name, one["partition"])
        for name, partitions in described.items()
        for one in partitions
        if one["leader"] >= 0
    ]
    begin, end = await reader.offsets.beginning_offsets(led), await reader.offsets.end_offsets(led)
    topics = {
        name: TopicFacts(
            offline=sum(one["leader"] < 0 for one in partitions),
            under_replicated=sum(len(one["isr"]) < len(one["replicas"]) for one in partitions),
            begin={tp.partition: begin[tp] for tp in led if tp.topic == name},
            end={tp.partition: end[tp] for tp in led if tp.topic == name},
        )
        for name, partitions in described.items()
    }
    return ClusterFacts(len(cluster["brokers"]), topics, await positions(reader))
