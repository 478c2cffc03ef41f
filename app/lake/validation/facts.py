"""One day of the six tables, counted: how many rows break a rule, how many there are, how sure they are; it blocks.

The tables are those that were read once: what is committed meanwhile is not mixed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from app.lake.tables import LAKE_TABLES
from app.lake.upkeep.compact import rows_in
from app.lake.upkeep.contents import data_files, day_of
from app.lake.validation.rules import LOOKED_AT, Rule
from app.lake.warehouse import Warehouse, position_of

Counts = Mapping[str, int]


class Lake:
    """The six tables as they are at one moment."""

    def __init__(self, lake: Warehouse) -> None:
        """Read what each table's newest snapshot names."""
        self._tables: dict[str, Table] = {name: lake.table(name) for name in LAKE_TABLES}
        self._files: dict[str, dict[str, list[DataFile]]] = {name: {} for name in LAKE_TABLES}
        for name, table in self._tables.items():
            for file in data_files(table).values():
                self._files[name].setdefault(day_of(file), []).append(file)
        self._read: tuple[str, str] | None = None
        self._rows: pa.Table | None = None

    @property
    def days(self) -> list[str]:
        """Return the days that some table has rows of."""
        return sorted({day for files in self._files.values() for day in files})

    @property
    def positions(self) -> dict[str, int]:
        """Return up to which offset of lake.files each table has its files."""
        return {name: position_of(table) for name, table in self._tables.items()}

    def rows(self, name: str) -> dict[str, int]:
        """Return how many rows a table has of each day."""
        return {day: sum(file.record_count for file in files) for day, files in self._files[name].items()}

    def read(self, name: str, day: str) -> pa.Table:
        """Return what the rules look at of a table's rows of a day; it is kept until another is asked for."""
        if self._read != (name, day):
            self._rows = None  # gone before as much again is read
            self._rows = self._of(name, day, LOOKED_AT[name])
            self._read = name, day
        assert self._rows is not None
        return self._rows

    def parents(self, rule: Rule, day: str) -> pa.ChunkedArray:
        """Return the column of the parents' rows of a day that those of a rule's table name."""
        return self._of(rule.parent, day, rule.columns).column(0)

    def _of(self, name: str, day: str, columns: Sequence[str]) -> pa.Table:
        return rows_in(self._tables[name], self._files[name].get(day, []), columns)


def broken(lake: Lake, rule: Rule, day: str) -> int:
    """Return how many rows of a day break a rule of the kinds parents, range, words, nulls and duplicates."""
    rows = lake.read(rule.table, day).select(rule.columns)
    if rule.kind == "nulls":
        return sum(column.null_count for column in rows.columns)
    if rule.kind == "duplicates":
        return len(rows) - len(rows.group_by(list(rule.columns)).aggregate([]))
    if rule.kind == "parents":
        orphaned = pc.invert(pc.is_in(rows.column(0), value_set=lake.parents(rule, day).combine_chunks()))
        return _true(pc.and_(orphaned, pc.is_valid(rows.column(0))))
    if rule.kind == "words":
        masked = pc.or_(pc.equal(pc.fill_null(rows.column(1), 0), -1), pc.match_substring(rows.column(0), "*"))
        known = pc.is_in(rows.column(0), value_set=pa.array(rule.words))
        return _true(pc.invert(pc.or_(known, masked)))
    values = rows.column(0)
    outside = pc.or_(pc.less(values, rule.low), pc.greater(values, rule.high))
    unreal = pc.is_nan(values) if pa.types.is_floating(values.type) else pc.less(values, rule.low)
    return _true(pc.or_(outside, unreal))


def mean(lake: Lake, rule: Rule, day: str) -> float | None:
    """Return the mean of a rule's column on a day; None without a value."""
    found = pc.mean(lake.read(rule.table, day).column(rule.columns[0])).as_py()
    return None if found is None else float(found)


def newest_us(lake: Lake, rule: Rule, day: str) -> int | None:
    """Return the newest time of a rule's column on a day; None without a row."""
    found = pc.max(lake.read(rule.table, day).column(rule.columns[0]).cast(pa.int64())).as_py()
    return None if found is None else int(found)


def _true(flags: pa.ChunkedArray) -> int:
    return int(pc.sum(pc.fill_null(flags, fill_value=False)).as_py() or 0)
