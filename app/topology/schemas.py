"""Registers the schema of every record that travels, and tells which are missing; no worker ever does."""

from __future__ import annotations

from app.stores.registry import Registry, canonical, subject_of
from app.topics import TOPICS
from schemas.definitions import definition


def names_of_records() -> list[str]:
    """Return the name of every record that some topic carries, each once, in the order of the flow."""
    return list(dict.fromkeys(record.__name__ for topic in TOPICS.values() for record in topic.records))


async def unregistered(registry: Registry) -> list[str]:
    """Return the records whose present definition the registry does not hold."""
    missing = []
    for name in names_of_records():
        wanted = canonical(definition(name))
        if all(canonical(version.definition) != wanted for version in await registry.versions(subject_of(name))):
            missing.append(name)
    return missing


async def register(registry: Registry) -> list[str]:
    """Register what is not registered and return its names."""
    missing = await unregistered(registry)
    for name in missing:
        await registry.register(subject_of(name), definition(name))
    return missing
