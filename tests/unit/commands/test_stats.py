"""The days that `stats` shows: of every camera, or of one."""

from dataclasses import replace

from app.commands.stats import camera_days
from app.settings import Settings
from app.stores.open import open_catalog
from tests.unit.stores.example_rows import DAY


async def test_days_of_all_cameras_or_of_one_come_by_camera_and_day_and_without_a_catalog_there_are_none(tmp_path):
    settings = Settings(catalog_path=tmp_path / "catalog.sqlite")
    assert await camera_days(settings, None) == [] == await camera_days(settings, "a")
    assert not (tmp_path / "catalog.sqlite").exists()
    days = [replace(DAY, camera_id=camera, day=day) for camera in ("a", "b") for day in ("2026-03-01", "2026-03-02")]
    async with open_catalog(settings) as catalog:
        await catalog.write(list(reversed(days)))
    assert await camera_days(settings, None) == days
    assert await camera_days(settings, "b") == days[2:]
