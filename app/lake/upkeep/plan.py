"""What maintenance does, from plain facts: which files become one, which snapshots and which files go; pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from app.topics import DAY_MS, DEAD_LETTERS, LAKE_FILES

FEWEST_TODAY, FEWEST_LATER = 8, 2
"""Small files of a day that are worth a rewrite: more while files still come, so that none is written over and over."""

SEGMENT_MS = 7 * DAY_MS
"""Kafka keeps records for as long as the file they lie in is written to: a week by its default."""
NAMED_FOR_S = (LAKE_FILES.retention_ms + DEAD_LETTERS.retention_ms + 2 * SEGMENT_MS) / 1000
"""A file of the scribe that no table names may be named by a record of lake.files, or a letter of one, for so long."""

_OF_THE_SCRIBE = re.compile(r"data/day=[\d-]+/\d{4}-\d{12}\.parquet")


@dataclass(frozen=True, slots=True)
class Piece:
    """A data file that a table names."""

    path: str
    day: str
    rows: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot: when it was made, and whether it must stay, as the newest one or for the position that it tells."""

    snapshot_id: int
    made_us: int
    must_stay: bool


@dataclass(frozen=True, slots=True)
class Lying:
    """A file that lies in a table's folder; `place` is its path below it."""

    place: str
    changed_us: int
    size_bytes: int


def bins(pieces: Iterable[Piece], target_bytes: int, first: str, today: str) -> list[list[Piece]]:
    """Return the groups of small files that are each to become one of about `target_bytes`; each is of one day.

    Days before `first` are left to retention.
    """
    days: dict[str, list[Piece]] = {}
    for piece in pieces:
        if piece.day >= first and piece.size_bytes < target_bytes * 3 // 4:
            days.setdefault(piece.day, []).append(piece)
    found: list[list[Piece]] = []
    for day in sorted(days):
        small = sorted(days[day], key=lambda piece: piece.path)
        if len(small) < (FEWEST_TODAY if day >= today else FEWEST_LATER):
            continue
        group, size_bytes = [small[0]], small[0].size_bytes
        for piece in small[1:]:
            if size_bytes + piece.size_bytes > target_bytes:
                found.append(group)
                group, size_bytes = [], 0
            group.append(piece)
            size_bytes += piece.size_bytes
        found.append(group)
    return [group for group in found if len(group) > 1]


def name_of(group: Sequence[Piece]) -> str:
    """Return the stem of the file that a group becomes: the same group gives the same name, after a crash too."""
    text = "\n".join(sorted(piece.path for piece in group))
    return f"merged-{blake2b(text.encode(), digest_size=16).hexdigest()}"


def expired(snapshots: Iterable[Kept], now_us: int, age_s: float) -> list[int]:
    """Return the snapshots that are older than `age_s` and not needed."""
    before_us = now_us - round(age_s * 1e6)
    return [one.snapshot_id for one in snapshots if one.made_us < before_us and not one.must_stay]


def orphans(lying: Iterable[Lying], named: Collection[str], now_us: int, age_s: float) -> list[Lying]:
    """Return the files that no snapshot names and that nobody is about to name.

    A file is written before it is named: one younger than `age_s` may be named any moment, and one of the scribe as
    long as lake.files may still carry its name.
    """
    return [
        file
        for file in lying
        if file.place not in named
        and now_us - file.changed_us > 1e6 * (max(age_s, NAMED_FOR_S) if is_of_the_scribe(file.place) else age_s)
    ]


def is_of_the_scribe(place: str) -> bool:
    """Tell whether a file was written by the scribe, and not by maintenance."""
    return _OF_THE_SCRIBE.fullmatch(place) is not None
