"""Registers the schema of every record that travels, and tells what is missing or has drifted; no worker ever does."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass

from app.stores.registry import Guarded, Registry, canonical, subject_of
from app.topics import TOPICS
from schemas.definitions import definition


@dataclass(frozen=True, slots=True)
class Drift:
    """A subject that demands another compatibility of new versions than it must."""

    record: str
    found: str
    wanted: str


def names_of_records() -> list[str]:
    """Return the name of every record that some topic carries, each once, in the order of the flow."""
    return list(dict.fromkeys(record.__name__ for topic in TOPICS.values() for record in topic.records))


def level_of(name: str) -> str:
    """Return the compatibility that new versions of a record need: both ways where others write or read it, else
    that newer programs read what older ones wrote; with all versions, for topics keep old records.
    """
    shared = any(topic.shared for topic in TOPICS.values() for record in topic.records if record.__name__ == name)
    return "FULL_TRANSITIVE" if shared else "BACKWARD_TRANSITIVE"


async def unregistered(registry: Registry) -> list[str]:
    """Return the records whose present definition the registry does not hold."""
    missing = []
    for name in names_of_records():
        wanted = canonical(definition(name))
        if all(canonical(version.definition) != wanted for version in await registry.versions(subject_of(name))):
            missing.append(name)
    return missing


async def drifted(registry: Registry) -> list[Drift]:
    """Return the records whose subject demands another compatibility than it must; none where only we write."""
    if not isinstance(registry, Guarded):
        return []
    found = [(name, await registry.compatibility(subject_of(name))) for name in names_of_records()]
    return [Drift(name, level, level_of(name)) for name, level in found if level != level_of(name)]


async def register(registry: Registry) -> list[str]:
    """Set the compatibility that each subject demands, register what is not registered, and return its names."""
    if isinstance(registry, Guarded):
        for drift in await drifted(registry):
            await registry.demand(subject_of(drift.record), drift.wanted)
    missing = await unregistered(registry)
    for name in missing:
        await registry.register(subject_of(name), definition(name))
    return missing


async def changes(registry: Registry) -> dict[str, str]:
    """Return, per record whose newest registered version is not ours, the lines that differ."""
    found = {}
    for name in names_of_records():
        versions = await registry.versions(subject_of(name))
        before = versions[-1] if versions else None
        if before is None or canonical(before.definition) != canonical(definition(name)):
            old = _lines(before.definition) if before else []
            title = f"registered, version {before.version}" if before else "not registered"
            told = difflib.unified_diff(old, _lines(definition(name)), title, "this program", lineterm="", n=2)
            found[name] = "\n".join(told)
    return found


def _lines(definition: str) -> list[str]:
    return json.dumps(json.loads(canonical(definition)), indent=1, ensure_ascii=False).splitlines()
