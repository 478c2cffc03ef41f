"""How the topics that exist differ from those that must, and what to do about each difference: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.topology.wanted import WantedTopic


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """One topic as the broker has it."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be; `create_mends` tells whether `topics create` does."""

    topic: str
    what: str
    found: str
    wanted: str
    remedy: str
    create_mends: bool


def differences(wanted: Sequence[WantedTopic], found: Mapping[str, FoundTopic]) -> list[Difference]:
    """Return what is missing or other than wanted, topic by topic; nothing where all is well."""
    return [difference for topic in wanted for difference in _of(topic, found.get(topic.name))]


def _of(wanted: WantedTopic, found: FoundTopic | None) -> list[Difference]:
    if found is None:
        return [
            Difference(wanted.name, "topic", "missing", "exists", "run `roadsieve topics create`", create_mends=True)
        ]
    differing = []
    if found.partitions != wanted.partitions:
        remedy = (
            f"keys would move between partitions: set ROADSIEVE_TOPIC_PARTITIONS={found.partitions}, "
            "or delete all topics while nothing runs and create them anew"
        )
        differing.append(
            Difference(
                wanted.name, "partitions", str(found.partitions), str(wanted.partitions), remedy, create_mends=False
            )
        )
    if found.replication < wanted.replication:
        remedy = "let Kafka's kafka-reassign-partitions add replicas, or lower ROADSIEVE_TOPIC_REPLICATION"
        differing.append(
            Difference(
                wanted.name, "replicas", str(found.replication), str(wanted.replication), remedy, create_mends=False
            )
        )
    for name, value in wanted.configs.items():
        if found.configs.get(name) != value:
            has = found.configs.get(name, "unset")
            differing.append(
                Difference(wanted.name, name, has, value, "run `roadsieve topics create`", create_mends=True)
            )
    return differing
