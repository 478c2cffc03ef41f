"""Laws of the sinker: absolute figures, so that writing twice, or late, changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents import sinker
from app.stores.rows import CameraDayRow, DecisionRow, FrameRow, SegmentRow
from schemas.records import ArchivedStill, SegmentArchived
from tests.agents.one_batch import settings_in, staged
from tests.agents.records import decided, recorded


def archived(number: int, kept: tuple[int, ...]) -> SegmentArchived:
    segment = recorded()[number]
    decision = decided(segment, kept)
    stills = tuple(ArchivedStill(index, f"archive/{number}/{index}.jpg", 1000) for index in kept)
    size = len(segment.video)
    return SegmentArchived(segment.facts, "default/0/0", "hash", "", 0, size, stills, decision.frames)


async def rows(kind: type) -> list[object]:
    return [row async for row in sinker.catalog().scan(kind)]


async def test_every_segment_frame_and_decision_has_its_row_and_the_day_its_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(sinker, settings_in(tmp_path), monkeypatch) as stage:
        await stage.run([archived(0, (0,)), archived(1, ()), archived(2, (0, 5))])
        assert [len(await rows(kind)) for kind in (SegmentRow, FrameRow, DecisionRow)] == [3, 6, 6]
        (day,) = await rows(CameraDayRow)
        assert isinstance(day, CameraDayRow)
        assert (day.segments, day.segments_kept, day.frames, day.frames_kept, day.bytes_kept) == (3, 2, 6, 3, 3000)
        assert day.objects == {"car": 6} and day.version == 2


async def test_a_batch_written_again_after_a_crash_changes_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = (SegmentRow, FrameRow, DecisionRow, CameraDayRow)
    async with staged(sinker, settings_in(tmp_path), monkeypatch) as stage:
        await stage.run([archived(0, (0,)), archived(1, ())])
        before = [await rows(kind) for kind in kinds]
        stage.rows.clear()
        stage.offset = 0
        await stage.run([archived(0, (0,)), archived(1, ())])
        assert [await rows(kind) for kind in kinds] == before


async def test_an_owner_that_lost_the_partition_cannot_turn_the_day_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(sinker, settings_in(tmp_path), monkeypatch) as stage:
        await stage.run([archived(0, (0,)), archived(1, (5,))])
        stage.rows.clear()  # it stands where it was before, and writes its first record once more
        stage.offset = 0
        await stage.run([archived(0, (0,))])
        (day,) = await rows(CameraDayRow)
        assert isinstance(day, CameraDayRow) and day.segments == 2
