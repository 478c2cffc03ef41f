"""Every state table: name.vN, the stage and the one agent that writes it, its key, its row, its changelog topic.

A row is plain Avro without framing. A row that changes its meaning or its fields is a new version of the table, so
that an old changelog is never read as something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.topics import MIB
from app.wire.codec import RowCodec, codec_of
from schemas.records import ArchiveState, CameraState, DayState, ResultRow, TrackerRow, UploadRow


@dataclass(frozen=True)
class Table:
    """Describe one state table, partitioned like the topic its stage reads."""

    name: str
    version: int
    stage: str
    """The stage whose agent of the same name is the only writer."""
    key: str
    row: type | None
    """Class of its rows; None for a stage without state, whose changelog holds nothing but its position."""
    max_message_bytes: int = 4 * MIB

    @property
    def full_name(self) -> str:
        """Return the name with its version, as in uploads.v1."""
        return f"{self.name}.v{self.version}"

    @property
    def changelog(self) -> str:
        """Return the compacted topic that holds its rows."""
        return f"roadsieve.{self.stage}-{self.full_name}-changelog"

    @cached_property
    def codec(self) -> RowCodec[Any]:
        """Return the codec of its rows; raises TypeError for a table without rows."""
        if self.row is None:
            raise TypeError(f"{self.full_name} of {self.stage} has no rows")
        return codec_of(self.row)


UPLOADS = Table("uploads", 1, "porter", key="segment/ID/CAMERA, ring/PLACE/CAMERA, count/CAMERA", row=UploadRow)
DETECTOR_POSITION = Table("position", 1, "detector", key="", row=None)
CAMERAS = Table("cameras", 1, "extractor", key="camera_id", row=CameraState)
ARCHIVES = Table("archives", 1, "curator", key="archive", row=ArchiveState)
LIBRARIAN_POSITION = Table("position", 1, "librarian", key="", row=None)
DAYS = Table("days", 1, "sinker", key="YYYY-MM-DD/camera_id", row=DayState)
RESULTS = Table("results", 1, "scribe", key="result/ID, shelf/NUMBER/SOURCE, count/SOURCE, watch", row=ResultRow)
TRACKS = Table("tracks", 1, "tracker", key="source/SOURCE, heard, watch", row=TrackerRow)
REGISTRAR_POSITION = Table("position", 1, "registrar", key="", row=None)

TABLES: dict[str, Table] = {
    table.stage: table
    for table in (
        UPLOADS, DETECTOR_POSITION, CAMERAS, ARCHIVES, LIBRARIAN_POSITION, DAYS, RESULTS, TRACKS, REGISTRAR_POSITION,
    )
}
"""The table of each stage."""
