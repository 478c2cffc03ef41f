"""What every catalog does, whatever it is made of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.stores.rows import CameraDayRow, DecisionRow, FrameRow
from tests.unit.stores.adapters import CATALOGS
from tests.unit.stores.example_rows import DAY, DECISION, FRAME, ROWS


@pytest.fixture(params=CATALOGS.values(), ids=CATALOGS)
async def catalog(request, tmp_path):
    opened = request.param(tmp_path)
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


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(6)), st.integers(1, 6))
def test_the_order_of_writes_does_not_matter(tmp_path_factory, order, batch):
    import asyncio

    versions = [replace(DAY, version=version, frames=version * 10) for version in range(6)]

    async def write():
        for make in CATALOGS.values():
            catalog = make(tmp_path_factory.mktemp("catalog"))
            for start in range(0, 6, batch):
                await catalog.write([versions[place] for place in order[start : start + batch]])
            assert await all_of(catalog.scan(CameraDayRow)) == [versions[5]]
            await catalog.close()

    asyncio.run(write())


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


async def test_a_scan_goes_on_over_its_pages_in_the_order_of_keys(catalog):
    rows = [replace(DECISION, frame_id=f"{number:05d}") for number in range(2_345)]
    await catalog.write(list(reversed(rows)))
    assert await all_of(catalog.scan(DecisionRow)) == rows


async def test_a_query_may_be_left_early_and_writing_goes_on(catalog):
    await catalog.write([replace(FRAME, frame_id=f"{number:05d}") for number in range(1_200)])
    async for row in catalog.scan(FrameRow):
        assert row.frame_id == "00000"
        break
    await catalog.write([replace(FRAME, frame_id="z")])
    assert (await catalog.frame("z")).frame_id == "z"
