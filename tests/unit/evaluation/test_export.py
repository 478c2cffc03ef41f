"""Our own catalog can be decided again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from app.catalog_rows import rows_of
from app.evaluation.export import read_catalog
from app.evaluation.stream import curated
from app.settings import Settings
from app.stores.sqlite import SqliteCatalog
from schemas.records import DayState, SegmentArchived
from tests.unit.curation.records import POLICY, kept, run, singles

SETTINGS = Settings()
DAY = DayState(
    camera_id="c", day="1970-01-01", segments=0, segments_kept=0, frames=0, frames_kept=0, duplicates=0, keyframes=0,
    bytes_seen=0, bytes_kept=0, objects={},
)  # fmt: skip


def test_a_catalog_gives_back_the_segments_that_it_was_written_from(tmp_path: Path) -> None:
    log = singles(["clear", "rainy", "foggy", "unknown"] * 30)
    _, decided = run(log)
    path = tmp_path / "catalog.sqlite"

    async def write() -> None:
        catalog = SqliteCatalog(path, 5.0)
        for version, one in enumerate(decided):
            archived = SegmentArchived(
                facts=one.facts, window_id=one.window_id, policy_hash=one.policy_hash, video_key="", video_bytes=0,
                source_bytes=one.video_bytes, stills=(), frames=one.frames,
            )  # fmt: skip
            await catalog.write(rows_of(archived, DAY, version))
        await catalog.close()

    asyncio.run(write())
    read = read_catalog(path, SETTINGS)
    assert [one.facts.segment_id for one in read] == [one.facts.segment_id for one in log]
    assert [one.video_bytes for one in read] == [one.video_bytes for one in log]
    small = [replace(one, facts=replace(one.facts, width_px=40, height_px=25)) for one in read]
    assert kept(curated(small, POLICY, 100).decided) == kept(decided)
