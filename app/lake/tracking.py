"""Tracks in their state table: which go on, which end, by event time or because their source fell silent; pure.

Silence is told by markers, never by a clock: a source that was not heard between two markers that lie a gap apart has
no vehicle before it any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from app.lake.tracks import follow
from schemas.records import HeardSource, PlateReading, PlatesRead, PlateTrack, TrackerRow, WindowMarker

TrackerRecord = PlatesRead | WindowMarker
WINDOW_READINGS = 20_000
HEARD = "heard"
_FOR_EVER_US = 1 << 62


class TrackerRows(Protocol):
    """What tracking needs of a state table."""

    def get(self, key: str, /) -> TrackerRow | None:
        """Return a row."""

    def put(self, key: str, row: TrackerRow, /) -> None:
        """Set a row."""

    def delete(self, key: str, /) -> None:
        """Remove a row."""


class ReadingsEnd:
    """Tell which record ends a window of the tracker: enough readings, or a marker."""

    def __init__(self) -> None:
        self._left = WINDOW_READINGS

    def add(self, value: TrackerRecord) -> bool:
        """Take the next record; True when the window ends with it."""
        if isinstance(value, WindowMarker):
            return True
        self._left -= len(value.readings)
        return self._left <= 0


class Tracking:
    """Follow the vehicles of one window; `ended` has the tracks that are over, `waiting` the sources with open ones."""

    def __init__(self, rows: TrackerRows, gap_us: int) -> None:
        """Take the state table, and the silence after which a vehicle has left."""
        self._rows, self._gap_us = rows, gap_us
        self.ended: list[PlateTrack] = []
        self.sources: dict[str, str] = {}
        """The source of each track that ended or was changed, by its id."""
        self.waiting: list[str] = []

    def take(self, readings: Mapping[str, Sequence[PlateReading]], marker_at_us: int | None) -> None:
        """Take the readings of a window by source, and the time of the marker that ended it, if one did."""
        listed = self._rows.get(HEARD)
        heard = {one.source_id: one.heard_by_us for one in (listed.heard if listed else ())}
        for source_id, found in readings.items():
            if self._follow(source_id, found, marker_at_us):
                heard[source_id] = marker_at_us or 0
            else:
                heard.pop(source_id, None)
        if marker_at_us is not None:
            for source_id in sorted(heard.keys() - readings.keys()):
                if heard[source_id] == 0:
                    heard[source_id] = marker_at_us
                elif marker_at_us - heard[source_id] >= self._gap_us:
                    self._leave(source_id)
                    del heard[source_id]
        self.waiting = sorted(heard)
        if heard:
            silent = tuple(HeardSource(source_id, heard[source_id]) for source_id in self.waiting)
            self._rows.put(HEARD, TrackerRow(0, (), silent, ()))
        elif listed:
            self._rows.delete(HEARD)

    def _follow(self, source_id: str, readings: Sequence[PlateReading], marker_at_us: int | None) -> bool:
        key = f"source/{source_id}"
        row = self._rows.get(key) or TrackerRow(0, (), (), ())
        latest_us = _FOR_EVER_US if marker_at_us is None else marker_at_us + self._gap_us
        after = follow(row.tracks, row.newest_us, readings, self._gap_us, latest_us)
        self._end(source_id, after.closed)
        if after.open:
            self._rows.put(key, TrackerRow(after.newest_us, after.open, (), ()))
        else:
            self._rows.delete(key)
        return bool(after.open)

    def _leave(self, source_id: str) -> None:
        key = f"source/{source_id}"
        row = self._rows.get(key)
        self._end(source_id, row.tracks if row else ())
        self._rows.delete(key)

    def _end(self, source_id: str, tracks: Sequence[PlateTrack]) -> None:
        self.ended += tracks
        self.sources |= dict.fromkeys((one.track_id for one in tracks), source_id)
