"""Which rows of which tables one row of the catalog becomes in CQL: pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from app.stores.cql_values import packed, values_of
from app.stores.rows import CameraDayRow, DecisionRow, FrameRow, Row, SegmentRow

T = TypeVar("T")

HOUR_US = 3_600_000_000
HOURS_OF_DAY = 24


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns, and those of them that are its key: which partition, and where in it."""

    name: str
    columns: tuple[str, ...]
    partition: tuple[str, ...]
    place: tuple[str, ...] = ()

    @property
    def insert(self) -> str:
        """Return the statement that writes one row at a log position."""
        markers = ", ".join(f":{column}" for column in self.columns)
        columns = ", ".join(self.columns)
        return f"INSERT INTO {self.name} ({columns}) VALUES ({markers}) USING TIMESTAMP :written_at"


@dataclass(frozen=True, slots=True)
class Write:
    """One row for one table. No value is ever null: a null would be a tombstone."""

    table: Table
    values: Mapping[str, Any]
    version: int

    @property
    def partition(self) -> tuple[Any, ...]:
        """Return what tells its partition from all others."""
        return (self.table.name, *(self.values[column] for column in self.table.partition))

    @property
    def place(self) -> tuple[Any, ...]:
        """Return what tells it from all others of its partition."""
        return tuple(self.values[column] for column in self.table.place)


def hour_of(at_us: int) -> int:
    """Return the hour since 1970 that a time lies in."""
    return at_us // HOUR_US


def written_at(version: int) -> int:
    """Return the timestamp of what a version writes: of two writes to a cell the greater one stays, in any order.

    It is the log position itself, not a time: a replay, or a worker that lost its partition, can never overwrite
    what a later record wrote, whatever any clock says. ScyllaDB refuses timestamps in the future; a position is none.
    """
    return version + 1  # some servers keep 0 for "never"


def writes_of(row: Row) -> Iterator[Write]:
    """Yield what a row becomes."""
    values = packed(row) if isinstance(row, DecisionRow | FrameRow) else values_of(row)
    if isinstance(row, FrameRow):
        hour = hour_of(row.at_us)
        for tag in set(row.tags):
            index = {"tag": tag, "day": row.day, "hour_of_day": hour % HOURS_OF_DAY}
            yield Write(HOURS_BY_TAG, index, row.version)
            yield Write(FRAMES_BY_TAG, {**index, "at_us": row.at_us, "frame_id": row.frame_id}, row.version)
        camera_hour = {"camera_id": row.camera_id, "hour": hour}
        yield Write(HOURS_BY_CAMERA, camera_hour, row.version)
        yield Write(FRAMES_BY_CAMERA, {**camera_hour, "at_us": row.at_us, **values}, row.version)
    yield Write(TABLES[type(row)], values, row.version)


def by_partition(rows: Sequence[Row], most: int) -> list[list[Write]]:
    """Return the writes of rows, those to one partition together, up to `most`: they travel and are applied as one.

    Of several versions of one row the newest is written.
    """
    groups: dict[tuple[Any, ...], dict[tuple[Any, ...], Write]] = {}
    for row in rows:
        for write in writes_of(row):
            group = groups.setdefault(write.partition, {})
            if (there := group.get(write.place)) is None or there.version <= write.version:
                group[write.place] = write
    return [list(some) for group in groups.values() for some in batched(group.values(), most)]


def batched(ones: Iterable[T], most: int) -> Iterator[tuple[T, ...]]:
    """Yield them by so many; itertools has it from Python 3.12 on."""
    left = iter(ones)
    while some := tuple(islice(left, most)):
        yield some


def _table(name: str, kind: type[Any], partition: tuple[str, ...], place: tuple[str, ...] = ()) -> Table:
    columns = [field.name for field in dataclasses.fields(kind)]
    return Table(name, (*columns, *(key for key in (*partition, *place) if key not in columns)), partition, place)


TABLES: dict[type[Any], Table] = {
    SegmentRow: _table("segments", SegmentRow, ("segment_id",)),
    FrameRow: Table("frames", ("frame_id", "seen"), ("frame_id",)),
    DecisionRow: Table("decisions", ("window_id", "frame_id", "decided"), ("window_id",), ("frame_id",)),
    CameraDayRow: _table("camera_days", CameraDayRow, ("camera_id",), ("day",)),
}
"""The table that has a row whole, by its own key."""
FRAMES_BY_CAMERA = Table(
    "frames_by_camera",
    ("camera_id", "hour", "at_us", "frame_id", "seen"),
    ("camera_id", "hour"),
    ("at_us", "frame_id"),
)
HOURS_BY_CAMERA = Table("hours_by_camera", ("camera_id", "hour"), ("camera_id",), ("hour",))
FRAMES_BY_TAG = Table(
    "frames_by_tag",
    ("tag", "day", "hour_of_day", "at_us", "frame_id"),
    ("tag", "day", "hour_of_day"),
    ("at_us", "frame_id"),
)
HOURS_BY_TAG = Table("hours_by_tag", ("tag", "day", "hour_of_day"), ("tag", "day"), ("hour_of_day",))
ALL_TABLES = (*TABLES.values(), FRAMES_BY_CAMERA, HOURS_BY_CAMERA, FRAMES_BY_TAG, HOURS_BY_TAG)
