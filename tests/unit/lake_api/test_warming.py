"""Who asks first finds read what lookups need of footers, as many as there is room for; a broken file stops none."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from app.errors import InfrastructureError
from app.lake.indexing import TABLES
from app.lake.open import open_blocking, open_plate_index_blocking
from app.lake.plate_index import PlateIndex
from app.lake_api import files, shots, warming
from app.lake_api.shots import Shots
from app.lake_api.warming import Warming
from app.settings import Settings
from tests.unit.lake_api.small_lake import Caller, commit, settings_of

PATIENCE_S = 60.0


def in_tables(settings: Settings) -> set[str]:
    """Return the files of the tables that have plates."""
    with closing(open_blocking(settings)) as lake:
        return set[str]().union(*map(lake.paths, TABLES))


async def warmed(settings: Settings) -> tuple[set[str], bool]:
    """Return the files whose footers are known when the API is ready, and whether it says that it is warm."""
    with closing(open_blocking(settings)) as lake, closing(open_plate_index_blocking(settings)) as index:
        beside = Warming(Shots(lake), index)
        async with beside.beside():
            return {*beside.shots.reader._known}, beside.is_warm


async def test_when_the_api_is_ready_it_knows_every_footer_of_tables_with_plates(
    lake: Settings, reader: Caller
) -> None:
    assert await warmed(lake) == (in_tables(lake), True)
    assert reader.get("/health").json()["warm"] is True


async def test_those_of_the_newest_days_are_read_when_there_is_no_room_for_all(
    lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FOOTERS_BYTES", 10)
    known, is_warm = await warmed(lake)
    assert is_warm and len(known) == 1
    assert {Path(path).parent.name for path in known} == {max(Path(path).parent.name for path in in_tables(lake))}


@pytest.mark.slow
async def test_what_a_commit_adds_is_known_without_a_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shots, "FRESH_S", 0.0)
    monkeypatch.setattr(warming, "LOOK_S", 0.01)
    settings = settings_of(tmp_path)
    commit(settings, 1, 20)
    with closing(open_blocking(settings)) as lake, closing(open_plate_index_blocking(settings)) as index:
        beside = Warming(Shots(lake), index)
        known = beside.shots.reader._known
        async with beside.beside(), asyncio.timeout(PATIENCE_S):
            before = {*known}
            await asyncio.to_thread(commit, settings, 2, 20)
            while len(known) < 2 * len(before):
                await asyncio.sleep(0.01)
    assert {*known} == in_tables(settings) > before


@pytest.mark.slow
async def test_a_broken_file_and_one_that_is_gone_keep_no_other_from_being_known(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    commit(settings, 1, 20)
    named = in_tables(settings)
    broken, gone = sorted(path for path in named if "/plate/" in path)[1:]
    Path(broken.removeprefix("file://")).write_bytes(b"PAR1")
    Path(gone.removeprefix("file://")).unlink()
    assert await warmed(settings) == (named - {broken, gone}, True)


@pytest.mark.parametrize("is_away", [False, True])
async def test_the_index_is_fetched_before_the_api_is_ready_and_without_it_the_api_is_ready_too(
    lake: Settings, monkeypatch: pytest.MonkeyPatch, is_away: bool
) -> None:
    fetched = list[PlateIndex]()

    def fetch(index: PlateIndex) -> None:
        if is_away:
            raise InfrastructureError("plate index", "it is locked", "wait")
        whole(index)
        fetched.append(index)

    whole = PlateIndex.fetch
    monkeypatch.setattr(PlateIndex, "fetch", fetch)
    assert await warmed(lake) == (in_tables(lake), True)
    assert len(fetched) == (0 if is_away else 1)
