"""The records of the plate lake, as frozen dataclasses: what the .avsc files beside this one say; import them from
schemas.records."""

from __future__ import annotations

from dataclasses import dataclass


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
