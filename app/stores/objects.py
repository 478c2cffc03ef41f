"""Port of the object store: coded video and stills by key. Objects are written whole and never changed,
only replaced."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Protocol

from app.errors import MalformedRecord

KEY_LIMIT_BYTES = 1024
PART_LIMIT_BYTES = 255


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What the store knows of an object without reading it."""

    key: str
    size_bytes: int
    modified_us: int


class Objects(Protocol):
    """Keep objects by key; every method raises InfrastructureError when the store fails,
    MalformedRecord for an impossible key."""

    requests: Counter[str]
    """Requests made so far by verb: what an object store charges for."""

    async def put(self, key: str, body: bytes) -> None:
        """Write an object, durable on return, in place of one that may be there;
        readers see the old or the new one, whole."""

    async def get(self, key: str) -> bytes:
        """Return an object's bytes; raises ObjectVanished when there is none."""

    async def copy(self, source: str, target: str) -> None:
        """Write the object of one key under another, durable on return;
        raises ObjectVanished when there is none to copy."""

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; a key without an object is no error."""

    async def head(self, key: str) -> ObjectFacts | None:
        """Return the facts of an object, None when there is none."""

    async def link(self, key: str, valid_s: float) -> str:
        """Return an address at which people can look at an object for so long, without a key to the store;
        nobody looks whether there is one."""

    def list(self, prefix: str) -> AsyncIterator[ObjectFacts]:
        """Yield the objects whose keys begin with a prefix, in the order of their keys' bytes; read page by page."""


def checked_key(key: str) -> str:
    """Return the key if every store can hold it and no file system can be left by it; raises MalformedRecord."""
    why = _fault(key)
    if why:
        raise MalformedRecord(f"object key {key[:200]!r}", why, "correct the producer of the record that names it")
    return key


def _fault(key: str) -> str | None:
    if not key:
        return "it is empty"
    if not key.isprintable() or "\\" in key:
        return "it holds a backslash or a control character"
    if len(key.encode("utf-8", "replace")) > KEY_LIMIT_BYTES:
        return f"it is longer than {KEY_LIMIT_BYTES} bytes"
    for part in key.split("/"):
        if part in ("", ".", ".."):
            return "it is absolute, or a part of it is empty, '.' or '..'"
        if len(part.encode("utf-8", "replace")) > PART_LIMIT_BYTES:
            return f"a part of it is longer than {PART_LIMIT_BYTES} bytes"
    return None
