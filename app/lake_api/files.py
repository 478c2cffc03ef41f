"""Rows of data files whose footers are remembered: a file that is asked again costs the row groups it is asked for.

Reading a footer and planning a scan took most of the time of a lookup. A file never changes under its name.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow.fs import FileSystem, LocalFileSystem
from pyiceberg.expressions import BooleanExpression
from pyiceberg.expressions.visitors import bind
from pyiceberg.io.pyarrow import ArrowScan, PyArrowFileIO, expression_to_pyarrow
from pyiceberg.table import FileScanTask, Table

from app.lake.parquet import ALONE_ROWS
from app.lake.tables import LAKE_TABLES
from app.lake.warehouse import arrow_schema
from app.lake_api.ahead import ask_ahead
from app.lake_api.groups import Bounds, bounds_of, columns_in_order, groups_for, is_all_said, values_named
from app.lake_api.lookup import Named, Sharing
from app.lake_api.question import AT
from app.lake_api.readers import Readers

FOOTERS_BYTES = 512 << 20
"""Memory that footers may take; those used longest ago are read again."""
IN_MEMORY = 6
"""Bytes that a footer takes in memory for each one it has in its file, about."""
STEP_ROWS = 4096
"""Rows that are read at once where some of a group may do."""
SCHEMAS = {name: arrow_schema(table) for name, table in LAKE_TABLES.items()}
FORMAT = ds.ParquetFileFormat(pre_buffer=True)


@dataclass(frozen=True, slots=True)
class _Known:
    path: str
    files: FileSystem
    footer: pq.FileMetaData
    fragment: ds.ParquetFileFragment
    bounds: Bounds
    """Of the column that files are sorted by first."""
    is_readable: bool
    """Its columns have our types, or wider ones of the same values; one that it lacks, since it is newer, is null."""
    is_whole: bool
    """It lacks none, and has no others."""
    is_sorted: bool
    """Its rows lie in the order of that column."""
    is_in_order: bool
    """And those that have the same in it in the order of their time."""
    size_bytes: int

    def opened(self) -> pq.ParquetFile:
        """Open the file: a disk is read at once, a store elsewhere in one request for all columns, by other threads."""
        body = self.files.open_input_file(self.path)
        return pq.ParquetFile(body, metadata=self.footer, pre_buffer=not isinstance(self.files, LocalFileSystem))


def _is_like(theirs: pa.DataType, ours: pa.DataType) -> bool:
    """Tell whether types have the same values: pyiceberg and others write Arrow's, of texts and lists, in 64 bits."""
    if pa.types.is_large_list(theirs) or pa.types.is_list(theirs):
        return pa.types.is_list(ours) and _is_like(theirs.value_type, ours.value_type)
    return bool(theirs.equals(ours) or (pa.types.is_large_string(theirs) and pa.types.is_string(ours)))


def _for_arrow(table: Table, expression: BooleanExpression) -> pc.Expression:
    return expression_to_pyarrow(bind(table.schema(), expression, case_sensitive=True))


def _schema_of(whole: pa.Schema, columns: Sequence[str]) -> pa.Schema:
    return pa.schema([whole.field(one) for one in columns])


@dataclass(slots=True)
class Files:
    """Read the rows of data files."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _known: OrderedDict[str, _Known] = field(default_factory=OrderedDict)
    _held_bytes: int = 0
    _readers: Readers = field(default_factory=Readers)
    _sharing: Sharing = field(default_factory=Sharing)

    def rows(
        self, table: Table, tasks: Sequence[FileScanTask], columns: Sequence[str], expression: BooleanExpression,
        most: int | None = None,
    ) -> pa.Table:  # fmt: skip
        """Return the rows for which an expression holds, in some columns; raises OSError.

        With `most` some may be missing, but of as many as that, the first in the order of time, none.
        """
        name = table.name()[-1]
        whole, first = SCHEMAS[name], LAKE_TABLES[name].sorted_by[0]
        values = values_named(expression, first)
        wanted = None if is_all_said(expression) and values else _for_arrow(table, expression)
        named = None if values is None else Named(first, sorted({*values}), wanted)
        found, few, together = list[pa.Table](), list[tuple[_Known, list[int]]](), list[ds.ParquetFileFragment]()
        for task in tasks:
            file = self._file(table, task.file.file_path, whole)
            groups = None if values is None else groups_for(file.bounds, values)
            if not file.is_readable or task.delete_files:  # what other engines wrote, and rows that they deleted
                scan = ArrowScan(table.metadata, table.io, table.schema().select(*columns), expression)
                found.append(scan.to_table([task]).select(columns).cast(_schema_of(whole, columns)))
            elif groups is None:
                together.append(file.fragment)
            elif groups and not file.is_whole:
                together.append(file.fragment.subset(row_group_ids=groups))
            elif groups:
                few.append((file, groups))
        if together:  # in one scan, of which each costs as much as reading a group
            ours = ds.FileSystemDataset(together, whole, FORMAT)
            chosen = _for_arrow(table, expression) if wanted is None else wanted
            found.append(ours.to_table(columns=list(columns), filter=chosen, use_threads=False))
        if few and named and (batches := self._looked_up(named, few, columns, most)):
            found.append(named.chosen(batches, whole).select(columns))
        return pa.concat_tables(found) if found else _schema_of(whole, columns).empty_table()

    def _looked_up(
        self, named: Named, few: Sequence[tuple[_Known, list[int]]], columns: Sequence[str], most: int | None
    ) -> list[pa.RecordBatch]:
        has_order = most is not None and len(named.values) == 1
        read = [*dict.fromkeys([*columns, AT])] if has_order else columns
        for file, groups in few:
            if isinstance(file.files, LocalFileSystem):
                ask_ahead(file.path, file.footer, groups[:1] if has_order and file.is_in_order else groups)

        def of_one(what: tuple[_Known, list[int]]) -> list[pa.RecordBatch]:
            file, groups = what
            with self._readers.lent(file.path, file.opened) as reader:
                if most is not None and has_order and file.is_in_order:
                    return [*named.first(named.in_order(named.read(reader, groups, read, STEP_ROWS)), most)]
                batches = named.read(reader, groups, read, ALONE_ROWS)
                return [*(named.in_order(batches) if file.is_sorted else named.anywhere(batches))]

        return [batch for batches in self._sharing.each(of_one, few) for batch in batches]

    def forget(self, paths: Collection[str]) -> None:
        """Forget files, which need not be known: a table does not name them any more."""
        with self._lock:
            gone = [self._known.pop(path) for path in paths if path in self._known]
            self._held_bytes -= sum(one.size_bytes for one in gone)
        self._readers.close([one.path for one in gone])

    @property
    def has_room(self) -> bool:
        """Tell whether more footers can be remembered without forgetting others."""
        return self._held_bytes < FOOTERS_BYTES * 9 // 10

    def unknown(self, paths: Collection[str]) -> list[str]:
        """Return those of some files whose footers are not remembered, in the order they have."""
        with self._lock:
            return [path for path in paths if path not in self._known]

    def remember(self, table: Table, path: str) -> None:
        """Read the footer of a file, unless it is remembered; raises OSError."""
        self._file(table, path, SCHEMAS[table.name()[-1]])

    def _file(self, table: Table, path: str, whole: pa.Schema) -> _Known:
        with self._lock:
            if path in self._known:
                self._known.move_to_end(path)
                return self._known[path]
        io = cast(PyArrowFileIO, table.io)
        scheme, netloc, place = io.parse_location(path)
        system = io.fs_by_scheme(scheme, netloc)
        fragment = FORMAT.make_fragment(place, system)
        columns = fragment.physical_schema
        ours = all(one.name not in whole.names or _is_like(one.type, whole.field(one.name).type) for one in columns)
        footer, first = fragment.metadata, LAKE_TABLES[table.name()[-1]].sorted_by[0]
        bounds, in_order = bounds_of(footer, first) if ours else Bounds([]), columns_in_order(footer, [first, AT])
        known = _Known(
            place, system, footer, fragment, bounds, ours, ours and columns.names == whole.names,
            in_order > 0, in_order > 1, footer.serialized_size * IN_MEMORY,
        )  # fmt: skip
        with self._lock:
            if path not in self._known:
                self._known[path] = known
                self._held_bytes += known.size_bytes
            while self._held_bytes > FOOTERS_BYTES and len(self._known) > 1:
                self._held_bytes -= self._known.popitem(last=False)[1].size_bytes
        return known
