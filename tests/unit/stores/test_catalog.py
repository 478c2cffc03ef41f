"""What every catalog does, whatever it is made of."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.stores.cql import CqlCatalog
from app.stores.cql_session import access_of
from app.stores.rows import CameraDayRow, DecisionRow
from app.stores.sqlite import SqliteCatalog
from tests.unit.stores.example_rows import DAY, DECISION, FRAME, ROWS

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def cql(cql_settings):
    opened = CqlCatalog(access_of(cql_settings), cql_settings.cql_keyspace)
    yield opened
    asyncio.run(opened.close())


@pytest_asyncio.fixture(loop_scope="module", params=["sqlite", pytest.param("cql", marks=pytest.mark.server)])
async def catalog(request, tmp_path):
    if request.param == "cql":
        opened = request.getfixturevalue("cql")
        await asyncio.to_thread(request.getfixturevalue("emptied"))
        yield opened
    else:
        opened = SqliteCatalog(tmp_path / "catalog.sqlite", busy_s=5)
        yield opened
        await opened.close()


async def all_of(rows):
    return [row async for row in rows]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row).__name__)
async def test_a_row_comes_back_as_it_was(catalog, row):
    await catalog.write([row])
    (again,) = await all_of(catalog.scan(type(row)))
    assert again == row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row).__name__)
async def test_an_older_version_never_overwrites_a_newer(catalog, row):
    newer = replace(row, version=6)
    await catalog.write([row])
    await catalog.write([newer])
    await catalog.write([row])
    assert await all_of(catalog.scan(type(row))) == [newer]


async def test_the_same_version_may_be_written_again(catalog):
    await catalog.write(ROWS)
    await catalog.write(ROWS)
    assert [len(await all_of(catalog.scan(type(row)))) for row in ROWS] == [1, 1, 1, 1]


async def test_writing_nothing_is_no_error(catalog):
    await catalog.write([])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(6)), st.integers(1, 6), st.uuids())
async def test_the_order_of_writes_does_not_matter(catalog, order, batch, camera):
    versions = [replace(DAY, camera_id=str(camera), version=version, frames=version * 10) for version in range(6)]
    for start in range(0, 6, batch):
        await catalog.write([versions[place] for place in order[start : start + batch]])
    found = await all_of(catalog.scan(CameraDayRow))
    assert [row for row in found if row.camera_id == str(camera)] == [versions[5]]


async def test_the_days_of_a_camera_come_in_order_and_no_other_cameras(catalog):
    days = [replace(DAY, day=day) for day in ("2026-03-02", "2025-12-31", "2026-03-01")]
    await catalog.write([*days, replace(DAY, camera_id="other")])
    found = await all_of(catalog.days_of_camera(DAY.camera_id))
    assert found == sorted(days, key=lambda row: row.day)
    assert await all_of(catalog.days_of_camera("nobody")) == []


async def test_a_frame_is_found_by_its_id(catalog):
    await catalog.write([FRAME, replace(FRAME, frame_id="seg-0002")])
    assert await catalog.frame("seg-0001") == FRAME
    assert await catalog.frame("seg-0009") is None


async def test_frames_of_a_camera_come_by_time_from_until_before(catalog):
    frames = [replace(FRAME, frame_id=f"f{at_us}", at_us=at_us) for at_us in (400, 100, 300, 200, -50)]
    await catalog.write([*frames, replace(FRAME, frame_id="x", camera_id="other", at_us=200)])
    found = await all_of(catalog.frames_of_camera("cam", 100, 400))
    assert [row.at_us for row in found] == [100, 200, 300]


async def test_frames_are_found_by_tag_and_day(catalog):
    later = replace(FRAME, frame_id="b", at_us=2_000)
    other_day = replace(FRAME, frame_id="c", day="2026-03-02")
    clear = replace(FRAME, frame_id="d", tags=("weather=clear",))
    await catalog.write([later, other_day, clear, FRAME, replace(FRAME, frame_id="e", tags=())])
    assert await all_of(catalog.frames_with_tag("weather=rainy", "2026-03-01")) == [FRAME, later]
    assert await all_of(catalog.frames_with_tag("weather=clear", "2026-03-01")) == [clear]
    assert await all_of(catalog.frames_with_tag("weather=foggy", "2026-03-01")) == []


async def test_frames_of_a_tag_come_by_time_over_pages_and_hours(catalog):
    frames = [replace(FRAME, frame_id=f"{n:05d}", at_us=n * 3_600_000_000 // 45) for n in range(130)]
    await catalog.write(list(reversed(frames)))
    assert await all_of(catalog.frames_with_tag("weather=rainy", "2026-03-01")) == frames


async def test_a_tag_that_a_newer_version_lost_finds_the_frame_no_more(catalog):
    await catalog.write([FRAME])
    newer = replace(FRAME, version=6, tags=("weather=clear",))
    await catalog.write([newer])
    await catalog.write([FRAME])
    assert await all_of(catalog.frames_with_tag("weather=rainy", "2026-03-01")) == []
    assert await all_of(catalog.frames_with_tag("weather=clear", "2026-03-01")) == [newer]


async def test_decisions_of_a_window_come_by_rank(catalog):
    rows = [replace(DECISION, frame_id=f"f{rank}", rank=rank) for rank in (2, 0, -1, 1)]
    await catalog.write([*rows, replace(DECISION, window_id="fleet/0/99")])
    assert [row.rank for row in await all_of(catalog.decisions("fleet/0/17"))] == [-1, 0, 1, 2]


async def test_a_scan_goes_on_over_its_pages(catalog):
    rows = [replace(DECISION, frame_id=f"{number:05d}", window_id=f"fleet/0/{number % 9}") for number in range(2_345)]
    await catalog.write(list(reversed(rows)))
    assert sorted(await all_of(catalog.scan(DecisionRow)), key=lambda row: row.frame_id) == rows


async def test_frames_of_a_camera_come_by_time_over_hours_and_days(catalog):
    hour_us = 3_600_000_000
    frames = [replace(FRAME, frame_id=f"{n:05d}", at_us=n * hour_us // 40 - 7) for n in range(1_300)]
    await catalog.write(list(reversed(frames)))
    assert await all_of(catalog.frames_of_camera("cam", -hour_us, 2**60)) == frames
    assert await all_of(catalog.frames_of_camera("cam", frames[39].at_us, frames[81].at_us)) == frames[39:81]


async def test_a_query_may_be_left_early_and_writing_goes_on(catalog):
    await catalog.write([replace(FRAME, frame_id=f"{number:05d}") for number in range(1_200)])
    async for row in catalog.frames_of_camera("cam", 0, 2_000):
        assert row.frame_id == "00000"
        break
    await catalog.write([replace(FRAME, frame_id="z")])
    assert (await catalog.frame("z")).frame_id == "z"
