"""Opens the stores that the settings name; every stage gets its stores here and knows only their ports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.settings import Settings
from app.stores.catalog import Catalog
from app.stores.directory import DirectoryObjects
from app.stores.ledger import Ledger
from app.stores.objects import Objects
from app.stores.recent import RecentObjects
from app.stores.registry import Registry
from app.stores.sqlite import SqliteCatalog


@asynccontextmanager
async def open_objects(settings: Settings) -> AsyncIterator[Objects]:
    """Open the object store; raises OperatorError when it cannot be used."""
    folder = await asyncio.to_thread(DirectoryObjects, settings.path_of_objects(), settings.objects_at_once)
    objects = RecentObjects(folder, settings.objects_recent_bytes)
    try:
        yield objects
    finally:
        await asyncio.to_thread(objects.close)


@asynccontextmanager
async def open_catalog(settings: Settings) -> AsyncIterator[Catalog]:
    """Open the catalog; raises OperatorError when it cannot be used."""
    catalog = await asyncio.to_thread(SqliteCatalog, settings.path_of_catalog(), settings.store_wait_s)
    try:
        yield catalog
    finally:
        await catalog.close()


@asynccontextmanager
async def open_registry(settings: Settings) -> AsyncIterator[Registry]:
    """Open the schema registry; a missing ledger is an empty one."""
    yield Ledger(settings.path_of_registry(), settings.store_wait_s)
