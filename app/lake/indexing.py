"""Keeps the index in step with the files of tables that have plates: before a commit, and by `api reindex`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from app.lake.plate_index import PlateIndex
from app.lake.warehouse import Warehouse, unnamed

TABLES, COLUMN = ("plate", "sighting"), "plateText"
"""Tables whose files are indexed, and the column by which."""


def index_new(warehouse: Warehouse, index: PlateIndex, table: str, files: Sequence[tuple[int, str]]) -> None:
    """Index files, each with its offset in lake.files, that a table is about to name.

    What it names already is left out: such a file may have been packed and removed since.
    """
    index_files(warehouse, index, [path for _, path in unnamed(warehouse.table(table), files)])


def index_files(warehouse: Warehouse, index: PlateIndex, paths: Iterable[str]) -> None:
    """Index files; a crash before a table names them leaves files in the index that nobody asks for."""
    index.add({path: warehouse.texts(path, COLUMN) for path in paths})


def reindex(warehouse: Warehouse, index: PlateIndex, tell: Callable[[int, int], None]) -> tuple[int, int]:
    """Index the files that are not yet, forget those that no table names any more; return how many of each.

    `tell` is told how many of how many are done. Files that a commit is about to name are indexed again by it.
    """
    known, named = index.known(), set[str]().union(*map(warehouse.paths, TABLES))
    missing = sorted(named - known)
    for done, path in enumerate(missing, start=1):
        index_files(warehouse, index, [path])
        tell(done, len(missing))
    stale = known - named
    if stale:
        index.forget_files(sorted(stale))
    return len(missing), len(stale)
