"""Rows of many results in Arrow's compact form: as Python's objects those of a window would take a gigabyte."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from app.lake.reading import Result
from app.lake.rows import LakeRows
from app.lake.tables import LAKE_TABLES
from app.lake.warehouse import arrow_table

PART_RESULTS = 1000
"""Results whose rows are Python's objects at a time."""


class Collected:
    """Collect the rows of results; `tables` gives each table's."""

    def __init__(self) -> None:
        self._rows, self._count = LakeRows(), 0
        self._parts: dict[str, list[pa.Table]] = {name: [] for name in LAKE_TABLES}

    def add(self, result: Result) -> None:
        """Add the rows of a result."""
        self._rows.add(result)
        self._count += 1
        if self._count % PART_RESULTS == 0:
            self._pack()

    def tables(self) -> Iterator[tuple[str, pa.Table]]:
        """Yield every table's name and rows, in the order of the results."""
        self._pack()
        for name, parts in self._parts.items():
            yield name, pa.concat_tables(parts)

    def _pack(self) -> None:
        for name, columns in self._rows.tables().items():
            self._parts[name].append(arrow_table(LAKE_TABLES[name], columns))
        self._rows = LakeRows()
