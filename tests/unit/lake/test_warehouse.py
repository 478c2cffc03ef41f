"""Files become part of a table once; other engines read the same rows."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.errors import InfrastructureError, OperatorError
from app.lake.parquet import ALONE_ROWS, write_parquet
from app.lake.rows import Row, columns_of
from app.lake.tables import LAKE_TABLES, RESULT_TABLES
from app.lake.warehouse import Warehouse, arrow_table, position_of
from tests.unit.lake.plain_rows import rows_of
from tests.unit.lake.results import AT_US, CAR_ALONE, FULL, PLATE_ALONE, result

DAY_US = 86_400_000_000


def opened(folder: Path) -> Warehouse:
    return Warehouse(f"sqlite:///{folder}/catalog.sqlite", f"file://{folder}/warehouse")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    lake = opened(tmp_path)
    lake.create()
    yield lake
    lake.close()


def rows(days: int = 2) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {name: [] for name in RESULT_TABLES}
    for day in range(days):
        for place, said in enumerate((FULL, PLATE_ALONE, CAR_ALONE)):
            for name, more in rows_of(result(said, at_us=AT_US + day * DAY_US + place)).items():
                found[name] += more
    return found


def add(lake: Warehouse, name: str, found: list[Row], stem: str, offset: int) -> int:
    files = lake.write(name, found, stem)
    return len(lake.add(name, [(offset + place, file.path) for place, file in enumerate(files)]))


def plain(found: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(one, default=str, sort_keys=True) for one in found)


@pytest.mark.slow
def test_a_file_holds_one_day_and_the_same_rows_give_the_same_file(warehouse: Warehouse) -> None:
    first = warehouse.write("plate", rows()["plate"], "0000-000000000000")
    assert [(one.day, one.rows) for one in first] == [("2025-11-25", 2), ("2025-11-26", 2)]
    assert warehouse.write("plate", rows()["plate"], "0000-000000000000") == first
    bodies = [Path(one.path.removeprefix("file://")).read_bytes() for one in first]
    warehouse.write("plate", list(reversed(rows()["plate"])), "0000-000000000000")
    assert [Path(one.path.removeprefix("file://")).read_bytes() for one in first] == bodies


@pytest.mark.slow
def test_only_ids_of_files_that_are_looked_up_cost_a_lookup_what_zstd_costs(warehouse: Warehouse) -> None:
    def codecs(name: str) -> dict[str, str]:
        path = warehouse.write(name, rows()[name], "0000-000000000000")[0].path.removeprefix("file://")
        group = pq.read_metadata(path).row_group(0)
        columns = [group.column(place) for place in range(group.num_columns)]
        return {one.path_in_schema.removesuffix(".list.element"): one.compression for one in columns}

    ids = {"plateId", "resultId", "carId"}
    found = codecs("plate")
    assert found == {name: "ZSTD" if name in ids else "SNAPPY" for name in RESULT_TABLES["plate"].column_names}
    assert set(codecs("color").values()) == {"ZSTD"}


@pytest.mark.slow
def test_a_file_of_several_groups_has_no_dictionary_of_ids_and_each_says_its_order() -> None:
    for count, groups in ((ALONE_ROWS, 1), (ALONE_ROWS + 1, 5)):
        rows = arrow_table(LAKE_TABLES["color"], columns_of("color", rows_of(result(FULL))["color"])).slice(0, 1)
        body = io.BytesIO()
        write_parquet("color", pa.concat_tables([rows] * count).combine_chunks(), body)
        footer = pq.read_metadata(body)
        assert footer.num_row_groups == groups
        for number in range(groups):
            group = footer.row_group(number)
            columns = {one.path_in_schema: one for one in map(group.column, range(group.num_columns))}
            assert columns["carId"].has_dictionary_page == (groups == 1) and columns["color"].has_dictionary_page
            order = [footer.schema.column(one.column_index).path for one in group.sorting_columns]
            assert order == ["color", "seenAt", "carId", "rank"]


@pytest.mark.slow
def test_other_engines_read_what_was_written(warehouse: Warehouse) -> None:
    for name, found in rows().items():
        assert add(warehouse, name, found, "0000-000000000000", 0) == 2
        table = warehouse.table(name)
        ours = table.scan().to_arrow().to_pylist()
        assert len(ours) == len(found)
        paths = [task.file.file_path.removeprefix("file://") for task in table.scan().plan_files()]
        with duckdb.connect() as duck:
            theirs = duck.read_parquet(paths, hive_partitioning=False).to_arrow_table()
        assert sorted(theirs.column("resultId").to_pylist()) == sorted(one["resultId"] for one in ours)
        assert plain(polars.scan_iceberg(table).collect().to_arrow().to_pylist()) == plain(ours)
    assert warehouse.totals("plate")[:2] == (4, 2)


def test_what_a_crash_had_already_added_is_left_out(warehouse: Warehouse) -> None:
    assert add(warehouse, "plate", rows()["plate"], "0000-000000000000", 5) == 2
    assert add(warehouse, "plate", rows()["plate"], "0000-000000000000", 5) == 0
    assert add(warehouse, "plate", rows()["plate"], "0000-000000000009", 7) == 2
    assert position_of(warehouse.table("plate")) == 8
    assert warehouse.totals("plate")[:2] == (8, 4)


def test_a_table_is_read_again_when_another_process_changed_it_and_not_before(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    known = warehouse.table("plate")
    assert warehouse.newer(known) is known
    other = opened(tmp_path)
    add(other, "plate", rows(1)["plate"], "a", 0)
    changed = warehouse.newer(known)
    assert position_of(changed) == 0 and position_of(known) == -1
    other.catalog.drop_table(changed.name())
    other.close()
    with pytest.raises(OperatorError, match="lake create"):
        warehouse.newer(changed)


def test_a_writer_that_was_overtaken_is_refused(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [(place, one.path) for place, one in enumerate(warehouse.write("plate", rows()["plate"], "s"))]
    frozen, stale = opened(tmp_path), warehouse.table("plate")
    warehouse.add("plate", files)
    monkeypatch.setattr(frozen, "table", lambda _: stale)
    with pytest.raises(InfrastructureError, match="lake catalog"):
        frozen.add("plate", files)
    frozen.close()
    assert warehouse.totals("plate")[:2] == (4, 2)


def test_a_column_that_a_later_version_adds_is_null_in_older_rows(warehouse: Warehouse) -> None:
    add(warehouse, "color", rows()["color"], "0000-000000000000", 0)
    with warehouse.table("color").update_schema() as changed:
        changed.delete_column("klass")
    assert warehouse.create() == []
    names = [field.name for field in warehouse.table("color").schema().fields]
    assert sorted(names) == sorted(RESULT_TABLES["color"].column_names)
    assert len(warehouse.table("color").scan().to_arrow()) == len(rows()["color"])


def test_a_lake_that_was_not_made_says_how_to_make_it(tmp_path: Path) -> None:
    lake = opened(tmp_path)
    with pytest.raises(OperatorError, match="roadsieve lake create"):
        lake.totals("plate")
    lake.close()


def test_a_catalog_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="lake catalog"):
        Warehouse(f"sqlite:///{tmp_path}/no/such/folder/catalog.sqlite", f"file://{tmp_path}")
