"""Tables that stand beside the six, as `check` and `cold`: few rows, added and read whole; it blocks."""

from __future__ import annotations

import pyarrow as pa
from pyiceberg.exceptions import CommitFailedException
from sqlalchemy.exc import SQLAlchemyError

from app.errors import InfrastructureError
from app.lake.tables import LAKE_TABLES
from app.lake.warehouse import NAMESPACE, Warehouse

ATTEMPTS = 10


def append(lake: Warehouse, name: str, rows: pa.Table) -> None:
    """Add rows to a table that stands beside the six; whoever was overtaken comes again."""
    for _ in range(ATTEMPTS):
        try:
            lake.side_table(name, rows.schema).append(rows)
        except CommitFailedException:
            continue
        except (SQLAlchemyError, OSError) as error:
            why = (str(error).splitlines() or [type(error).__name__])[0]
            raise InfrastructureError(f"lake table {name}", why, "run the command again") from error
        return
    raise InfrastructureError(f"lake table {name}", "others were quicker each time", "run the command again")


def side_tables(lake: Warehouse) -> list[str]:
    """Return the names of the tables that stand beside the six and were made."""
    there = (identifier[-1] for identifier in lake.catalog.list_tables(NAMESPACE))
    return sorted(name for name in there if name not in LAKE_TABLES)
