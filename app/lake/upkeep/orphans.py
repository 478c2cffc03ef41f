"""Files of a table that nobody names: what crashes left, and descriptions that later ones replaced."""

from __future__ import annotations

from app.lake.upkeep.contents import folder_of, named
from app.lake.upkeep.expire import LEAVING
from app.lake.upkeep.plan import orphans
from app.lake.warehouse import Warehouse


def remove_orphans(lake: Warehouse, name: str, now_us: int, age_s: float) -> tuple[int, int]:
    """Remove a table's orphans older than `age_s`; return how many files and bytes went.

    The folder is listed before the table is read, so that what is named in between counts as named.
    """
    folder = folder_of(lake.table(name))
    lying = [file for file in folder.lying() if not file.place.startswith(f"{LEAVING}/")]
    needed = {folder.place_of(path) for path in named(lake.table(name))}
    found = orphans(lying, needed, now_us, age_s)
    folder.remove(file.place for file in found)
    return len(found), sum(file.size_bytes for file in found)
