"""What is true of a whole lake: its rows wherever they lie, and files that are named and not there, or
there and not named."""

from __future__ import annotations

import time
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.table import Table

from app.lake.open import open_plate_index_blocking
from app.lake.retention.notes import cold_files
from app.lake.upkeep.contents import Folder, named
from app.lake.validation.check import check
from app.lake.validation.facts import Lake
from app.lake.validation.log import Logged
from app.lake.warehouse import Warehouse
from app.settings import Settings
from tests.unit.lake.upkeep.lake_in_a_folder import comparable, held


def tables(lake: Warehouse) -> list[Table]:
    catalog = lake.catalog
    return [catalog.load_table(one) for space in catalog.list_namespaces() for one in catalog.list_tables(space)]


def paths_of_cold(lake: Warehouse) -> dict[str, str]:
    """Return the table of each cold file by its path."""
    return {f"{lake.location}/cold/{one.place}": one.table for one in cold_files(lake)}


def rows(lake: Warehouse, name: str) -> Counter[str]:
    """Return the rows of a table, hot and cold."""
    cold = [path for path, table in paths_of_cold(lake).items() if table == name]
    return held(lake, name) + Counter(comparable(row) for path in cold for row in read(lake, path).to_pylist())


def read(lake: Warehouse, path: str) -> pa.Table:
    """Return what a file of the lake holds, whoever names it."""
    with lake.table("plate").io.new_input(path).open() as file:
        return pq.read_table(file, partitioning=None)


def needed(lake: Warehouse) -> set[str]:
    """Return the files that tables and notes name."""
    return {path for table in tables(lake) for path in named(table)} | paths_of_cold(lake).keys()


def lying(lake: Warehouse) -> set[str]:
    folder = Folder(lake.location, lake.table("plate").io)
    return {folder.path_of(one.place) for one in folder.lying()}


def dangling(lake: Warehouse) -> set[str]:
    """Return the files that are named and not there."""
    return needed(lake) - lying(lake)


def left_over(lake: Warehouse) -> set[str]:
    """Return the files that are there and not named."""
    return lying(lake) - needed(lake)


def in_the_index(settings: Settings) -> frozenset[str]:
    index = open_plate_index_blocking(settings)
    known = index.known()
    index.close()
    return known


def critical_failures(lake: Warehouse, logged: dict[tuple[str, str], int]) -> list[str]:
    seen = Lake(lake)
    found = check(lake, seen, seen.days, Logged(logged, ""), 60.0, time.time_ns() // 1000, lambda _: None)
    return [
        f"{one.table}: {one.rule}: {one.detail}" for one in found.outcomes if one.critical and one.verdict == "failed"
    ]
