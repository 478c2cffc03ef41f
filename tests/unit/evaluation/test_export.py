"""Our own catalog can be decided again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.catalog_rows import rows_of
from app.cli import root
from app.errors import OperatorError
from app.evaluation.export import read_catalog
from app.evaluation.stream import curated
from app.settings import Settings, settings
from app.stores.sqlite import SqliteCatalog
from schemas.records import DayState, SegmentArchived, SegmentDecided, SegmentExtracted
from tests.unit.curation.records import POLICY, kept, run, singles

SETTINGS = Settings()
DAY = DayState(
    camera_id="c", day="1970-01-01", segments=0, segments_kept=0, frames=0, frames_kept=0, duplicates=0, keyframes=0,
    bytes_seen=0, bytes_kept=0, objects={},
)  # fmt: skip


def write_catalog(path: Path, toml: str = POLICY) -> tuple[list[SegmentExtracted], list[SegmentDecided]]:
    """Write what a policy decided of some segments as the sinker would; return what went in and the decisions."""
    log = singles(["clear", "rainy", "foggy", "unknown"] * 30)
    _, decided = run(log, toml)

    async def write() -> None:
        catalog = SqliteCatalog(path, 5.0)
        for version, one in enumerate(decided):
            archived = SegmentArchived(
                facts=one.facts, window_id=one.window_id, policy_hash=one.policy_hash,
                video_key="video" if one.keep_video else "", video_bytes=0, source_bytes=one.video_bytes, stills=(),
                frames=one.frames,
            )  # fmt: skip
            await catalog.write(rows_of(archived, DAY, version))
        await catalog.close()

    asyncio.run(write())
    return log, decided


@pytest.mark.slow
@pytest.mark.parametrize("keep", ["stills", "video"])
def test_a_catalog_gives_back_the_segments_that_it_was_written_from(tmp_path: Path, keep: str) -> None:
    toml = f'keep = "{keep}"\n{POLICY}'
    log, decided = write_catalog(tmp_path / "catalog.sqlite", toml)
    read = read_catalog(tmp_path / "catalog.sqlite", SETTINGS, still_bytes_per_px=1.0)
    assert [one.facts.segment_id for one in read] == [one.facts.segment_id for one in log]
    assert [one.video_bytes for one in read] == [one.video_bytes for one in log]
    assert kept(curated(read, toml, 100).decided) == kept(decided)


@pytest.mark.slow
@pytest.mark.parametrize("named", ["catalog:", "{home}/catalog.sqlite"])
def test_a_catalog_is_evaluated_by_its_file_or_as_the_one_of_the_settings(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROADSIEVE_HOME", str(tmp_path))
    settings.cache_clear()
    write_catalog(tmp_path / "catalog.sqlite")
    result = CliRunner().invoke(root, ["evaluate", named.format(home=tmp_path), "--budget", "10%", "--json"])
    settings.cache_clear()
    assert result.exit_code == 0
    assert json.loads(result.stdout)["policies"]["roadsieve"]["kept"] == 12


def test_a_catalog_without_a_frame_and_one_that_is_not_there_are_named(tmp_path: Path) -> None:
    asyncio.run(SqliteCatalog(tmp_path / "empty.sqlite", 5.0).close())
    for name, why in (("empty.sqlite", "holds no frame"), ("none.sqlite", "there is no such file")):
        result = CliRunner().invoke(root, ["evaluate", str(tmp_path / name)])
        assert isinstance(result.exception, OperatorError)
        assert name in result.exception.what
        assert result.exception.why == why
