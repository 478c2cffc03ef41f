"""What is true of a whole lake in a folder: its rows wherever they lie, and files that are named and not there, or
there and not named."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
from pyiceberg.table import Table

from app.lake.plate_index import PlateIndex
from app.lake.retention.notes import cold_files
from app.lake.upkeep.contents import named
from app.lake.validation.check import check
from app.lake.validation.facts import Lake
from app.lake.validation.log import Logged
from app.lake.warehouse import Warehouse
from tests.unit.lake.upkeep.lake_in_a_folder import comparable, held

AGED_S = 200 * 86_400.0
"""Older than anything that somebody may be about to name."""


def folder_of(lake: Warehouse) -> Path:
    return Path(lake.location.removeprefix("file://"))


def tables(lake: Warehouse) -> list[Table]:
    catalog = lake.catalog
    return [catalog.load_table(one) for space in catalog.list_namespaces() for one in catalog.list_tables(space)]


def paths_of_cold(lake: Warehouse) -> dict[str, str]:
    """Return the table of each cold file by its path."""
    return {str(folder_of(lake) / "cold" / one.place): one.table for one in cold_files(lake)}


def rows(lake: Warehouse, name: str) -> Counter[str]:
    """Return the rows of a table, hot and cold."""
    cold = [path for path, table in paths_of_cold(lake).items() if table == name]
    return held(lake, name) + Counter(
        comparable(row) for path in cold for row in pq.read_table(path, partitioning=None).to_pylist()
    )


def needed(lake: Warehouse) -> set[str]:
    """Return the files that tables and notes name."""
    return {path.removeprefix("file://") for table in tables(lake) for path in named(table)} | paths_of_cold(
        lake
    ).keys()


def lying(lake: Warehouse) -> set[str]:
    return {str(path) for path in folder_of(lake).rglob("*") if path.is_file()}


def dangling(lake: Warehouse) -> set[str]:
    """Return the files that are named and not there."""
    return needed(lake) - lying(lake)


def left_over(lake: Warehouse) -> set[str]:
    """Return the files that are there and not named."""
    return lying(lake) - needed(lake)


def age(lake: Warehouse) -> None:
    """Make all files old: nobody will name any of them any more."""
    then_s = time.time() - AGED_S
    for path in lying(lake):
        os.utime(path, (then_s, then_s))


def in_the_index(lake: Warehouse) -> frozenset[str]:
    index = PlateIndex(f"sqlite:///{folder_of(lake).parent}/catalog-plates.sqlite")
    known = index.known()
    index.close()
    return known


def critical_failures(lake: Warehouse, logged: dict[tuple[str, str], int]) -> list[str]:
    seen = Lake(lake)
    found = check(lake, seen, seen.days, Logged(logged, ""), 60.0, time.time_ns() // 1000, lambda _: None)
    return [
        f"{one.table}: {one.rule}: {one.detail}" for one in found.outcomes if one.critical and one.verdict == "failed"
    ]
