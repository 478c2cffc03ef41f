"""Opens the warehouse that the settings name, and the index of plates beside its catalog."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.lake.database import with_deadlines
from app.lake.file_io import file_io_of
from app.lake.plate_index import PlateIndex
from app.lake.warehouse import Warehouse
from app.settings import Settings


@asynccontextmanager
async def open_warehouse(settings: Settings) -> AsyncIterator[Warehouse]:
    """Open the lake; raises OperatorError when it cannot be had."""
    warehouse = await asyncio.to_thread(open_blocking, settings)
    try:
        yield warehouse
    finally:
        await asyncio.to_thread(warehouse.close)


def open_blocking(settings: Settings) -> Warehouse:
    """Return the lake; whoever asks closes it."""
    folder = settings.path_of_lake()
    location = settings.lake_warehouse or f"file://{folder.absolute()}/warehouse"
    return Warehouse(_catalog(settings), location, file_io_of(settings) if location.startswith("s3:") else {})


def _catalog(settings: Settings) -> str:
    folder = settings.path_of_lake()
    catalog = settings.lake_catalog.get_secret_value()
    if not catalog:
        folder.mkdir(parents=True, exist_ok=True)
    return with_deadlines(catalog, settings.store_wait_s) if catalog else f"sqlite:///{folder}/catalog.sqlite"


@asynccontextmanager
async def open_plate_index(settings: Settings) -> AsyncIterator[PlateIndex]:
    """Open the index of plates; raises OperatorError when it cannot be had."""
    index = await asyncio.to_thread(open_plate_index_blocking, settings)
    try:
        yield index
    finally:
        await asyncio.to_thread(index.close)


def open_plate_index_blocking(settings: Settings) -> PlateIndex:
    """Return the index: in the catalog's database, or in a file beside a catalog of SQLite, which knows one writer."""
    catalog = _catalog(settings)
    is_file = catalog.startswith("sqlite")
    return PlateIndex(f"{catalog.removesuffix('.sqlite')}-plates.sqlite" if is_file else catalog)
