"""What each archive looks like now: its newest distribution in the compacted topic archive.distribution."""

from __future__ import annotations

from app.topics import ARCHIVE_DISTRIBUTION
from app.watch.follow import Reader
from app.wire.framing import Wire
from schemas.records import ArchiveDistribution


async def archives_now(reader: Reader, wire: Wire) -> dict[str, ArchiveDistribution]:
    """Return archive -> its distribution after the last window that was decided for it, by name."""
    decode = wire.decoder(ARCHIVE_DISTRIBUTION)
    found: dict[str, ArchiveDistribution] = {}
    async for record in reader.read_to_end(ARCHIVE_DISTRIBUTION.name):
        key = (record.key or b"").decode(errors="replace")
        if record.value is None:
            found.pop(key, None)
        else:
            found[key] = decode(record.value)
    return dict(sorted(found.items()))
