"""Rows are what Iceberg's own reader gives, whoever wrote the file, and the footers that are remembered are bounded."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyiceberg.expressions import AlwaysTrue, And, BooleanExpression, EqualTo, GreaterThan, In, NotNull

from app.lake.open import open_blocking
from app.lake.tables import LAKE_TABLES
from app.lake_api import files, shots
from app.lake_api.files import Files
from app.lake_api.shots import Shots
from app.settings import Settings
from tests.unit.lake_api.small_lake import PLATES, commit, settings_of

pytestmark = pytest.mark.slow


def in_64_bits(schema: pa.Schema) -> pa.Schema:
    """Return a schema with texts and lists as pyiceberg, Polars and others write them."""
    wider = {pa.string(): pa.large_string(), pa.list_(pa.float64()): pa.large_list(pa.float64())}
    return pa.schema([one.with_type(wider.get(one.type, one.type)) for one in schema])


def in_32_bits(schema: pa.Schema) -> pa.Schema:
    """Return a schema with whole numbers as a table has them before a column of it is widened."""
    return pa.schema([one.with_type(pa.int32()) if one.type == pa.int64() else one for one in schema])


@pytest.fixture(params=[in_64_bits, in_32_bits])
def of_two_writers(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Return a lake of which one file of each table has other types, as another engine may write them."""
    settings = settings_of(tmp_path)
    commit(settings, 1, 40, 2)
    warehouse = open_blocking(settings)
    for name in ("color", "plate"):
        path = sorted(warehouse.paths(name))[0].removeprefix("file://")
        rows = pq.read_table(path, partitioning=None)
        pq.write_table(rows.cast(request.param(rows.schema)), path, 7)  # in several groups
    warehouse.close()
    return settings


@pytest.mark.parametrize("wanted", [AlwaysTrue(), EqualTo("color", "white")])
@pytest.mark.parametrize("columns", [["color", "confidence"], [one.name for one in LAKE_TABLES["color"].columns]])
def test_rows_are_those_that_icebergs_own_reader_gives(
    of_two_writers: Settings, wanted: BooleanExpression, columns: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FOOTERS_BYTES", 1)
    warehouse = open_blocking(of_two_writers)
    table, reader = warehouse.table("color"), Files()
    tasks = list(table.scan().plan_files())
    theirs = table.scan(wanted, selected_fields=tuple(columns)).to_arrow().to_pylist()
    for _ in range(2):
        found = reader.rows(table, tasks, columns, wanted)
        assert found.schema == pa.schema([files.SCHEMAS["color"].field(one) for one in columns])
        assert sorted(map(repr, found.to_pylist())) == sorted(map(repr, theirs))
    assert len(reader._known) == 1 < len(tasks)
    warehouse.close()


@pytest.mark.parametrize("columns", [["seenAt", "confidence"], [one.name for one in LAKE_TABLES["plate"].columns]])
@pytest.mark.parametrize(
    "wanted",
    [
        EqualTo("plateText", PLATES[3]), In("plateText", (*PLATES[3:9], "none of these")), EqualTo("plateText", "none"),
        And(EqualTo("plateText", PLATES[3]), GreaterThan("confidence", 80.0)),
        And(In("plateText", PLATES[:20]), NotNull("carId")),
    ],
)  # fmt: skip
def test_rows_of_plates_are_those_that_icebergs_own_reader_gives(
    of_two_writers: Settings, wanted: BooleanExpression, columns: list[str]
) -> None:
    warehouse = open_blocking(of_two_writers)
    path = sorted(warehouse.paths("plate"))[1].removeprefix("file://")
    rows = pq.read_table(path, partitioning=None)
    pq.write_table(rows.drop_columns(["frameId"]), path, 7)  # an older file
    table = warehouse.table("plate")
    theirs = table.scan(wanted, selected_fields=tuple(columns)).to_arrow()
    found = Files().rows(table, list(table.scan().plan_files()), columns, wanted)
    assert sorted(map(repr, found.to_pylist())) == sorted(map(repr, theirs.to_pylist()))
    assert found.schema == pa.schema([files.SCHEMAS["plate"].field(one) for one in columns])
    warehouse.close()


def by_time(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["seenAt"], row["carId"], row["rank"]


@pytest.mark.parametrize("most", [1, 40, 10_000])
@pytest.mark.parametrize(
    "wanted", [EqualTo("color", "white"), And(EqualTo("color", "white"), GreaterThan("confidence", 40.0))]
)
def test_of_one_value_no_more_is_read_than_holds_the_first_rows_in_time(
    tmp_path: Path, wanted: BooleanExpression, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "STEP_ROWS", 16)
    settings = settings_of(tmp_path)
    commit(settings, 1, 900, 1)
    with closing(open_blocking(settings)) as warehouse:
        table, names = warehouse.table("color"), [one.name for one in LAKE_TABLES["color"].columns]
        reader, tasks = Files(), list(table.scan().plan_files())
        whole = sorted(reader.rows(table, tasks, names, wanted).to_pylist(), key=by_time)
        some = sorted(reader.rows(table, tasks, names, wanted, most).to_pylist(), key=by_time)
        few = reader.rows(table, tasks, ["confidence"], wanted, most)
    begin = whole[0]["seenAt"]
    assert some[:most] == whole[:most], "of the first page"
    later, wanted_later = ([row for row in rows if row["seenAt"] > begin] for rows in (some, whole))
    assert later[:most] == wanted_later[:most], "of a page that goes on at the time of its first"
    assert len(some) == len(few) and few.column_names == ["confidence"]
    assert (len(some) < len(whole) / 2) == (most < len(whole) / 4)


def test_a_file_that_does_not_say_its_order_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "STEP_ROWS", 16)
    settings = settings_of(tmp_path)
    commit(settings, 1, 300, 1)
    with closing(open_blocking(settings)) as warehouse:
        (path,) = (one.removeprefix("file://") for one in warehouse.paths("color"))
        rows = pq.read_table(path, partitioning=None)
        pq.write_table(rows.sort_by([("color", "ascending"), ("seenAt", "descending")]), path)
        table, wanted = warehouse.table("color"), EqualTo("color", "white")
        tasks = list(table.scan().plan_files())
        found = Files().rows(table, tasks, ["carId"], wanted, 1)
        assert len(found) == len(table.scan(wanted).to_arrow()) > 16


def test_texts_in_64_bits_are_read_group_by_group_as_ours_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(tmp_path)
    commit(settings, 1, 40, 1)
    warehouse = open_blocking(settings)
    (path,) = (one.removeprefix("file://") for one in warehouse.paths("plate"))
    rows = pq.read_table(path, partitioning=None)
    pq.write_table(rows.cast(in_64_bits(rows.schema)), path, 7)
    monkeypatch.setattr(files, "ArrowScan", None)
    table, reader = warehouse.table("plate"), Files()
    text = rows.column("plateText")[20].as_py()
    found = reader.rows(table, list(table.scan().plan_files()), rows.column_names, EqualTo("plateText", text))
    assert found == rows.filter(pc.equal(rows.column("plateText"), text)) and len(found)
    assert list(reader._readers._idle) == [path]
    warehouse.close()


def test_files_that_a_table_names_no_more_are_forgotten_and_closed(
    of_two_writers: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shots, "FRESH_S", 0.0)
    warehouse = open_blocking(of_two_writers)
    seen = Shots(warehouse)
    shot, wanted = seen.newest("plate"), In("plateText", PLATES[:20])
    found = shot.rows(shot.files(), ["plateText"], wanted)
    assert len(found) and len(seen.reader._known) == len(shot.files()) and len(seen.reader._readers._idle)
    warehouse.table("plate").delete(AlwaysTrue())
    assert seen.newest("plate").files() == []
    assert not seen.reader._known and not seen.reader._readers._idle and seen.reader._held_bytes == 0
    warehouse.close()
