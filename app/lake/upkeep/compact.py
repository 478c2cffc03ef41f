"""Small files of a day become one, sorted, while the registrar goes on adding: each row is in the table exactly once.

The new file takes the place of the old ones in one commit on the snapshot that was read; whoever commits in between
makes it begin anew, without writing again. The snapshot carries on the registrar's position: once older snapshots
are gone, it is the only one that tells it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import pyarrow as pa
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan, parquet_file_to_data_file, schema_to_pyarrow
from pyiceberg.manifest import DataFile
from pyiceberg.table import FileScanTask, Table
from sqlalchemy.exc import SQLAlchemyError

from app.errors import InfrastructureError
from app.lake.parquet import order_of, write_parquet
from app.lake.tables import LAKE_TABLES
from app.lake.upkeep.contents import data_files, folder_of
from app.lake.upkeep.plan import Piece, name_of
from app.lake.warehouse import POSITION, Warehouse, arrow_schema, position_of

ATTEMPTS = 10
"""Commits that may be overtaken; the registrar commits once in many seconds."""


def merge(lake: Warehouse, name: str, groups: Sequence[Sequence[Piece]]) -> list[Sequence[Piece]]:
    """Make one file of each group, all in one commit; return those that were, none when others were quicker meanwhile.

    Raises InfrastructureError when catalog or warehouse fail; what was written then is an orphan.
    """
    table = lake.table(name)
    there = data_files(table)
    whole = [group for group in groups if all(piece.path in there for piece in group)]
    places = []
    for group in whole:
        rows = rows_in(table, [there[piece.path] for piece in group])
        expected = sum(piece.rows for piece in group)
        if len(rows) != expected:
            why = f"its files of {group[0].day} hold {len(rows)} rows; the catalog says {expected}"
            raise InfrastructureError(f"lake table {name}", why, "compare with `roadsieve lake check`")
        places.append(f"data/day={group[0].day}/{name_of(group)}.parquet")
        write_rows(table, name, places[-1], rows)
    swapped = whole and swap(lake, name, [piece.path for group in whole for piece in group], places)
    return whole if swapped else []


def rows_in(table: Table, files: Sequence[DataFile], columns: Sequence[str] = ()) -> pa.Table:
    """Return the rows of data files, in the columns that the table has now, or in some of them."""
    wanted = table.schema().select(*columns) if columns else table.schema()
    scan = ArrowScan(table.metadata, table.io, wanted, AlwaysTrue())
    return scan.to_table([FileScanTask(file) for file in files])


def write_rows(table: Table, name: str, place: str, rows: pa.Table) -> None:
    """Write rows as a file of the table, sorted as its files are."""
    body = io.BytesIO()
    ordered, ours = in_order(table, name, rows), {one.name: one.type for one in arrow_schema(LAKE_TABLES[name])}
    # Iceberg's types of texts and lists are the same to other readers; Arrow writes down how wide they were in memory.
    form = [one.with_type(ours.get(one.name, one.type)) for one in ordered.schema]
    write_parquet(name, ordered.cast(pa.schema(form)), body)
    folder_of(table).write(place, body.getvalue())


def in_order(table: Table, name: str, rows: pa.Table) -> pa.Table:
    """Return rows sorted as the table's files are, in the form in which they are written."""
    return rows.cast(schema_to_pyarrow(table.schema(), include_field_ids=False)).sort_by(order_of(name))


def swap(lake: Warehouse, name: str, old: Sequence[str], places: Sequence[str]) -> bool:
    """Name written files in a table in place of old ones, in one commit; False when some of the old are gone.

    A commit whose answer was lost is found by that the old ones are gone. It still describes them, with the least and
    the greatest of their texts; the next that takes none away does not.
    """
    for _ in range(ATTEMPTS):
        table = lake.table(name)
        there = data_files(table)
        if not all(path in there for path in old):
            return False
        position = position_of(table)
        told = {POSITION: str(position)} if position >= 0 else {}
        folder = folder_of(table)
        new = [parquet_file_to_data_file(table.io, table.metadata, folder.path_of(place)) for place in places]
        try:
            with table.transaction() as change:
                snapshot = change.update_snapshot(told)
                with snapshot.overwrite() if old else snapshot.fast_append() as files:
                    for path in old:
                        files.delete_data_file(there[path])
                    for file in new:
                        files.append_data_file(file)
        except (CommitFailedException, ValidationException):
            # The latter also for nothing: pyiceberg looks through manifests in threads that share one evaluator.
            continue
        except (SQLAlchemyError, OSError) as error:
            why = (str(error).splitlines() or [type(error).__name__])[0]
            raise InfrastructureError(f"lake table {name}", why, "run the command again") from error
        return True
    raise InfrastructureError(
        f"lake table {name}", f"{ATTEMPTS} commits were overtaken by others", "run the command again"
    )
