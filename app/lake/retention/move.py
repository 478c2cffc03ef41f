"""Days whose hot time is over leave the tables: packed into one cold file a table; cold files come to their end.

The cold file is written first, then noted with the files that it was made of, then those leave the table in one
commit. Whatever cuts this off, a row is in the table or in a noted cold file, and the next run first takes out of the
table what a note already has. Compaction leaves such days alone, or it would give noted rows a new file.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from app.lake.retention.cold import ColdStore
from app.lake.retention.notes import cold_files, note
from app.lake.retention.plan import ColdFile, ended, hot_from
from app.lake.retention.restore import detach_ended
from app.lake.retention.sweep import remove_gone, remove_left
from app.lake.upkeep.compact import in_order, rows_in, swap
from app.lake.upkeep.contents import data_files, pieces
from app.lake.upkeep.plan import name_of
from app.lake.warehouse import Warehouse
from app.settings import Settings

COMPRESSION_LEVEL = 12
"""Written once, read hardly ever, paid for by the byte for a year."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How many files went from the tables into the cold, how many cold files came to their end, and restored tables."""

    made_cold: int
    ended: int
    restored_ended: tuple[str, ...] = ()


def retain(lake: Warehouse, cold: ColdStore, names: Iterable[str], settings: Settings, now_us: int) -> Moved:
    """Apply the rules of retention; raises InfrastructureError: run it again, it goes on."""
    known, first = cold_files(lake), hot_from(now_us, settings.lake_hot_days)
    made = 0
    for name in names:
        finish(lake, name, known)
        days: dict[str, list[str]] = {}
        for piece in pieces(data_files(lake.table(name)).values()):
            if piece.day < first:
                days.setdefault(piece.day, []).append(piece.path)
        for day in sorted(days):
            made += _make_cold(lake, cold, name, day, now_us)
    over = ended(cold_files(lake), now_us, settings.lake_hot_days, settings.lake_cold_days)
    if over:
        note(lake, [(file, "gone") for file in over], now_us)
    restored = detach_ended(lake, cold, now_us)  # before the files go that they name
    remove_gone(lake, cold)
    remove_left(lake, cold, now_us, settings.lake_orphan_age_s)
    return Moved(made, len(over), tuple(restored))


def finish(lake: Warehouse, name: str, known: Iterable[ColdFile]) -> None:
    """Take out of a table the files whose rows are in noted cold files: a run was cut off before it could."""
    there = data_files(lake.table(name))
    for file in known:
        if file.table == name and (left := [path for path in file.inputs if path in there]):
            swap(lake, name, left, [])


def _make_cold(lake: Warehouse, cold: ColdStore, name: str, day: str, now_us: int) -> int:
    table = lake.table(name)
    there = data_files(table)
    group = [piece for piece in pieces(there.values()) if piece.day == day]
    rows = in_order(table, name, rows_in(table, [there[piece.path] for piece in group]))
    body = packed(rows)
    inputs = tuple(sorted(piece.path for piece in group))
    file = ColdFile(day, name, f"day={day}/{name}-{name_of(group)}.parquet", len(rows), len(body), inputs)
    cold.put(file.place, body)
    note(lake, [(file, "cold")], now_us)
    swap(lake, name, inputs, [])
    return len(group)


def packed(rows: pa.Table) -> bytes:
    """Return rows as the bytes of a cold file."""
    body = io.BytesIO()
    pq.write_table(rows, body, compression="zstd", compression_level=COMPRESSION_LEVEL)
    return body.getvalue()
