"""Opens the warehouse that the settings name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
    catalog = settings.lake_catalog.get_secret_value()
    if not catalog:
        folder.mkdir(parents=True, exist_ok=True)
    return Warehouse(
        catalog or f"sqlite:///{folder}/catalog.sqlite",
        settings.lake_warehouse or f"file://{folder.absolute()}/warehouse",
    )
