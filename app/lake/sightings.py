"""Tracks that ended to rows of table sighting; pure."""

from __future__ import annotations

from collections.abc import Iterable

from app.lake.lookalikes import HIDDEN
from app.lake.rows import Row
from app.lake.tracks import agreed, best_look, plate_id
from schemas.records import PlateTrack


def sighting_rows(tracks: Iterable[tuple[str, PlateTrack]]) -> list[Row]:
    """Return the rows of ended tracks, each with its source, in the order of the table's columns."""
    return [_row(source_id, track) for source_id, track in tracks]


def _row(source_id: str, track: PlateTrack) -> Row:
    text, agreement = agreed(track)
    best = best_look(track)
    car_id = f"{best.result_id}-c{best.place}" if best.has_car else None
    return (
        track.track_id, plate_id(best), best.result_id, car_id, source_id, best.seen_at_us, best.image_uri,
        track.first_seen_at_us, track.last_seen_at_us, track.readings, len(track.texts), text, text.endswith(HIDDEN),
        agreement, best.text, best.sure_percent,
    )  # fmt: skip
