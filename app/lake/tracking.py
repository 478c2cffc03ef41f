"""Tracks in their state table: which go on, which end, by event time or because their source fell silent; pure.

Silence is told by markers, never by a clock: a source that was not heard between two markers that lie a gap apart has
no vehicle before it any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import blake2b
from typing import Protocol

from app.lake.lookalikes import EDIT_UNITS
from app.lake.tracks import agreed, best_look, follow, plate_id
from app.lake.watchlist import WatchList, change_list, watch_list
from schemas.records import (
    HeardSource,
    PlateReading,
    PlatesRead,
    PlateTrack,
    PlateWatched,
    TrackerRow,
    WatchChanged,
    WatchedPlate,
    WindowMarker,
)

TrackerRecord = PlatesRead | WatchChanged | WindowMarker
WINDOW_READINGS = 20_000
HEARD, WATCH = "heard", "watch"
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
        self._left -= 1 if isinstance(value, WatchChanged) else len(value.readings)
        return self._left <= 0


class Tracking:
    """Follow the vehicles of one window and look for the plates of the list among them.

    `ended` has the tracks that are over, `waiting` the sources with open ones, `spotted` what is to be told;
    `list_changed` tells whether the list did.
    """

    def __init__(self, rows: TrackerRows, gap_us: int) -> None:
        """Take the state table, and the silence after which a vehicle has left."""
        self._rows, self._gap_us = rows, gap_us
        listed = rows.get(WATCH)
        self._listed = {one.plate: one for one in (listed.watched if listed else ())}
        self.list_changed = False
        self.ended: list[PlateTrack] = []
        self.sources: dict[str, str] = {}
        """The source of each track that ended or was changed, by its id."""
        self.waiting: list[str] = []
        self.spotted: list[PlateWatched] = []

    @cached_property
    def watched(self) -> tuple[WatchedPlate, ...]:
        """The watch list, once all changes of the window are known."""
        return tuple(self._listed[plate] for plate in sorted(self._listed))

    @cached_property
    def _list(self) -> WatchList:
        return watch_list(self.watched)

    def change(self, change: WatchChanged) -> bool:
        """Change the watch list; False when it is full."""
        self.list_changed = True
        return change_list(self._listed, change)

    def take(self, readings: Mapping[str, Sequence[PlateReading]], marker_at_us: int | None) -> None:
        """Take the readings of a window by source, and the time of the marker that ended it, if one did."""
        if self.list_changed:
            self._rows.put(WATCH, TrackerRow(0, (), (), self.watched))
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
        self._end(source_id, self._looked_at(source_id, after.closed))
        if after.open:
            self._rows.put(key, TrackerRow(after.newest_us, self._looked_at(source_id, after.open), (), ()))
        else:
            self._rows.delete(key)
        return bool(after.open)

    def _leave(self, source_id: str) -> None:
        key = f"source/{source_id}"
        row = self._rows.get(key)
        self._end(source_id, row.tracks if row else ())
        self._rows.delete(key)

    def _looked_at(self, source_id: str, tracks: Sequence[PlateTrack]) -> tuple[PlateTrack, ...]:
        """Return tracks that know as which plates they were told; tell what they were not yet."""
        if not self._listed:
            return tuple(tracks)
        return tuple(self._look_at(source_id, track) for track in tracks)

    def _look_at(self, source_id: str, track: PlateTrack) -> PlateTrack:
        text, _ = agreed(track)
        found = [one for one in self._list.matches(text) if one.watched.plate not in track.told]
        if not found:
            return track
        best = best_look(track)
        for one in found:
            plate = one.watched.plate
            event_id = blake2b(f"{track.track_id}\n{plate}".encode(), digest_size=16).hexdigest()
            self.spotted.append(PlateWatched(
                event_id, track.track_id, plate_id(best), source_id, best.seen_at_us, best.image_uri, text,
                track.readings, plate, one.units / EDIT_UNITS, one.difference, one.watched.reason,
            ))  # fmt: skip
        return replace(track, told=tuple(sorted({*track.told, *(one.watched.plate for one in found)})))

    def _end(self, source_id: str, tracks: Sequence[PlateTrack]) -> None:
        self.ended += tracks
        self.sources |= dict.fromkeys((one.track_id for one in tracks), source_id)
