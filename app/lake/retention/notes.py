"""Which files are cold, as an Iceberg table of its own, `cold`: a row when one is made, another when it ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal

import pyarrow as pa

from app.lake.retention.plan import ColdFile
from app.lake.side_tables import append
from app.lake.warehouse import Warehouse

COLD = "cold"
State = Literal["cold", "gone"]

SCHEMA = pa.schema([
    pa.field("notedAt", pa.timestamp("us", tz="UTC"), nullable=False),
    pa.field("state", pa.string(), nullable=False),
    pa.field("day", pa.string(), nullable=False),
    pa.field("table", pa.string(), nullable=False),
    pa.field("place", pa.string(), nullable=False),
    pa.field("rows", pa.int64(), nullable=False),
    pa.field("bytes", pa.int64(), nullable=False),
    pa.field("inputs", pa.list_(pa.string()), nullable=False),
])  # fmt: skip


def note(lake: Warehouse, files: Iterable[tuple[ColdFile, State]], now_us: int) -> None:
    """Note that files are cold, or gone, all in one step; raises InfrastructureError."""
    rows = [
        {
            "notedAt": datetime.fromtimestamp(now_us / 1e6, UTC), "state": state, "day": one.day, "table": one.table,
            "place": one.place, "rows": one.rows, "bytes": one.size_bytes, "inputs": list(one.inputs),
        }
        for one, state in files
    ]  # fmt: skip
    append(lake, COLD, pa.Table.from_pylist(rows, schema=SCHEMA))


def cold_files(lake: Warehouse) -> list[ColdFile]:
    """Return the files that are cold now, in the order of their places."""
    return cold_in(lake.side_table(COLD, SCHEMA).scan().to_arrow().to_pylist())


def gone_places(lake: Warehouse) -> list[str]:
    """Return the places of files that are noted as gone: one may still lie there, when a run was cut off."""
    rows = lake.side_table(COLD, SCHEMA).scan().to_arrow().to_pylist()
    return sorted({row["place"] for row in rows if row["state"] == "gone"})


def cold_in(rows: Iterable[dict[str, Any]]) -> list[ColdFile]:
    """Return the cold files of notes; a file that is gone never comes back under its name. Pure."""
    found: dict[str, ColdFile] = {}
    gone = set()
    for row in rows:
        if row["state"] == "gone":
            gone.add(row["place"])
        found[row["place"]] = ColdFile(
            row["day"], row["table"], row["place"], row["rows"], row["bytes"], tuple(row["inputs"])
        )
    return [found[place] for place in sorted(found.keys() - gone)]


def cold_rows(files: Iterable[ColdFile]) -> dict[tuple[str, str], int]:
    """Return how many rows of each (table, day) are cold. Pure."""
    found: dict[tuple[str, str], int] = {}
    for file in files:
        found[file.table, file.day] = found.get((file.table, file.day), 0) + file.rows
    return found
