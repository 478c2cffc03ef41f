"""Whatever maintenance does, and wherever it dies: each row is there once, nothing needed goes, nothing else stays."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.exceptions import ValidationException
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.table.update.snapshot import _OverwriteFiles

from app.lake.tables import LAKE_TABLES
from app.lake.upkeep import compact
from app.lake.upkeep.contents import data_files, folder_of, named, pieces
from app.lake.upkeep.expire import expire
from app.lake.upkeep.maintain import maintain
from app.lake.upkeep.plan import NAMED_FOR_S
from app.lake.warehouse import Warehouse, position_of
from app.settings import Settings
from tests.unit.lake.plain_rows import rows_of
from tests.unit.lake.results import PLATE_ALONE, result
from tests.unit.lake.upkeep.lake_in_a_folder import Writer, held, opened

pytestmark = pytest.mark.slow

LATER_US = 2_000_000_000_000_000
"""2033: everything that the tests write is old by then."""
SETTINGS = Settings(lake_hot_days=36_500)


def schema_of(path: str) -> pa.Schema:
    return pq.read_schema(path.removeprefix("file://"))


def round_of(lake: Warehouse, names: tuple[str, ...] = tuple(LAKE_TABLES), now_us: int = LATER_US) -> None:
    maintain(lake, names, SETTINGS, now_us, lambda _: None)


def test_many_small_files_become_one_a_day_and_every_row_stays(lake: Warehouse) -> None:
    writer = Writer(lake)
    for _ in range(5):
        writer.commit(days=2)
    done = {one.table: one for one in maintain(lake, LAKE_TABLES, SETTINGS, LATER_US, lambda _: None)}
    for name in LAKE_TABLES:
        assert held(lake, name) == writer.wanted[name]
        assert sorted(piece.day for piece in pieces(data_files(lake.table(name)).values())) == [
            "2025-11-25", "2025-11-26",
        ]  # fmt: skip
        assert (done[name].files_merged, done[name].files_made) == (10, 2)
        assert lake.totals(name)[:2] == (writer.wanted[name].total(), 2)


def test_a_merged_file_is_sorted_as_the_table_says(lake: Warehouse) -> None:
    writer = Writer(lake)
    for _ in range(3):
        writer.commit(names=("plate",))
    round_of(lake, ("plate",))
    rows = lake.table("plate").scan().to_arrow().to_pylist()
    assert rows == sorted(rows, key=lambda row: (row["plateText"], row["seenAt"], row["plateId"]))


def test_a_merged_file_has_the_types_of_those_that_it_replaces(lake: Warehouse) -> None:
    writer = Writer(lake)
    for _ in range(2):
        writer.commit()
    before = {name: {schema_of(path) for path in lake.paths(name)} for name in LAKE_TABLES}
    round_of(lake)
    for name in LAKE_TABLES:
        (path,) = lake.paths(name)
        assert {schema_of(path)} == before[name]


def test_the_position_outlives_compaction_and_the_snapshots_that_told_it(lake: Warehouse) -> None:
    writer = Writer(lake)
    for _ in range(4):
        writer.commit(names=("plate",))
    round_of(lake, ("plate",))
    assert len(lake.table("plate").snapshots()) == 1
    assert position_of(lake.table("plate")) == 3
    writer.offset, writer.batch = 3, 3  # the registrar reads its last record again
    before = held(lake, "plate")
    writer.commit(names=("plate",))
    assert held(lake, "plate") == before


def test_the_position_outlives_a_snapshot_of_another_engine(lake: Warehouse) -> None:
    writer = Writer(lake)
    writer.commit(names=("plate",))
    lake.table("plate").delete(AlwaysTrue())
    expire(lake, "plate", LATER_US, 1.0)
    assert position_of(lake.table("plate")) == 0


def test_nothing_lies_about_that_no_snapshot_names(lake: Warehouse) -> None:
    writer = Writer(lake)
    for _ in range(4):
        writer.commit(names=("color",))
    round_of(lake, ("color",))
    round_of(lake, ("color",))
    table = lake.table("color")
    folder = folder_of(table)
    assert {file.place for file in folder.lying()} == {folder.place_of(path) for path in named(table)}


def test_a_file_that_the_registrar_did_not_name_yet_stays(lake: Warehouse) -> None:
    writer = Writer(lake)
    writer.commit(names=("plate",))
    one_more = rows_of(result(PLATE_ALONE, source_id="gate-9"))["plate"]
    [waiting] = lake.write("plate", one_more, "0001-000000000007")
    changed_us = max(file.changed_us for file in folder_of(lake.table("plate")).lying())
    round_of(lake, ("plate",), changed_us + round(NAMED_FOR_S * 1e6))
    assert len(lake.add("plate", [(writer.offset, waiting.path)])) == 1
    assert held(lake, "plate").total() == writer.wanted["plate"].total() + 1


def test_the_registrar_commits_in_between_and_neither_loses(
    lake: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(opened(tmp_path))
    for _ in range(3):
        writer.commit(names=("plate",))
    real, left = compact.parquet_file_to_data_file, [2]

    def overtaken(*args: object) -> object:
        if left[0]:
            left[0] -= 1
            writer.commit(names=("plate",))
        return real(*args)

    monkeypatch.setattr(compact, "parquet_file_to_data_file", overtaken)
    round_of(lake, ("plate",))
    writer.lake.close()
    assert held(lake, "plate") == writer.wanted["plate"]
    assert position_of(lake.table("plate")) == 4
    assert len(data_files(lake.table("plate"))) == 3


def test_of_two_maintenances_at_once_one_merges(lake: Warehouse) -> None:
    writer = Writer(lake)
    for _ in range(3):
        writer.commit(names=("plate",))
    group = pieces(data_files(lake.table("plate")).values())
    assert compact.merge(lake, "plate", [group]) == [group]
    assert compact.merge(lake, "plate", [group]) == []
    assert held(lake, "plate") == writer.wanted["plate"]


def test_a_swap_that_the_library_refuses_for_nothing_is_tried_again(
    lake: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(lake)
    for _ in range(3):
        writer.commit(names=("plate",))
    real, left = _OverwriteFiles._deleted_entries, [2]

    def refusing(change: _OverwriteFiles) -> object:
        if left[0]:
            left[0] -= 1
            raise ValidationException("Missing required files to delete")
        return real(change)

    monkeypatch.setattr(_OverwriteFiles, "_deleted_entries", refusing)
    round_of(lake, ("plate",))
    assert held(lake, "plate") == writer.wanted["plate"]
    assert (left, len(data_files(lake.table("plate")))) == ([0], 1)
