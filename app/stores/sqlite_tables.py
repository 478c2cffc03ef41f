"""The catalog's tables in SQLite: each row class a table, each field a column, and the statements made from them."""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.stores.rows import CameraDayRow, DecisionRow, FrameRow, Row, SegmentRow
from schemas.records import SeenObject

LAYOUT_VERSION = 1

INDEXES = (
    "CREATE INDEX frames_of_camera ON frames (camera_id, at_us, frame_id)",
    "CREATE INDEX decisions_of_window ON decisions (window_id, rank, frame_id)",
    "CREATE TABLE frame_tags (tag TEXT, day TEXT, at_us INTEGER, frame_id TEXT, "
    "PRIMARY KEY (tag, day, at_us, frame_id)) WITHOUT ROWID",
    "CREATE INDEX tags_of_frame ON frame_tags (frame_id)",
)
FORGET_TAGS = "DELETE FROM frame_tags WHERE frame_id = ?"
WRITE_TAGS = (
    "INSERT INTO frame_tags (tag, day, at_us, frame_id) "
    "SELECT DISTINCT tag.value, day, at_us, frame_id FROM frames, json_each(frames.tags) AS tag WHERE frame_id = ?"
)

SQL_TYPES: dict[Any, str] = {str: "TEXT", int: "INTEGER", bool: "INTEGER", float: "REAL"}


@dataclass(frozen=True, slots=True)
class RowTable:
    """How rows of one class lie in their table."""

    name: str
    key: tuple[str, ...]
    create: str
    upsert: str
    select: str
    to_values: Callable[[Any], tuple[Any, ...]]
    """Row -> column values."""
    to_row: Callable[[tuple[Any, ...]], Any]
    """Column values -> row."""


def _table(kind: type[Row], name: str, key: tuple[str, ...]) -> RowTable:
    hints = typing.get_type_hints(kind)
    columns = [field.name for field in dataclasses.fields(kind)]
    definitions = [f"{column} {SQL_TYPES.get(hints[column], 'TEXT')} NOT NULL" for column in columns]
    changed = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in key)
    readers = [_reader(hints[column]) for column in columns]
    plain = [hints[column] in SQL_TYPES for column in columns]

    def to_values(row: Any) -> tuple[Any, ...]:
        values = (getattr(row, column) for column in columns)
        return tuple(value if is_plain else _json(value) for value, is_plain in zip(values, plain, strict=True))

    def to_row(values: tuple[Any, ...]) -> Any:
        return kind(*(read(value) for read, value in zip(readers, values, strict=True)))

    return RowTable(
        name=name,
        key=key,
        create=f"CREATE TABLE {name} ({', '.join(definitions)}, PRIMARY KEY ({', '.join(key)}))",
        upsert=f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed} WHERE excluded.version >= {name}.version",
        select=f"SELECT {', '.join(f'{name}.{column}' for column in columns)} FROM {name}",
        to_values=to_values,
        to_row=to_row,
    )


def layout() -> list[str]:
    """Return the statements that make an empty catalog."""
    return [*(table.create for table in TABLES.values()), *INDEXES, f"PRAGMA user_version = {LAYOUT_VERSION}"]


def _json(value: Any) -> str:
    if isinstance(value, Mapping):
        value = dict(sorted(value.items()))
    elif value and isinstance(value[0], SeenObject):
        value = [dataclasses.astuple(one) for one in value]
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _reader(hint: Any) -> Callable[[Any], Any]:
    if hint is bool:
        return bool
    if hint in SQL_TYPES:
        return lambda value: value
    if typing.get_args(hint)[0] is SeenObject:
        return lambda text: tuple(SeenObject(*values) for values in json.loads(text))
    if typing.get_origin(hint) is tuple:
        return lambda text: tuple(json.loads(text))
    return json.loads


TABLES: dict[type[Any], RowTable] = {
    kind: _table(kind, name, key)
    for kind, name, key in (
        (SegmentRow, "segments", ("segment_id",)),
        (FrameRow, "frames", ("frame_id",)),
        (DecisionRow, "decisions", ("window_id", "frame_id")),
        (CameraDayRow, "camera_days", ("camera_id", "day")),
    )
}
