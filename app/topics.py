"""THE table of topics: what each carries, by which key, who writes and reads it, and how the broker keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from schemas.records import (
    ArchiveDistribution,
    DeadLetter,
    LakeFile,
    PlatesRead,
    PlatesRecognized,
    PlateWatched,
    PolicyPublished,
    SegmentArchived,
    SegmentDecided,
    SegmentDetected,
    SegmentExtracted,
    SegmentRecorded,
    SegmentStored,
    WatchChanged,
    WindowMarker,
)

DAY_MS = 86_400_000
MIB = 1 << 20

SEGMENT_MAX_BYTES = 8 * MIB  # largest coded video of one segment; a longer GOP is refused where it is cut
LETTERS_TRANSACTIONAL_ID = "roadsieve.letters"  # one for all who settle letters, so that one of them fences another
LARGEST_MESSAGE_BYTES = SEGMENT_MAX_BYTES + MIB // 4  # facts, positions, headers and batch framing around the video


@dataclass(frozen=True, slots=True)
class Topic:
    """Describe one topic; stages are named as in agents/, other writers and readers by the command that does it."""

    name: str
    records: tuple[type, ...]
    """Record classes it carries, the primary one first; the schema id in each message selects."""
    key: Literal["camera_id", "archive", "source_id", "table", "topic/partition/offset"]
    writer: str
    readers: tuple[str, ...]
    other_writers: tuple[str, ...] = ()
    flow: Literal["video", "plates"] = "video"
    """Whose way it lies on: a segment's or a plate result's."""
    partitions: int | None = None
    """None: the setting topic_partitions. Topics a stage reads and its changelog always have equally many."""
    retention_ms: int = 7 * DAY_MS
    """-1: for ever."""
    cleanup: Literal["delete", "compact"] = "delete"
    max_message_bytes: int = 4 * MIB
    compression: Literal["none", "zstd"] = "zstd"
    shared: bool = False
    """Others write or read it too: neither an older nor a newer reader may fail on its records."""


SEGMENTS_RECORDED = Topic(
    "segments.recorded",
    (SegmentRecorded,),
    "camera_id",
    writer="replay",
    readers=("porter",),
    other_writers=("letters",),
    retention_ms=2 * DAY_MS,
    max_message_bytes=LARGEST_MESSAGE_BYTES,
    compression="none",  # coded video does not shrink
    shared=True,
)
SEGMENTS_STORED = Topic(
    "segments.stored",
    (SegmentStored,),
    "camera_id",
    writer="porter",
    readers=("detector",),
    other_writers=("letters",),
)
SEGMENTS_DETECTED = Topic(
    "segments.detected",
    (SegmentDetected,),
    "camera_id",
    writer="detector",
    readers=("extractor",),
    other_writers=("letters",),
)
SEGMENTS_EXTRACTED = Topic(
    "segments.extracted",
    (SegmentExtracted, WindowMarker, PolicyPublished),
    "archive",
    writer="extractor",
    readers=("curator",),
    other_writers=("curator", "policy", "letters"),
    retention_ms=30 * DAY_MS,
)
SEGMENTS_DECIDED = Topic(
    "segments.decided",
    (SegmentDecided,),
    "camera_id",
    writer="curator",
    readers=("librarian",),
    other_writers=("letters",),
    retention_ms=30 * DAY_MS,
)
SEGMENTS_ARCHIVED = Topic(
    "segments.archived",
    (SegmentArchived,),
    "camera_id",
    writer="librarian",
    readers=("sinker",),
    other_writers=("letters",),
    retention_ms=30 * DAY_MS,
    shared=True,
)
ARCHIVE_DISTRIBUTION = Topic(
    "archive.distribution",
    (ArchiveDistribution,),
    "archive",
    writer="curator",
    readers=("stats",),
    retention_ms=-1,
    cleanup="compact",
    shared=True,
)
PLATES_RECOGNIZED = Topic(
    "plates.recognized",
    (PlatesRecognized, WindowMarker, WatchChanged),
    "source_id",
    writer="alpr",
    readers=("scribe",),
    other_writers=("scribe", "watchlist", "letters"),
    flow="plates",
)
PLATES_READ = Topic(
    "plates.read",
    (PlatesRead, WindowMarker, WatchChanged),
    "source_id",
    writer="scribe",
    readers=("tracker",),
    other_writers=("tracker", "watchlist", "letters"),
    flow="plates",
)
PLATES_WATCHED = Topic(
    "plates.watched",
    (PlateWatched,),
    "source_id",
    writer="tracker",
    readers=("watchlist",),
    flow="plates",
    shared=True,
)
LAKE_FILES = Topic(
    "lake.files",
    (LakeFile,),
    "table",
    writer="scribe",
    readers=("registrar", "lake"),
    other_writers=("tracker", "letters"),
    flow="plates",
    partitions=1,  # one registrar at a time, fenced: the tables have one writer
    retention_ms=30 * DAY_MS,
)
DEAD_LETTERS = Topic(
    "dead.letters",
    (DeadLetter,),
    "topic/partition/offset",
    writer="engine",
    readers=("letters",),
    retention_ms=30 * DAY_MS,
    max_message_bytes=LARGEST_MESSAGE_BYTES + MIB,
    compression="none",  # mostly coded video
)

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        SEGMENTS_RECORDED,
        SEGMENTS_STORED,
        SEGMENTS_DETECTED,
        SEGMENTS_EXTRACTED,
        SEGMENTS_DECIDED,
        SEGMENTS_ARCHIVED,
        ARCHIVE_DISTRIBUTION,
        PLATES_RECOGNIZED,
        PLATES_READ,
        PLATES_WATCHED,
        LAKE_FILES,
        DEAD_LETTERS,
    )
}
