"""What lies about of what is over: cold files noted as gone, and what runs that were cut off left; it blocks."""

from __future__ import annotations

from app.lake.retention.cold import ColdStore
from app.lake.retention.notes import COLD, SCHEMA, cold_files, gone_places
from app.lake.retention.restore import RESTORED
from app.lake.upkeep.contents import Folder, named
from app.lake.upkeep.plan import Lying, orphans
from app.lake.warehouse import Warehouse

PLACE = "cold"
"""Of cold files below the warehouse, as `cold` has it."""


def remove_gone(lake: Warehouse, cold: ColdStore) -> None:
    """Remove the cold files that are noted as gone and still lie there."""
    lying = {file.place for file in _folder(lake, PLACE).lying()}
    for place in lying.intersection(gone_places(lake)):
        cold.remove(place)


def unnoted(lake: Warehouse) -> list[Lying]:
    """Return the cold files that nobody noted: one is written before it is."""
    lying = _folder(lake, PLACE).lying()
    known = {file.place for file in cold_files(lake)}.union(gone_places(lake))
    return [file for file in lying if file.place not in known]


def remove_left(lake: Warehouse, cold: ColdStore, now_us: int, age_s: float) -> None:
    """Remove what is older than `age_s` of cold files that nobody noted, and of restored tables that are no more."""
    for file in orphans(unnoted(lake), (), now_us, age_s):
        cold.remove(file.place)
    folder = _folder(lake, RESTORED)
    lying = folder.lying()
    tables = lake.catalog.list_tables(RESTORED) if lake.catalog.namespace_exists(RESTORED) else []
    needed = {folder.place_of(path) for one in tables for path in named(lake.catalog.load_table(one))}
    folder.remove(file.place for file in orphans(lying, needed, now_us, age_s))


def _folder(lake: Warehouse, place: str) -> Folder:
    return Folder(f"{lake.location}/{place}", lake.side_table(COLD, SCHEMA).io)
