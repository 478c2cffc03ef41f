"""Removes what nobody will come back for: temporary videos past their time to live and what crashed writes left half
done."""

from __future__ import annotations

from dataclasses import dataclass

from app.stores.keys import INCOMING, TEMPORARY
from app.stores.objects import ObjectFacts, Objects

DELETED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed."""

    temporary: tuple[ObjectFacts, ...]
    incoming: tuple[ObjectFacts, ...]


def is_expired(found: ObjectFacts, now_us: int, ttl_us: int) -> bool:
    """Tell whether an object has outlived its time to live; one that claims to be from the future has not."""
    return now_us - found.modified_us > ttl_us


async def sweep(objects: Objects, now_us: int, ttl_us: int) -> Swept:
    """Remove expired temporary objects and left-overs; what is younger, and the archive, is never touched.

    A segment that waits longer than the time to live for its decision loses its video: the librarian then says
    ObjectVanished.
    """
    return Swept(await _removed(objects, TEMPORARY, now_us, ttl_us), await _removed(objects, INCOMING, now_us, ttl_us))


async def _removed(objects: Objects, prefix: str, now_us: int, ttl_us: int) -> tuple[ObjectFacts, ...]:
    expired = [found async for found in objects.list(prefix) if is_expired(found, now_us, ttl_us)]
    for start in range(0, len(expired), DELETED_AT_ONCE):
        await objects.delete([found.key for found in expired[start : start + DELETED_AT_ONCE]])
    return tuple(expired)
