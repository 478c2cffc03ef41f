"""Laws of rows in CQL tables: no nulls, no partition without a bound, the newest version wins by its timestamp."""

import re
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from app.stores.cql_migrations import migrations
from app.stores.cql_tables import (
    ALL_TABLES,
    FRAMES_BY_CAMERA,
    FRAMES_BY_TAG,
    HOUR_US,
    HOURS_BY_TAG,
    by_partition,
    writes_of,
    written_at,
)
from app.stores.cql_values import columns_of, decision_of, frame_in, frame_of, packed, row_of, unpacked, values_of
from app.stores.rows import DecisionRow, FrameRow
from tests.unit.stores.example_rows import DAY, DECISION, FRAME, ROWS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row).__name__)
def test_a_row_is_written_with_every_column_and_no_null(row):
    for write in writes_of(row):
        assert set(write.values) == set(write.table.columns)
        assert None not in write.values.values()
    assert row_of(type(row), [values_of(row)[field.name] for field in fields(row)]) == row


def test_a_row_that_was_read_is_as_frozen_as_one_that_was_made():
    again = row_of(type(FRAME), list(values_of(FRAME).values()))
    assert type(again) is type(FRAME) and type(again.objects[0]) is type(FRAME.objects[0])
    with pytest.raises(FrozenInstanceError):
        again.version = 7
    assert hash(again.objects) == hash(FRAME.objects)


@pytest.mark.parametrize(
    ("of_columns", "of_cell", "newest"), [(None, 5, 5), (5, None, 5), (5, 6, 6), (6, 5, 6), (5, 5, 5)]
)
def test_of_a_decision_in_columns_and_in_a_cell_the_newer_version_counts(of_columns, of_cell, newest):
    nothing = [DECISION.window_id, DECISION.frame_id] + [None] * (len(fields(DecisionRow)) - 2)
    columns = nothing if of_columns is None else list(values_of(replace(DECISION, version=of_columns)).values())
    cell = None if of_cell is None else packed(replace(DECISION, version=of_cell))["decided"]
    assert decision_of([*columns, cell]) == replace(DECISION, version=newest)


@pytest.mark.parametrize(
    ("of_columns", "of_cell", "newest"), [(None, 5, 5), (5, None, 5), (5, 6, 6), (6, 5, 6), (5, 5, 5)]
)
def test_of_a_frame_in_columns_and_in_a_cell_the_newer_version_counts(of_columns, of_cell, newest):
    nothing = [FRAME.frame_id] + [None] * (len(fields(FrameRow)) - 1)
    columns = nothing if of_columns is None else list(values_of(replace(FRAME, version=of_columns)).values())
    cell = None if of_cell is None else packed(replace(FRAME, version=of_cell))["seen"]
    assert frame_of([*columns, cell]) == replace(FRAME, version=newest)


def test_a_frame_comes_back_out_of_its_cell_as_it_was():
    assert columns_of(FrameRow).split(", ")[0] == "frame_id"
    odd = replace(FRAME, measures={"brightness_ratio": 0.1 + 0.2, "least": 5e-324}, still_key='a"\\\n\u2028é')
    for frame in (FRAME, odd, replace(FRAME, objects=())):
        again = frame_in(packed(frame)["seen"])
        assert again == frame and type(again.tags) is tuple


@pytest.mark.parametrize("none", [float("nan"), float("inf")])
def test_a_frame_with_a_number_that_is_none_is_refused_before_it_can_never_be_read_again(none):
    for frame in (
        replace(FRAME, measures={"brightness_ratio": none}),
        replace(FRAME, objects=(replace(FRAME.objects[0], score=none),)),
    ):
        with pytest.raises(ValueError, match="frame seg-0001 holds a number that is none"):
            packed(frame)


def test_an_hour_of_a_tag_is_listed_once_for_all_its_frames():
    frames = [replace(FRAME, frame_id=str(n), at_us=n * HOUR_US // 10) for n in range(20)]
    groups = [group for group in by_partition(frames, most=50) if group[0].table is HOURS_BY_TAG]
    assert sorted([write.values["hour_of_day"] for write in group] for group in groups) == [[0, 1]] * len(FRAME.tags)


def test_a_decision_comes_back_out_of_its_cell_as_it_was():
    assert columns_of(DecisionRow).split(", ")[:2] == ["window_id", "frame_id"]
    assert unpacked(**packed(DECISION)) == DECISION


def test_a_later_record_has_the_greater_timestamp_and_the_first_has_one():
    stamps = [written_at(offset) for offset in (0, 1, 2, 2**40)]
    assert stamps == sorted(set(stamps)) and stamps[0] > 0


@pytest.mark.parametrize("table", [FRAMES_BY_CAMERA, FRAMES_BY_TAG], ids=lambda table: table.name)
def test_frames_of_different_hours_lie_in_different_partitions(table):
    frames = [replace(FRAME, frame_id=str(n), at_us=n * HOUR_US + 5) for n in range(-3, 21)]
    partitions = {write.partition for frame in frames for write in writes_of(frame) if write.table is table}
    assert len({partition[-1] for partition in partitions}) == len(frames)


def test_writes_to_one_partition_travel_together_up_to_the_most():
    frames = [replace(FRAME, frame_id=str(n), at_us=n) for n in range(10)]
    groups = [group for group in by_partition(frames, most=4) if group[0].table is FRAMES_BY_CAMERA]
    assert [len(group) for group in groups] == [4, 4, 2]
    assert all(len({write.partition for write in group}) == 1 for group in by_partition(frames, most=4))


def test_of_several_versions_of_a_row_the_newest_is_written():
    versions = [replace(DAY, version=version) for version in (2, 3, 1)]
    [[write]] = by_partition(versions, most=9)
    assert write.values["version"] == 3


def test_every_table_is_made_by_a_migration_that_can_be_run_again_after_a_crash():
    statements = [statement for migration in migrations() for statement in migration.statements]
    made = {one.split("(")[0].split()[-1] for one in statements if one.startswith("CREATE TABLE IF NOT EXISTS ")}
    added = [one for one in statements if re.match(r"ALTER TABLE \w+ ADD \w+\s", one)]  # `migrate` asks what is there
    assert made == {table.name for table in ALL_TABLES}
    assert len(made) + len(added) == len(statements)


@pytest.mark.parametrize("only_somewhere", ["counter", "MATERIALIZED", "cdc", "tablets", "tombstone_gc"])
def test_definitions_keep_to_what_cassandra_and_scylladb_both_have(only_somewhere):
    for migration in migrations():
        assert only_somewhere.lower() not in " ".join(migration.statements).lower()


def test_migrations_are_numbered_without_a_gap():
    assert [one.number for one in migrations()] == list(range(1, len(migrations()) + 1))
