"""Rows of data files whose footers are remembered: a file that is asked again costs the row groups it is asked for.

Reading a footer and planning a scan took most of the time of a lookup. A file never changes under its name.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import pyarrow as pa
import pyarrow.dataset as ds
from pyiceberg.expressions import BooleanExpression
from pyiceberg.expressions.visitors import bind
from pyiceberg.io.pyarrow import ArrowScan, PyArrowFileIO, expression_to_pyarrow
from pyiceberg.table import FileScanTask, Table

from app.lake.tables import LAKE_TABLES
from app.lake.warehouse import arrow_schema
from app.lake_api.groups import Bounds, bounds_of, groups_for, values_named

FOOTERS_BYTES = 128 << 20
"""Memory that footers may take; those used longest ago are read again."""
IN_MEMORY = 4
"""Bytes that a footer takes in memory for each one it has in its file, about."""
FORMAT = ds.ParquetFileFormat(pre_buffer=True)


@dataclass(frozen=True, slots=True)
class _Known:
    fragment: ds.ParquetFileFragment
    bounds: Bounds
    """Of the column that files are sorted by first."""
    is_as_we_write: bool
    """Its columns have our types; one that it lacks, since it is newer than the file, is null."""
    size_bytes: int


@dataclass(slots=True)
class Files:
    """Read the rows of data files."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _known: OrderedDict[str, _Known] = field(default_factory=OrderedDict)
    _held_bytes: int = 0

    def rows(
        self, table: Table, tasks: Sequence[FileScanTask], columns: Sequence[str], expression: BooleanExpression
    ) -> pa.Table:
        """Return the rows for which an expression holds, in some columns; raises OSError."""
        whole = arrow_schema(LAKE_TABLES[table.name()[-1]])
        wanted = expression_to_pyarrow(bind(table.schema(), expression, case_sensitive=True))
        found = [pa.schema([whole.field(one) for one in columns]).empty_table()]
        named = values_named(expression, LAKE_TABLES[table.name()[-1]].sorted_by[0])
        together = []
        for task in tasks:
            file = self._file(table, task.file.file_path, whole)
            if file.is_as_we_write and not task.delete_files:
                groups = None if named is None else groups_for(file.bounds, named)
                if groups is None or groups:
                    together.append(file.fragment if groups is None else file.fragment.subset(row_group_ids=groups))
            else:  # what other engines wrote, and rows that they deleted
                scan = ArrowScan(table.metadata, table.io, table.schema().select(*columns), expression)
                found.append(scan.to_table([task]).select(columns).cast(found[0].schema))
        if together:  # in one scan, of which each costs as much as reading a group
            ours = ds.FileSystemDataset(together, whole, FORMAT)
            found.append(ours.to_table(columns=list(columns), filter=wanted, use_threads=False))
        return pa.concat_tables(found)

    def _file(self, table: Table, path: str, whole: pa.Schema) -> _Known:
        with self._lock:
            if path in self._known:
                self._known.move_to_end(path)
                return self._known[path]
        io = cast(PyArrowFileIO, table.io)
        scheme, netloc, place = io.parse_location(path)
        fragment = FORMAT.make_fragment(place, io.fs_by_scheme(scheme, netloc))
        columns = fragment.physical_schema
        ours = all(one.name not in whole.names or whole.field(one.name).type.equals(one.type) for one in columns)
        footer = fragment.metadata
        bounds = bounds_of(footer, LAKE_TABLES[table.name()[-1]].sorted_by[0]) if ours else []
        known = _Known(fragment, bounds, ours, footer.serialized_size * IN_MEMORY)
        with self._lock:
            if path not in self._known:
                self._known[path] = known
                self._held_bytes += known.size_bytes
            while self._held_bytes > FOOTERS_BYTES and len(self._known) > 1:
                self._held_bytes -= self._known.popitem(last=False)[1].size_bytes
        return known
