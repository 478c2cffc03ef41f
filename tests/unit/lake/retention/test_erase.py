"""A plate that is erased is in no file any more, all else stays, the counts agree with the log; wherever it dies."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import fastavro
import pyarrow.parquet as pq
import pytest

from app.lake.retention.cold import ColdFolder, open_cold
from app.lake.retention.erase import TABLES, Receipt, erase
from app.lake.retention.move import retain
from app.lake.retention.notes import cold_files
from app.lake.tables import LAKE_TABLES
from app.lake.validation.check import check
from app.lake.validation.facts import Lake
from app.lake.validation.log import Logged
from app.lake.warehouse import Warehouse, position_of
from app.settings import Settings
from tests.unit.lake.retention.test_retention import LEFT_US
from tests.unit.lake.upkeep.lake_in_a_folder import Writer, comparable, held

pytestmark = pytest.mark.slow

PLATE = "粤BDX503*"


def erased(lake: Warehouse) -> Receipt:
    with open_cold(lake.location, Settings()) as cold:
        return erase(lake, cold, PLATE, LEFT_US)


@pytest.fixture
def half_cold(lake: Warehouse) -> Warehouse:
    """Return a lake of two days, the first of them cold; every plate is read once a day and batch."""
    writer = Writer(lake)
    for _ in range(2):
        writer.commit(days=2)
    with open_cold(lake.location, Settings()) as cold:
        retain(lake, cold, LAKE_TABLES, Settings(), LEFT_US)
    return lake


def all_rows(lake: Warehouse, name: str) -> Counter[str]:
    with open_cold(lake.location, Settings()) as cold:
        assert isinstance(cold, ColdFolder)
        paths = [cold.path_of(file.place) for file in cold_files(lake) if file.table == name]
    rows = [row for path in paths for row in pq.read_table(path.removeprefix("file://")).to_pylist()]
    return held(lake, name) + Counter(map(comparable, rows))


def files_with_it(lake: Warehouse) -> list[str]:
    """Return the Parquet files, named or not, that have the plate."""
    return [
        str(path)
        for path in Path(lake.location.removeprefix("file://")).rglob("*.parquet")
        if path.stat().st_size
        and "plateText" in (rows := pq.read_table(path, partitioning=None)).column_names
        and PLATE in rows.column("plateText").to_pylist()
    ]


def descriptions_with_it(lake: Warehouse) -> list[str]:
    """Return the manifests, named or not, that tell of the plate, as least or greatest of a column."""
    paths = Path(lake.location.removeprefix("file://")).rglob("*.avro")
    return [str(path) for path in paths if repr(PLATE.encode())[2:-1] in entries_of(path)]


def entries_of(path: Path) -> str:
    with path.open("rb") as file:
        return str(list(fastavro.reader(file)))


def whole(lake: Warehouse) -> dict[tuple[str, str], int]:
    """Return the rows that the log has of each table and day."""
    seen = Lake(lake)
    rows = Counter({(name, day): number for name in LAKE_TABLES for day, number in seen.rows(name).items()})
    for file in cold_files(lake):
        rows[file.table, file.day] += file.rows
    return dict(rows)


def critical_failures(lake: Warehouse, logged: dict[tuple[str, str], int]) -> list[str]:
    seen = Lake(lake)
    found = check(lake, seen, seen.days, Logged(logged, ""), 60.0, LEFT_US + 1, lambda _: None)
    return [
        f"{one.table}: {one.rule}: {one.detail}" for one in found.outcomes if one.critical and one.verdict == "failed"
    ]


def test_an_erased_plate_is_in_no_file_and_all_else_stays(half_cold: Warehouse) -> None:
    lake = half_cold
    logged, before = whole(lake), {name: all_rows(lake, name) for name in LAKE_TABLES}
    assert len(files_with_it(lake)) == 10, "of two tables two hot files, two of older snapshots and a cold one"
    assert descriptions_with_it(lake)
    receipt = erased(lake)
    assert (receipt.hot, receipt.cold) == (
        {"country": 4, "car": 2, "sighting": 2, "plate": 2}, {"country": 4, "car": 2, "sighting": 2, "plate": 2},
    )  # fmt: skip
    assert (receipt.cold_pending, receipt.unnamed_files, files_with_it(lake)) == ([], 0, [])
    assert descriptions_with_it(lake) == []
    after = {name: all_rows(lake, name) for name in LAKE_TABLES}
    assert {name for name in LAKE_TABLES if after[name] != before[name]} == set(TABLES)
    assert after["plate"] == Counter({row: n for row, n in before["plate"].items() if "K643ET10" in row})
    assert after["car"].total() == before["car"].total()
    assert all('"plateId": null' in row and '"imageUri": ""' in row for row in after["car"])
    assert critical_failures(lake, logged) == []
    assert position_of(lake.table("plate")) == 3
    assert sum(erased(lake).hot.values()) == 0
