"""The records of the plate lake, as frozen dataclasses: what the .avsc files beside this one say; import them from
schemas.records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WatchChange = Literal["add", "remove"]


@dataclass(frozen=True, slots=True)
class PlatesRecognized:
    """What a plate-recognition engine said of one picture, in the words of its SDK."""

    source_id: str
    seen_at_us: int
    image_uri: str
    result: bytes


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A Parquet file that the scribe wrote and the registrar is to name in its table."""

    table: str
    day: str
    path: str
    rows: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ResultRow:
    """State of the scribe: results of a source that it remembers, so that one sent twice is loaded once."""

    count: int
    result_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlateReading:
    """A plate that was read in one picture."""

    result_id: str
    place: int
    has_car: bool
    seen_at_us: int
    image_uri: str
    text: str
    sure_percent: float | None
    character_percents: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PlatesRead:
    """New readings of one source, each once, in the order of the log; none to keep a window of the tracker open."""

    source_id: str
    readings: tuple[PlateReading, ...]


@dataclass(frozen=True, slots=True)
class TextSeen:
    """One text that a track's plate was read as."""

    text: str
    readings: int
    weights: tuple[int, ...]
    best: PlateReading


@dataclass(frozen=True, slots=True)
class PlateTrack:
    """Readings of one vehicle at one source with no gap between them."""

    track_id: str
    first_seen_at_us: int
    last_seen_at_us: int
    readings: int
    last_result_id: str
    texts: tuple[TextSeen, ...]
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeardSource:
    """When a source with open tracks was last heard, by the markers of the log."""

    source_id: str
    heard_by_us: int


@dataclass(frozen=True, slots=True)
class WatchedPlate:
    """A plate of the watch list."""

    plate: str
    most_units: int
    reason: str


@dataclass(frozen=True, slots=True)
class TrackerRow:
    """State of the tracker: the open tracks of a source; which sources have any; the watch list."""

    newest_us: int
    tracks: tuple[PlateTrack, ...]
    heard: tuple[HeardSource, ...]
    watched: tuple[WatchedPlate, ...]


@dataclass(frozen=True, slots=True)
class WatchChanged:
    """A change of the watch list, sent to every partition; takes effect with the window that it lies in."""

    plate: str
    change: WatchChange
    most_units: int
    reason: str


@dataclass(frozen=True, slots=True)
class PlateWatched:
    """A vehicle whose plate is, or looks like, one that is looked for; told once for each that it passes as."""

    event_id: str
    track_id: str
    plate_id: str
    source_id: str
    seen_at_us: int
    image_uri: str
    text: str
    readings: int
    plate: str
    distance: float
    difference: str
    reason: str
