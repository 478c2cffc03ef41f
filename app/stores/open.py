"""Opens the stores that the settings name; every stage gets its stores here and knows only their ports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from app.settings import Settings
from app.stores.catalog import Catalog
from app.stores.directory import open_directory
from app.stores.http_registry import open_http_registry
from app.stores.ledger import Ledger
from app.stores.measured import MeasuredCatalog
from app.stores.objects import Objects
from app.stores.recent import RecentObjects
from app.stores.registry import Registry
from app.stores.sqlite import SqliteCatalog

if TYPE_CHECKING:
    from app.stores.cql import CqlCatalog


@asynccontextmanager
async def open_objects(settings: Settings) -> AsyncIterator[Objects]:
    """Open the object store: the bucket where one is named, else the folder; raises OperatorError when it cannot be
    used, InfrastructureError when the server is not reached.
    """
    if settings.s3_bucket:
        from app.stores.s3_client import open_s3  # here: its library takes 0.3 s to import

        opened: AbstractAsyncContextManager[Objects] = open_s3(settings)
    else:
        opened = open_directory(settings.path_of_objects(), settings.objects_at_once)
    async with opened as objects:
        yield RecentObjects(objects, settings.objects_recent_bytes)


@asynccontextmanager
async def open_catalog(settings: Settings) -> AsyncIterator[Catalog]:
    """Open the catalog; raises OperatorError when it cannot be used."""
    catalog = await asyncio.to_thread(_catalog, settings)
    try:
        yield MeasuredCatalog(catalog, "cql" if settings.cql_hosts else "sqlite")
    finally:
        await catalog.close()


def _catalog(settings: Settings) -> CqlCatalog | SqliteCatalog:
    if settings.cql_hosts:
        # here: a process that has no cluster need not load its driver
        from app.stores.cql import CqlCatalog
        from app.stores.cql_session import access_of

        return CqlCatalog(access_of(settings), settings.cql_keyspace)
    return SqliteCatalog(settings.path_of_catalog(), settings.store_wait_s)


@asynccontextmanager
async def open_registry(settings: Settings) -> AsyncIterator[Registry]:
    """Open the schema registry: the server where one is named, else the ledger; a missing ledger is an empty one."""
    if settings.registry_url:
        async with open_http_registry(settings) as registry:
            yield registry
    else:
        yield Ledger(settings.path_of_registry(), settings.store_wait_s)
