"""The stores that the settings name are opened and closed."""

from __future__ import annotations

from app.settings import Settings
from app.stores.open import open_catalog, open_objects, open_registry
from schemas.definitions import definition
from tests.unit.stores.example_rows import FRAME


async def test_everything_lies_under_home_unless_said_otherwise(tmp_path):
    settings = Settings(home=tmp_path / "home")
    async with (
        open_objects(settings) as objects,
        open_catalog(settings) as catalog,
        open_registry(settings) as registry,
    ):
        await objects.put("a", b"1")
        await catalog.write([FRAME])
        await registry.register("s", definition("WindowMarker"))
    assert (tmp_path / "home/objects/a").read_bytes() == b"1"
    assert (tmp_path / "home/catalog.sqlite").exists()
    assert (tmp_path / "home/schemas.json").exists()
    async with open_catalog(settings) as catalog:
        assert await catalog.frame(FRAME.frame_id) == FRAME


async def test_each_store_may_lie_elsewhere(tmp_path):
    settings = Settings(
        home=tmp_path / "home",
        objects_dir=tmp_path / "o",
        catalog_path=tmp_path / "c/catalog.sqlite",
        registry_path=tmp_path / "r/ledger.json",
    )
    async with open_objects(settings) as objects, open_catalog(settings), open_registry(settings) as registry:
        await objects.put("a", b"1")
        await registry.register("s", definition("WindowMarker"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "o", "r"]
