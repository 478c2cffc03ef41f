"""Makes broker and ledger hold what the stages need, or tells what is missing; doing it twice changes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from app.settings import Settings
from app.stores.registry import Registry
from app.topology.admin import Admin
from app.topology.difference import Difference, FoundTopic, differences
from app.topology.schemas import drifted, register, unregistered
from app.topology.wanted import WantedTopic, wanted_topics


@dataclass(frozen=True, slots=True)
class Found:
    """What is wanted, what there is, and how they differ."""

    wanted: list[WantedTopic]
    topics: dict[str, FoundTopic]
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class Made:
    """What `create` did, and what it could not mend."""

    created: list[str]
    configured: list[str]
    registered: list[str]
    left: list[Difference]


async def inspect(admin: Admin, registry: Registry, settings: Settings) -> Found:
    """Compare broker and ledger with the tables."""
    wanted = wanted_topics(settings.topic_partitions, settings.topic_replication)
    found = await admin.find([topic.name for topic in wanted])
    missing = [
        Difference(name, "schema", "not registered", "registered", "run `roadsieve topics create`", create_mends=True)
        for name in await unregistered(registry)
    ]
    levels = [
        Difference(drift.record, "compatibility", drift.found, drift.wanted, "run `roadsieve topics create`",
                   create_mends=True)
        for drift in await drifted(registry)
    ]  # fmt: skip
    return Found(wanted, found, differences(wanted, found) + missing + levels)


async def create(admin: Admin, registry: Registry, settings: Settings) -> Made:
    """Create missing topics, set configurations that differ, register missing schemas."""
    found = await inspect(admin, registry, settings)
    created = await admin.create([topic for topic in found.wanted if topic.name not in found.topics])
    configs: dict[str, dict[str, str]] = defaultdict(dict)
    for difference in found.differences:
        if difference.create_mends and difference.topic in found.topics:
            configs[difference.topic][difference.what] = difference.wanted
    await admin.configure(configs)
    registered = await register(registry)
    return Made(created, sorted(configs), registered, [d for d in found.differences if not d.create_mends])
