"""Which segments of a camera were forwarded already: a ring per camera, so that an upload sent twice counts once."""

from __future__ import annotations

from typing import Protocol

from schemas.records import UploadRow


class UploadPeek(Protocol):
    """What `is_known` needs of a state table."""

    def get(self, key: str, /) -> UploadRow | None:
        """Return a row."""


class UploadRows(UploadPeek, Protocol):
    """What `remember` needs of a state table."""

    def put(self, key: str, row: UploadRow, /) -> None:
        """Set a row."""

    def delete(self, key: str, /) -> None:
        """Remove a row."""


def is_known(rows: UploadPeek, camera_id: str, segment_id: str) -> bool:
    """Tell whether the camera's ring still remembers the segment."""
    return rows.get(_segment(camera_id, segment_id)) is not None


def remember(rows: UploadRows, camera_id: str, segment_id: str, object_key: str, horizon: int) -> None:
    """Add a segment to the camera's ring; the one `horizon` places back is forgotten.

    Three rows change per segment, whatever the horizon: the segment's own, its place in the ring, the camera's count.
    A lower horizon than before frees the places beyond it only as the count passes over them.
    """
    last = rows.get(_count(camera_id))
    count = last.count + 1 if last is not None else 1
    row = UploadRow(segment_id=segment_id, object_key=object_key, count=count)
    place = f"ring/{count % horizon}/{camera_id}"
    forgotten = rows.get(place)
    if forgotten is not None:
        rows.delete(_segment(camera_id, forgotten.segment_id))
    rows.put(place, row)
    rows.put(_segment(camera_id, segment_id), row)
    rows.put(_count(camera_id), UploadRow(segment_id="", object_key="", count=count))


def _segment(camera_id: str, segment_id: str) -> str:
    return f"segment/{segment_id}/{camera_id}"


def _count(camera_id: str) -> str:
    return f"count/{camera_id}"
