"""The keys of objects, pure: where a segment's video waits, and where its kept parts lie.

temporary/{camera}/{day}/{segment_id}.{mp4|mkv}
archive/{archive}/{day}/{camera}/{segment_id}/video.{mp4|mkv}
archive/{archive}/{day}/{camera}/{segment_id}/{frame_index:04d}.jpg
incoming/…      where a store collects an object before it has its key; what lies there for long is left from a crash
"""

from __future__ import annotations

from urllib.parse import quote

from app.days import day_of
from app.errors import MalformedRecord
from app.stores.objects import checked_key
from schemas.records import SegmentFacts

TEMPORARY = "temporary/"
ARCHIVE = "archive/"
INCOMING = "incoming/"
CONTAINERS = ("mp4", "mkv")


def writable_key(key: str) -> str:
    """Return the key if a store may write there: one that `checked_key` passes, and that is not the store's own."""
    if key.startswith(INCOMING):
        raise MalformedRecord(
            f"object key {key!r}", f"{INCOMING} is the store's own", "correct the producer of the record"
        )
    return checked_key(key)


def escape(name: str) -> str:
    """Return a name as one part of a key: letters, digits and ``-_.~`` stay, all else becomes %XX of its UTF-8 bytes.

    Names that differ stay different; urllib.parse.unquote gives the name back. Dots alone are escaped too: they
    would leave the folder.
    """
    escaped = quote(name, safe="")
    return escaped.replace(".", "%2E") if not escaped.strip(".") else escaped


def temporary_key(facts: SegmentFacts) -> str:
    """Return where the video of a segment waits for its decision; raises MalformedRecord for facts that give no key."""
    return checked_key(
        f"{TEMPORARY}{escape(facts.camera_id)}/{day_of(facts.recorded_at_us)}/{escape(facts.segment_id)}.{_container(facts)}"
    )


def archived_video_key(facts: SegmentFacts) -> str:
    """Return where the video of a kept segment lies; raises MalformedRecord for facts that give no key."""
    return checked_key(f"{_shelf(facts)}/video.{_container(facts)}")


def archived_still_key(facts: SegmentFacts, frame_index: int) -> str:
    """Return where the picture of a kept frame lies; raises MalformedRecord for facts that give no key."""
    return checked_key(f"{_shelf(facts)}/{frame_index:04d}.jpg")


def _shelf(facts: SegmentFacts) -> str:
    day = day_of(facts.recorded_at_us)
    return f"{ARCHIVE}{escape(facts.archive)}/{day}/{escape(facts.camera_id)}/{escape(facts.segment_id)}"


def _container(facts: SegmentFacts) -> str:
    if facts.container not in CONTAINERS:
        raise MalformedRecord(
            f"segment {facts.segment_id}",
            f"its container is {facts.container!r}, not mp4 or mkv",
            "correct the producer",
        )
    return facts.container
