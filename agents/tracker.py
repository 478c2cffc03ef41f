"""tracker: makes one sighting of all readings of a vehicle that passes a source; tells those looked for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from app.engine import Batch, Peek, stage_app
from app.errors import UnusableResult
from app.lake.lookout import Lookout
from app.lake.open import open_warehouse
from app.lake.sightings import sighting_rows
from app.lake.tables import SIGHTING
from app.lake.tracking import WATCH, ReadingsEnd, TrackerRecord, Tracking
from app.settings import settings
from app.tables import TRACKS
from app.telemetry import vehicles_left
from app.topics import LAKE_FILES, PLATES_READ, PLATES_WATCHED
from schemas.records import LakeFile, PlateReading, PlatesRead, TrackerRow, WatchChanged, WindowMarker

app = stage_app("tracker")
warehouse = app.use(open_warehouse)
lookout = Lookout(settings().lake_track_gap_s)


def marker(sent_at_us: int) -> WindowMarker:
    """Return the record that ends a window after a silence."""
    return WindowMarker(archive="", sent_at_us=sent_at_us)


def hurry(values: Sequence[TrackerRecord], rows: Peek[TrackerRow]) -> bool:
    """Tell whether a vehicle that is looked for comes into sight, or the list of them changes."""
    if not lookout.knows:
        listed = rows.get(WATCH)
        lookout.look_for(listed.watched if listed else ())
    read = ((one.source_id, each.text) for one in values if isinstance(one, PlatesRead) for each in one.readings)
    return lookout.comes(read, time.monotonic()) or any(isinstance(one, WatchChanged) for one in values)


@app.agent(
    PLATES_READ, name="tracker", table=TRACKS, sends=[LAKE_FILES, PLATES_READ, PLATES_WATCHED],
    window=ReadingsEnd, marker=marker, linger_s=settings().lake_track_linger_s, hurry=hurry,
)  # fmt: skip
async def tracker(batch: Batch[TrackerRecord, None]) -> None:
    """Follow the vehicles of a window, and write those that left; the file's name comes from the window's offset.

    While a vehicle is there, an empty record keeps the next window open, so that a marker ends it should all be silent.
    """
    tracking = Tracking(batch.table, round(settings().lake_track_gap_s * 1e6))
    await asyncio.to_thread(_follow, tracking, batch)
    if tracking.list_changed:
        lookout.look_for(tracking.watched)
    rows = sighting_rows((tracking.sources[one.track_id], one) for one in tracking.ended)
    stem = f"{batch.partition:04d}-{batch.first_offset:012d}"
    for file in await asyncio.to_thread(warehouse().write, SIGHTING.name, rows, stem):
        batch.send(LAKE_FILES, SIGHTING.name, LakeFile(file.table, file.day, file.path, file.rows, file.size_bytes))
    for event in tracking.spotted:
        batch.send(PLATES_WATCHED, event.source_id, event)
    if tracking.waiting:
        batch.send(PLATES_READ, tracking.waiting[0], PlatesRead(tracking.waiting[0], ()))
    vehicles_left([one.readings for one in tracking.ended], len(tracking.spotted))


def _follow(tracking: Tracking, batch: Batch[TrackerRecord, None]) -> None:
    readings: dict[str, list[PlateReading]] = {}
    marker_at_us = None
    for item in batch:
        if isinstance(item.value, WindowMarker):
            marker_at_us = item.value.sent_at_us
        elif isinstance(item.value, WatchChanged):
            if not tracking.change(item.value):
                full = UnusableResult("watch list", "it is full", "remove plates, then replay the letter", "size")
                batch.refuse(item, full)
        elif item.value.readings:
            readings.setdefault(item.value.source_id, []).extend(item.value.readings)
    tracking.take(readings, marker_at_us)
