"""registrar: names the scribe's files in the tables of the lake, once each, whatever crashed in between."""

from __future__ import annotations

import asyncio

from app.engine import Batch, stage_app
from app.lake.open import open_warehouse
from app.settings import settings
from app.tables import REGISTRAR_POSITION
from app.topics import LAKE_FILES
from schemas.records import LakeFile

app = stage_app("registrar")
warehouse = app.use(open_warehouse)


@app.agent(LAKE_FILES, name="registrar", table=REGISTRAR_POSITION, linger_s=settings().lake_linger_s)
async def registrar(batch: Batch[LakeFile, None]) -> None:
    """Add a batch's files to their tables.

    Each table's snapshot tells up to which offset it has its files: what a crash had already added is left out.
    """
    for name in sorted({item.value.table for item in batch}):
        files = [(item.offset, item.value.path) for item in batch if item.value.table == name]
        await asyncio.to_thread(warehouse().add, name, files)
