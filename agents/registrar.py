"""registrar: names the scribe's files in the tables of the lake, once each, whatever crashed in between."""

from __future__ import annotations

import asyncio
import time

from app.engine import Batch, stage_app
from app.lake.indexing import TABLES, index_new
from app.lake.naming import Named
from app.lake.open import open_plate_index, open_warehouse
from app.lake.validation.commits import faults_of
from app.lake.validation.results import keep
from app.settings import settings
from app.tables import REGISTRAR_POSITION
from app.telemetry import files_committed
from app.telemetry.lake_faults import fault_found
from app.topics import LAKE_FILES
from schemas.records import LakeFile

app = stage_app("registrar")
warehouse = app.use(open_warehouse)
plate_index = app.use(open_plate_index)


@app.agent(LAKE_FILES, name="registrar", table=REGISTRAR_POSITION, linger_s=settings().lake_linger_s)
async def registrar(batch: Batch[LakeFile, None]) -> None:
    """Add a batch's files to their tables, and keep what is wrong with them.

    Each table's snapshot tells up to which offset it has its files: what a crash had already added is left out. The
    index of plates hears of a file before its table does, so that no lookup misses what the table has.
    """
    for name in sorted({item.value.table for item in batch}):
        items = [item for item in batch if item.value.table == name]
        files = [(item.offset, item.value.path) for item in items]
        if name in TABLES:
            await asyncio.to_thread(index_new, warehouse(), plate_index(), name, files)
        if named := await asyncio.to_thread(warehouse().add, name, files):
            added = [item.value for item in items[-len(named) :]]
            files_committed(name, len(added), sum(one.rows for one in added), sum(one.size_bytes for one in added))
            await asyncio.to_thread(_look_at, name, added, named)


def _look_at(name: str, files: list[LakeFile], named: Named) -> None:
    found = faults_of(name, files, named)
    for one in found:
        fault_found(name, one.day, one.rule, one.detail)
    keep(warehouse(), found, "commit", time.time_ns() // 1000)
