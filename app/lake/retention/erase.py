"""One plate out of every file: its rows in `plate`, `country`, `sighting`, its id and picture in `car`; it blocks.

Files that have it are written anew without it. What leads to a plate is taken away before the plate itself, so that a
run that was cut off finds the rest when it is run again; then every older snapshot goes, with its files and with what
described them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from app.errors import InfrastructureError
from app.lake.retention.cold import ColdStore
from app.lake.retention.move import finish, packed
from app.lake.retention.notes import cold_files, note
from app.lake.retention.plan import ColdFile
from app.lake.retention.restore import detach_ended
from app.lake.retention.sweep import remove_gone, unnoted
from app.lake.upkeep.compact import rows_in, swap, write_rows
from app.lake.upkeep.contents import data_files, day_of, folder_of, named, tells_of_gone
from app.lake.upkeep.expire import expire
from app.lake.validation.results import ERASED, keep
from app.lake.validation.rules import Outcome
from app.lake.warehouse import Warehouse

TABLES = ("country", "car", "sighting", "plate")
"""Those that tell of a plate, the one that is found by its text last."""
ROUNDS = 10
FOR_EVER_US = 1 << 60


@dataclass(slots=True)
class Receipt:
    """What was erased: rows by table, in the tables and in cold files; and what was not yet."""

    hot: dict[str, int] = field(default_factory=dict)
    cold: dict[str, int] = field(default_factory=dict)
    cold_pending: list[str] = field(default_factory=list)
    """Days whose cold files cannot be read yet; they were asked for."""
    restored_ended: list[str] = field(default_factory=list)
    unnamed_files: int = 0
    """Data files that a crash left and that nobody names: `lake maintain` removes them by their age."""


def erase(lake: Warehouse, cold: ColdStore, text: str, now_us: int) -> Receipt:
    """Erase a plate; raises InfrastructureError: run it again, it goes on."""
    receipt, known = Receipt(), cold_files(lake)
    for name in TABLES:
        finish(lake, name, known)
    ready, receipt.cold_pending = _ready(cold, known)
    ids = _ids(lake, cold, ready, text)
    for name in TABLES:
        receipt.hot[name] = _hot(lake, name, text, ids, now_us)
        receipt.cold[name] = _cold(lake, cold, [file for file in ready if file.table == name], text, ids, now_us)
    receipt.restored_ended = detach_ended(lake, cold, now_us)
    remove_gone(lake, cold)
    receipt.unnamed_files = len(unnoted(lake))
    for name in TABLES:
        if tells_of_gone(lake.table(name)):
            swap(lake, name, [], [])
        expire(lake, name, FOR_EVER_US, 0)
        folder, table = folder_of(lake.table(name)), lake.table(name)
        needed = {folder.place_of(path) for path in named(table)}
        receipt.unnamed_files += sum(file.place not in needed for file in folder.lying("data"))
    return receipt


def without(name: str, rows: pa.Table, text: str, ids: pa.Array) -> tuple[pa.Table, int, int]:
    """Return the rows of a table without a plate, how many are gone, and how many were changed."""
    if name == "plate":
        there = pc.equal(rows.column("plateText"), text)
        return rows.filter(pc.invert(there)), _true(there), 0
    there = pc.fill_null(pc.is_in(rows.column("plateId"), value_set=ids), fill_value=False)
    if name == "sighting":
        for column in ("plateText", "bestText"):
            there = pc.or_(there, pc.equal(rows.column(column), text))
    if name in ("country", "sighting"):
        return rows.filter(pc.invert(there)), _true(there), 0
    for column, value in (("plateId", None), ("imageUri", "")):
        place, old = rows.schema.get_field_index(column), rows.column(column)
        rows = rows.set_column(place, rows.schema.field(column), pc.if_else(there, pa.scalar(value, old.type), old))
    return rows, 0, _true(there)


def _true(flags: pa.ChunkedArray) -> int:
    return int(pc.sum(flags).as_py() or 0)


def _ready(cold: ColdStore, known: Iterable[ColdFile]) -> tuple[list[ColdFile], list[str]]:
    """Return the cold files of days that can be read in full, and the other days, which are asked for."""
    mine = [file for file in known if file.table in TABLES]
    away = {file.day for file in mine if not cold.is_ready(file.place)}
    for file in mine:
        if file.day in away:
            cold.request(file.place, 7, "Bulk")
    return [file for file in mine if file.day not in away], sorted(away)


def _ids(lake: Warehouse, cold: ColdStore, ready: Iterable[ColdFile], text: str) -> pa.Array:
    found: list[str] = []
    for rows in _plates(lake, cold, ready):
        found += rows.filter(pc.equal(rows.column("plateText"), text)).column("plateId").to_pylist()
    return pa.array(sorted(set(found)), pa.string())


def _plates(lake: Warehouse, cold: ColdStore, ready: Iterable[ColdFile]) -> Iterator[pa.Table]:
    table = lake.table("plate")
    for file in data_files(table).values():
        yield rows_in(table, [file], ("plateId", "plateText"))
    for one in ready:
        if one.table == "plate":
            yield _read(lake, cold, one, ["plateId", "plateText"])


def _read(lake: Warehouse, cold: ColdStore, file: ColdFile, columns: Sequence[str] | None = None) -> pa.Table:
    with lake.table(file.table).io.new_input(cold.path_of(file.place)).open() as opened:
        return pq.read_table(opened, columns=columns)


def _hot(lake: Warehouse, name: str, text: str, ids: pa.Array, now_us: int) -> int:
    total = 0
    for _ in range(ROUNDS):
        overtaken = False
        table = lake.table(name)
        for path, file in data_files(table).items():
            rows, gone, changed = without(name, rows_in(table, [file]), text, ids)
            if not gone + changed:
                continue
            place = f"data/day={day_of(file)}/erased-{_digest(path, text)}.parquet"
            if len(rows):
                write_rows(table, name, place, rows)
            _note_erased(lake, name, day_of(file), gone, place, now_us)
            if swap(lake, name, [path], [place] if len(rows) else []):
                total += gone + changed
            else:
                overtaken = True
        if not overtaken:
            return total
    raise InfrastructureError(f"lake table {name}", "others were quicker each time", "run the command again")


def _cold(
    lake: Warehouse, cold: ColdStore, files: Iterable[ColdFile], text: str, ids: pa.Array, now_us: int
) -> int:  # fmt: skip
    total = 0
    for file in files:
        rows, gone, changed = without(file.table, _read(lake, cold, file), text, ids)
        if not gone + changed:
            continue
        body = packed(rows)
        place = f"day={file.day}/{file.table}-erased-{_digest(file.place, text)}.parquet"
        cold.put(place, body)
        _note_erased(lake, file.table, file.day, gone, place, now_us)
        new = ColdFile(file.day, file.table, place, len(rows), len(body), file.inputs)
        note(lake, [(new, "cold"), (file, "gone")], now_us)
        total += gone + changed
    return total


def _note_erased(lake: Warehouse, name: str, day: str, gone: int, place: str, now_us: int) -> None:
    """Note how many rows go, before they do: the log has them for ever, and a repeat notes the same place."""
    if gone:
        keep(lake, [Outcome(day, ERASED, name, False, "good", gone, place)], "erase", now_us)


def _digest(path: str, text: str) -> str:
    return blake2b(f"{path}\n{text}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
