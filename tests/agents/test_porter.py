"""Laws of the porter: the bytes lie in the store before the key travels, and a segment travels once."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents import porter
from tests.agents.one_batch import settings_in, staged
from tests.agents.records import recorded, stored


async def test_the_video_lies_in_the_store_under_the_key_that_travels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(porter, settings_in(tmp_path), monkeypatch) as stage:
        sent = await stage.run(recorded()[:2])
        assert sent["segments.stored"] == [stored(segment) for segment in recorded()[:2]]
        for segment in recorded()[:2]:
            assert await porter.objects().get(stored(segment).object_key) == segment.video


async def test_a_segment_sent_twice_in_one_batch_travels_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with staged(porter, settings_in(tmp_path), monkeypatch) as stage:
        sent = await stage.run([recorded()[0], recorded()[0]])
        assert sent["segments.stored"] == [stored(recorded()[0])]


async def test_a_segment_sent_again_later_neither_travels_nor_comes_back_to_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(porter, settings_in(tmp_path), monkeypatch) as stage:
        await stage.run(recorded()[:1])
        await porter.objects().delete([stored(recorded()[0]).object_key])  # decided meanwhile, and its object gone
        assert await stage.run(recorded()[:1]) == {}
        assert await porter.objects().head(stored(recorded()[0]).object_key) is None


async def test_beyond_the_horizon_a_segment_counts_as_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with staged(porter, settings_in(tmp_path, upload_horizon=2), monkeypatch) as stage:
        await stage.run(recorded()[:3])
        assert await stage.run(recorded()[:1]) == {"segments.stored": [stored(recorded()[0])]}
