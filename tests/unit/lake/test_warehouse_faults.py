"""A lake whose disk or catalog is in the way says so, by name and with a remedy, and takes the same files later."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import InfrastructureError
from app.lake.warehouse import Warehouse
from tests.unit.lake.plain_rows import rows_of
from tests.unit.lake.results import FULL, result

ROWS = rows_of(result(FULL))["plate"]


def opened(folder: Path) -> Warehouse:
    return Warehouse(f"sqlite:///{folder}/catalog.sqlite?timeout=0.05", f"file://{folder}/warehouse")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    lake = opened(tmp_path)
    lake.create()
    yield lake
    lake.close()


@pytest.fixture
def locked(warehouse: Warehouse, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Hold the catalog as a process does that hangs in a transaction."""
    holder = sqlite3.connect(tmp_path / "catalog.sqlite")
    holder.execute("begin exclusive")
    yield holder
    holder.close()


def test_a_warehouse_that_cannot_be_written_is_named_and_the_files_come_later(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    data = tmp_path / "warehouse" / "plates" / "plate" / "data"
    data.parent.mkdir(parents=True, exist_ok=True)
    data.write_text("in the way")
    with pytest.raises(InfrastructureError, match="check that the warehouse can be written") as refused:
        warehouse.write("plate", ROWS, "s")
    assert str(data) in refused.value.what
    data.unlink()
    assert len(warehouse.add("plate", [(0, one.path) for one in warehouse.write("plate", ROWS, "s")])) == 1


def test_a_lake_cannot_be_made_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "warehouse").write_text("in the way")
    lake = opened(tmp_path)
    with pytest.raises(InfrastructureError, match="check that the warehouse can be written"):
        lake.create()
    lake.close()


def test_a_catalog_that_is_locked_is_named_and_the_files_are_added_later(
    warehouse: Warehouse, locked: sqlite3.Connection, tmp_path: Path
) -> None:
    locked.rollback()
    files = [(0, one.path) for one in warehouse.write("plate", ROWS, "s")]
    locked.execute("begin exclusive")
    for attempt in (lambda: warehouse.add("plate", files), warehouse.create, lambda: warehouse.totals("plate")):
        with pytest.raises(InfrastructureError, match=r"catalog\.sqlite.*locked; check that it can be reached"):
            attempt()
    locked.rollback()
    assert len(warehouse.add("plate", files)) == 1
    assert warehouse.totals("plate")[0] == len(ROWS)


def test_a_lake_opened_while_its_catalog_is_locked_says_so(locked: sqlite3.Connection, tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match="locked"):
        opened(tmp_path)
