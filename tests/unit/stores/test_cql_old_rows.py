"""Rows that a program before a migration wrote stay readable after it, beside those that are written since."""

import asyncio
from dataclasses import fields, replace

import pytest

from app.stores import cql_migrations
from app.stores.cql_migrations import migrate, migrations
from app.stores.cql_session import CqlSession, access_of
from app.stores.cql_tables import HOUR_US, hour_of, written_at
from app.stores.cql_values import values_of
from app.stores.open import open_catalog
from app.stores.rows import DecisionRow, FrameRow
from tests.unit.stores.example_rows import DECISION, FRAME

OLD = [replace(DECISION, frame_id=f"seg-{number:04d}", rank=number) for number in range(6)]
OLD_FRAMES = [
    replace(FRAME, frame_id=f"seg-{number:04d}", at_us=FRAME.at_us + number * HOUR_US // 4) for number in range(6)
]
TAG, CAMERA = FRAME.tags[0], FRAME.camera_id
SPAN_US = (FRAME.at_us, FRAME.at_us + 24 * HOUR_US)


def rows_of_the_first_program():
    """Yield table and values as they were written before any row lay in one cell."""
    for row in OLD:
        yield "decisions", values_of(row), row.version
    for frame in OLD_FRAMES:
        hour = hour_of(frame.at_us)
        yield "frames", values_of(frame), frame.version
        yield "frames_by_camera", {**values_of(frame), "hour": hour}, frame.version
        yield "hours_by_camera", {"camera_id": frame.camera_id, "hour": hour}, frame.version
        place = {"day": frame.day, "hour_of_day": hour % 24, "at_us": frame.at_us, "frame_id": frame.frame_id}
        for tag in frame.tags:
            yield "frames_by_tag", {"tag": tag, **place}, frame.version


@pytest.fixture
def with_old_rows(cql_settings, monkeypatch, request):
    """Return a keyspace in which the first program wrote decisions and frames, migrated since."""
    own = f"{cql_settings.cql_keyspace}_{request.function.__name__[5:15]}"
    settings = cql_settings.model_copy(update={"cql_keyspace": own})
    with monkeypatch.context() as before:
        before.setattr(cql_migrations, "migrations", lambda: migrations()[:1])
        assert migrate(settings) == ["0001_rows.cql"]
    session = CqlSession(access_of(settings), settings.cql_keyspace)
    try:
        for table, values, version in rows_of_the_first_program():
            marks = ", ".join(f":{name}" for name in values)
            insert = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks}) USING TIMESTAMP :written_at"
            session.ask(session.prepare(insert), {**values, "written_at": written_at(version)})
        assert migrate(settings) == [one.file for one in migrations()[1:]]
        for number in (2, 3):
            session.ask(f"DELETE FROM migrations WHERE catalog = 'roadsieve' AND number = {number}")
    finally:
        session.close()
    again = ["0002_packed_decisions.cql", "0003_packed_frames.cql"]
    assert migrate(settings) == again, "those that crashed before they were noted are run again"
    return settings


async def test_old_rows_are_read_beside_new_ones_and_the_newest_version_of_each_counts(with_old_rows):
    newer = replace(OLD[1], version=6, kept=False)
    replayed = replace(OLD[2], version=4, kept=False)
    added = replace(OLD[0], frame_id="seg-0006", rank=6)
    wanted = [OLD[0], newer, *OLD[2:], added]
    async with asyncio.timeout(120), open_catalog(with_old_rows) as catalog:
        assert [row async for row in catalog.decisions(OLD[0].window_id)] == OLD
        await catalog.write([newer, replayed, added])
        assert [row async for row in catalog.decisions(OLD[0].window_id)] == wanted
        assert sorted([row async for row in catalog.scan(DecisionRow)], key=lambda row: row.rank) == wanted


async def test_old_frames_are_found_by_id_camera_and_tag_beside_new_ones_and_the_newest_version_counts(with_old_rows):
    newer = replace(OLD_FRAMES[1], version=6, tags=(TAG, "objects=train"))
    without_the_tag = replace(OLD_FRAMES[3], version=6, tags=("weather=foggy",))
    replayed = replace(OLD_FRAMES[2], version=4, tags=())
    added = replace(OLD_FRAMES[5], frame_id="seg-0006", at_us=OLD_FRAMES[5].at_us + HOUR_US)
    wanted = [OLD_FRAMES[0], newer, OLD_FRAMES[2], without_the_tag, *OLD_FRAMES[4:], added]
    async with asyncio.timeout(120), open_catalog(with_old_rows) as catalog:
        assert [row async for row in catalog.frames_of_camera(CAMERA, *SPAN_US)] == OLD_FRAMES
        assert [row async for row in catalog.frames_with_tag(TAG, FRAME.day)] == OLD_FRAMES
        await catalog.write([newer, without_the_tag, replayed, added])
        assert [await catalog.frame(row.frame_id) for row in wanted] == wanted
        assert [row async for row in catalog.frames_of_camera(CAMERA, *SPAN_US)] == wanted
        with_tag = [row for row in wanted if row is not without_the_tag]
        assert [row async for row in catalog.frames_with_tag(TAG, FRAME.day)] == with_tag
        assert sorted([row async for row in catalog.scan(FrameRow)], key=lambda row: row.at_us) == wanted


def test_frames_of_before_lie_in_several_hours_of_one_day():
    assert {frame.day for frame in OLD_FRAMES} == {FRAME.day}
    assert len({hour_of(frame.at_us) for frame in OLD_FRAMES}) > 1
    assert {field.name for field in fields(FrameRow)} == set(values_of(FRAME))
