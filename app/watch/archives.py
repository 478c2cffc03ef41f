"""What each archive looks like now: its newest distribution in the compacted topic archive.distribution."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiokafka import TopicPartition

from app.topics import ARCHIVE_DISTRIBUTION
from app.watch.follow import Reader
from app.wire.framing import Wire
from schemas.records import ArchiveDistribution


@dataclass(slots=True)
class ArchiveFollower:
    """Hold the newest distribution of every archive; each reading goes on where the one before ended."""

    found: dict[str, tuple[ArchiveDistribution, int]] = field(default_factory=dict)
    """Archive -> its distribution after the last window that was decided for it, and the time (ms) of that record."""
    _next: dict[TopicPartition, int] = field(default_factory=dict)

    async def read_on(self, reader: Reader, wire: Wire) -> None:
        """Take in what was decided since the last call."""
        decode = wire.decoder(ARCHIVE_DISTRIBUTION)
        async for record in reader.read_to_end(ARCHIVE_DISTRIBUTION.name, self._next):
            key = (record.key or b"").decode(errors="replace")
            if record.value is None:
                self.found.pop(key, None)
            else:
                self.found[key] = decode(record.value), record.timestamp
            self._next[TopicPartition(record.topic, record.partition)] = record.offset + 1


async def archives_now(reader: Reader, wire: Wire) -> dict[str, ArchiveDistribution]:
    """Return archive -> its distribution after the last window that was decided for it, by name."""
    follower = ArchiveFollower()
    await follower.read_on(reader, wire)
    return {name: distribution for name, (distribution, _) in sorted(follower.found.items())}
