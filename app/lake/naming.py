"""Names written files in their table: one manifest and one snapshot a commit, at a cost that is the files' alone.

pyiceberg's own way looks at each file as if it were the first, and copies the table's description, every snapshot in
it, each time that it looks at it: some sixteen times a commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import (
    StatisticsCollector,
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
    parquet_file_to_data_file,
    parquet_path_to_id_mapping,
)
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.schema import Schema
from pyiceberg.table import Table, Transaction
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.update import TableUpdate, update_table_metadata
from pyiceberg.utils.concurrent import ExecutorFactory


@dataclass(frozen=True, slots=True)
class Named:
    """Files that a table did not have before, and the columns it has."""

    schema: Schema
    files: Sequence[DataFile]

    def __len__(self) -> int:
        return len(self.files)


def name_files(table: Table, plan: FooterPlan, paths: Sequence[str], properties: Mapping[str, str]) -> Named:
    """Name files in a table, with properties of its snapshot; raises what pyiceberg raises."""
    if len(set(paths)) < len(paths):
        raise ValueError(f"a file is to be named twice in table {table.name()[-1]}")
    reads = ExecutorFactory.get_or_create().map(lambda path: plan.data_file(table, path), paths)
    files = list(reads)
    with _UncopiedTransaction(table) as change:
        if change.table_metadata.name_mapping() is None:
            mapping = table.schema().name_mapping.model_dump_json()
            change.set_properties({"schema.name-mapping.default": mapping})
        with change.update_snapshot(dict(properties)).fast_append() as append:
            for file in files:
                append.append_data_file(file)
    return Named(table.schema(), files)


class _UncopiedTransaction(Transaction):
    """Look at the table's description as it is, copied once for each change; nobody writes into it."""

    _seen: tuple[tuple[TableUpdate, ...], TableMetadata] | None = None

    @property
    def table_metadata(self) -> TableMetadata:
        if not self._updates:
            return self._table.metadata
        if self._seen is None or self._seen[0] is not self._updates:
            self._seen = self._updates, update_table_metadata(self._table.metadata, self._updates)
        return self._seen[1]


@dataclass(slots=True)
class FooterPlan:
    """What is asked of the footers of one table's files; the first of each form is looked at as pyiceberg does."""

    schema_id: int
    collectors: Mapping[int, StatisticsCollector]
    field_ids: Mapping[str, int]
    forms: list[pa.Schema] = field(default_factory=list)

    @classmethod
    def of(cls, table: Table) -> FooterPlan:
        """Return the plan for a table as it is now."""
        schema = table.schema()
        return cls(
            schema.schema_id, compute_statistics_plan(schema, table.properties), parquet_path_to_id_mapping(schema)
        )

    def data_file(self, table: Table, path: str) -> DataFile:
        """Return what the table is to know of a file; raises ValueError when it does not fit the table."""
        with table.io.new_input(path).open() as stream:
            footer = pq.read_metadata(stream)
            size_bytes = stream.seek(0, 2)
        form = footer.schema.to_arrow_schema()
        if not any(form.equals(known) for known in self.forms):
            found = parquet_file_to_data_file(table.io, table.metadata, path)
            self.forms.append(form)
            return found
        told = data_file_statistics_from_parquet_metadata(footer, dict(self.collectors), dict(self.field_ids))
        return DataFile.from_args(
            content=DataFileContent.DATA, file_path=path, file_format=FileFormat.PARQUET,
            partition=told.partition(table.spec(), table.schema()), file_size_in_bytes=size_bytes,
            sort_order_id=None, spec_id=table.spec().spec_id, equality_ids=None, key_metadata=None,
            **told.to_serialized_dict(),
        )  # fmt: skip
