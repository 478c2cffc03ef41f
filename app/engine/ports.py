"""The two ports of a partition's pipeline: the log it reads and the transactor that makes a batch a fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class SourceRecord(Protocol):
    """One record as read: aiokafka's own object on the hot path, anything alike in a test."""

    @property
    def offset(self) -> int:
        """Its place in the partition."""
        ...

    @property
    def timestamp(self) -> int:
        """Milliseconds since 1970, of its producer or broker."""
        ...

    @property
    def key(self) -> bytes | None:
        """Its key."""
        ...

    @property
    def value(self) -> bytes | None:
        """Its bytes; None is a tombstone."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """Its headers, in order."""
        ...


class Log(Protocol):
    """The committed records of one source partition, in order, from the position of the last commit."""

    async def read(self, max_records: int, max_bytes: int) -> Sequence[SourceRecord]:
        """Return the next records, at least one; stop after max_records, or when max_bytes have been reached."""
        ...

    def caught_up(self) -> bool:
        """Tell whether everything the broker has shown so far was read."""
        ...


HeadersOf = dict[tuple[str, int], dict[int, list[tuple[str, bytes | None]]]]
"""(topic, partition) -> headers of those outputs that have any, by their place among the outputs."""


@dataclass(slots=True)
class Effects:
    """All that one micro-batch does: made visible together, or not at all."""

    position: int
    """The next source offset to read."""
    outputs: dict[tuple[str, int], list[tuple[bytes, bytes]]] = field(default_factory=dict)
    """(topic, partition) -> ordered (key, value)."""
    rows: Mapping[bytes, bytes | None] = field(default_factory=dict)
    """State rows by key; None deletes."""
    headers: HeadersOf = field(default_factory=dict)


class Transactor(Protocol):
    """Commits effects in one transaction."""

    async def commit(self, effects: Effects) -> int:
        """Return the next changelog offset once the effects are a fact; raise Fenced when there is a newer owner."""
        ...


class Rows(Protocol):
    """The committed state of one partition: a cache of the changelog."""

    def get(self, key: bytes) -> bytes | None:
        """Return a committed row."""
        ...

    def apply(self, rows: Mapping[bytes, bytes | None], changelog_offset: int, position: int) -> None:
        """Take over rows and both offsets in one atomic write."""
        ...


class Fenced(Exception):
    """A newer owner has this partition: whatever we still hold of it is void."""
