"""Processes that start at once on a new disk, as a worker, the API and checks do: each finds what is missing made."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from app.lake.plate_index import PlateIndex
from app.lake.tables import LAKE_TABLES
from app.lake.warehouse import Warehouse
from app.stores.sqlite import SqliteCatalog

AT_ONCE = 6


def lake_made(folder: Path) -> None:
    with closing(Warehouse(f"sqlite:///{folder}/catalog.sqlite", f"file://{folder}/warehouse")) as lake:
        lake.create()
        assert not lake.table("plate").spec().is_unpartitioned()
        assert len({lake.table(name).metadata_location for name in LAKE_TABLES}) == len(LAKE_TABLES)


def index_made(folder: Path) -> None:
    with closing(PlateIndex(f"sqlite:///{folder}/plates.sqlite")) as index:
        index.add({"file": ["B-MW 1"]})
        assert index.may_hold(["B-MW 1"], ["file"]) and not index.may_hold(["B-MW 2"], ["file"])


def catalog_made(folder: Path) -> None:
    SqliteCatalog(folder / "frames.sqlite", busy_s=30)


@pytest.mark.parametrize("made", [lake_made, index_made, catalog_made])
def test_those_that_start_at_once_all_find_it_made(made: Callable[[Path], None], tmp_path: Path) -> None:
    begin = Barrier(AT_ONCE)

    def make(folder: Path) -> None:
        begin.wait(60)
        made(folder)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for name in "abc":
            folder = tmp_path / name
            folder.mkdir()
            for one in [threads.submit(make, folder) for _ in range(AT_ONCE)]:
                one.result(60)
