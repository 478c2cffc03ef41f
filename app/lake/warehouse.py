"""The six tables as Apache Iceberg: Parquet files under a warehouse, named by a catalog that any engine can read.

Tables are partitioned by day of `seenAt`; a file holds one day.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.exceptions import CommitFailedException, NoSuchNamespaceError, NoSuchTableError
from pyiceberg.io import load_file_io
from pyiceberg.table import Table
from pyiceberg.transforms import DayTransform
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from app.errors import InfrastructureError, OperatorError
from app.lake.database import made_by_one, passes
from app.lake.naming import FooterPlan, Named, name_files
from app.lake.parquet import order_of, write_parquet
from app.lake.rows import Columns, Row, columns_of
from app.lake.tables import LAKE_TABLES, Kind, LakeTable

NAMESPACE = "plates"
POSITION = "roadsieve.position"
"""Snapshot property: offset in lake.files up to which files are in the table."""

WRITABLE = "check that the warehouse can be written and has room"

# Arrow's own allocator gives memory back between two windows: to get it again, zeroed, took as long as sorting rows.
pa.set_memory_pool(pa.system_memory_pool())

ARROW: Mapping[Kind, pa.DataType] = {
    "text": pa.string(), "whole": pa.int64(), "number": pa.float64(), "truth": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"), "numbers": pa.list_(pa.float64()),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A Parquet file of one table and day that no table names yet."""

    table: str
    day: str
    path: str
    rows: int
    size_bytes: int


def arrow_schema(table: LakeTable) -> pa.Schema:
    """Return the columns of a table in Arrow's words."""
    return pa.schema([pa.field(one.name, ARROW[one.kind], nullable=not one.required) for one in table.columns])


def arrow_table(table: LakeTable, columns: Columns) -> pa.Table:
    """Return columns in Arrow's form."""
    schema = arrow_schema(table)
    arrays = [pa.array(columns[field.name], type=field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def by_day(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Yield each day of a table with its rows, in the order they have."""
    days = table.column("seenAt").cast(pa.date32())  # of UTC, as the partitions are
    for day in sorted(days.unique().to_pylist()):
        yield day.isoformat(), table.filter(pc.equal(days, pa.scalar(day)))


class Warehouse:
    """Write files and name them in tables; every method blocks and belongs into a thread."""

    def __init__(self, catalog_uri: str, location: str, files: Mapping[str, str] = MappingProxyType({})) -> None:
        """Open the catalog; `files` says how files are reached.

        Raises OperatorError when it cannot be had, InfrastructureError while it is locked.
        """
        self.location = location.rstrip("/")
        self._plans: dict[str, FooterPlan] = {}
        try:
            self._where = make_url(catalog_uri).render_as_string(hide_password=True)
            # A server that was started again closed its connections; a file cannot.
            ping = "false" if catalog_uri.startswith("sqlite") else "true"
            told = {"uri": catalog_uri, "warehouse": self.location, "pool_pre_ping": ping, **files}
            self._catalog = made_by_one(lambda: SqlCatalog("lake", **told))
            self._io = load_file_io(dict(files), self.location)
        except (SQLAlchemyError, OSError, ValueError) as error:
            if passes(error):
                raise self.failed(error) from error
            raise OperatorError(
                "lake catalog", f"it cannot be opened ({_first_line(error)})",
                "check ROADSIEVE_LAKE_CATALOG and that the folder can be written",
            ) from error  # fmt: skip

    @property
    def catalog(self) -> SqlCatalog:
        """Return the catalog, for tables that are none of the lake's own."""
        return self._catalog

    def close(self) -> None:
        """Give the catalog's connections back."""
        self._catalog.close()

    def create(self) -> list[str]:
        """Make the tables that are missing; return their names. Columns that a table lacks are added by name."""
        try:
            return made_by_one(self._created)
        except SQLAlchemyError as error:
            raise self.failed(error) from error
        except OSError as error:
            raise InfrastructureError(f"lake warehouse {self.location}", _first_line(error), WRITABLE) from error

    def _created(self) -> list[str]:
        self._catalog.create_namespace_if_not_exists(NAMESPACE)
        made = []
        for table in LAKE_TABLES.values():
            identifier = (NAMESPACE, table.name)
            if not self._catalog.table_exists(identifier):
                self._catalog.create_table(identifier, schema=arrow_schema(table), properties=_properties(table))
                made.append(table.name)
            loaded = self._catalog.load_table(identifier)
            if loaded.spec().is_unpartitioned():  # also of one that a crash left so
                with loaded.update_spec() as update:
                    update.add_field("seenAt", DayTransform(), "day")
            with loaded.update_schema() as changed:
                changed.union_by_name(arrow_schema(table))
        return made

    def table(self, name: str) -> Table:
        """Return a table as it is now; raises OperatorError when the lake was not made."""
        try:
            return self._catalog.load_table((NAMESPACE, name))
        except NoSuchTableError as error:
            raise OperatorError(
                f"lake table {name}", f"it is not in {self._where}", "make it with `roadsieve lake create`"
            ) from error
        except (SQLAlchemyError, OSError) as error:
            raise self.failed(error) from error

    def newer(self, known: Table) -> Table:
        """Return a table as it is now: as it is known while the catalog names the same description, which is long."""
        name = known.name()[-1]
        named = select(IcebergTables.metadata_location).where(
            IcebergTables.catalog_name == self._catalog.name, IcebergTables.table_namespace == NAMESPACE,
            IcebergTables.table_name == name,
        )  # fmt: skip
        try:
            with self._catalog.engine.connect() as connection:
                is_same = connection.execute(named).scalar_one_or_none() == known.metadata_location
        except SQLAlchemyError as error:
            raise self.failed(error) from error
        return known if is_same else self.table(name)

    def side_table(self, name: str, schema: pa.Schema) -> Table:
        """Return a table that stands beside the six, made when it is missing."""
        identifier = (NAMESPACE, name)
        try:
            if self._catalog.table_exists(identifier):  # to make it costs a file, also where it was there
                return self._catalog.load_table(identifier)
            return self._catalog.create_table_if_not_exists(identifier, schema=schema, properties=_PROPERTIES)
        except NoSuchNamespaceError as error:
            why = f"there is none in {self._where}"
            raise OperatorError("lake", why, "make it with `roadsieve lake create`") from error
        except (SQLAlchemyError, OSError) as error:
            raise self.failed(error) from error

    def write(self, name: str, rows: Sequence[Row], stem: str) -> list[WrittenFile]:
        """Write rows of a table as one file a day, under names made of the stem; the same rows give the same files."""
        table = arrow_table(LAKE_TABLES[name], columns_of(name, rows)).sort_by(order_of(name))
        return [self.write_day(name, day, some, stem) for day, some in by_day(table)]

    def write_day(self, name: str, day: str, rows: pa.Table, stem: str) -> WrittenFile:
        """Write rows of a day, in the order that the table's files have."""
        body = io.BytesIO()
        write_parquet(name, rows, body)
        path = f"{self.location}/{NAMESPACE}/{name}/data/day={day}/{stem}.parquet"
        self._put(path, body.getvalue())
        return WrittenFile(name, day, path, len(rows), body.tell())

    def _put(self, path: str, body: bytes) -> None:
        try:
            with self._io.new_output(path).create(overwrite=True) as out:
                out.write(body)
        except OSError as error:
            raise InfrastructureError(f"lake file {path}", _first_line(error), WRITABLE) from error

    def totals(self, name: str) -> tuple[int, int, int]:
        """Return rows, files and bytes of a table, as its newest snapshot tells."""
        snapshot = self.table(name).current_snapshot()
        if snapshot is None or snapshot.summary is None:
            return 0, 0, 0
        told = snapshot.summary.additional_properties
        rows, files, size_bytes = (int(told.get(f"total-{one}", 0)) for one in ("records", "data-files", "files-size"))
        return rows, files, size_bytes

    def texts(self, path: str, column: str) -> set[str]:
        """Return the different values of a column in a file."""
        try:
            with self._io.new_input(path).open() as file, pq.ParquetFile(file) as parquet:
                return set(pc.unique(parquet.read([column], use_threads=False).column(column)).to_pylist())
        except OSError as error:
            raise InfrastructureError(f"lake file {path}", _first_line(error), "check the warehouse") from error

    def paths(self, name: str) -> set[str]:
        """Return the files of a table, as its newest snapshot tells."""
        return {task.file.file_path for task in self.table(name).scan().plan_files()}

    def add(self, name: str, files: Sequence[tuple[int, str]]) -> Named:
        """Name files, each with its offset in lake.files, in a table; return those that it did not have yet.

        Files and position change in one step, on the table as it was read: a writer that was overtaken meanwhile gets
        InfrastructureError, and asks again with what the table has by then.
        """
        table = self.table(name)
        new = unnamed(table, files)
        if not new:
            return Named(table.schema(), ())
        try:
            return name_files(table, self._plan(name, table), [path for _, path in new], {POSITION: str(new[-1][0])})
        except (CommitFailedException, SQLAlchemyError, OSError) as error:
            raise self.failed(error) from error

    def _plan(self, name: str, table: Table) -> FooterPlan:
        plan = self._plans.get(name)
        if plan is None or plan.schema_id != table.schema().schema_id:
            plan = self._plans[name] = FooterPlan.of(table)
        return plan

    def failed(self, error: Exception) -> InfrastructureError:
        """Return what a failure of the catalog means."""
        return InfrastructureError(
            f"lake catalog {self._where}", _first_line(error), "check that it can be reached and is not locked"
        )


def position_of(table: Table) -> int:
    """Return the position that the newest snapshot carrying one tells; other engines write snapshots without."""
    for snapshot in sorted(table.snapshots(), key=lambda one: one.sequence_number or 0, reverse=True):
        if snapshot.summary is not None and POSITION in snapshot.summary.additional_properties:
            return int(snapshot.summary.additional_properties[POSITION])
    return -1


def unnamed(table: Table, files: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return those of some files, each with its offset, that a table does not name yet."""
    known = position_of(table)
    return [(offset, path) for offset, path in files if offset > known]


def _properties(table: LakeTable) -> dict[str, str]:
    return {"comment": table.meaning, **_PROPERTIES}


_PROPERTIES = {
    "write.parquet.compression-codec": "zstd",
    # Each commit writes the table's description anew: in a day of commits each 20 s, gigabytes.
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "50",
    # A commit that was overtaken must not be tried again on a table that may have its files by now.
    "commit.retry.num-retries": "0",
}


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
