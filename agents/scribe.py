"""scribe: writes plate results as rows into Parquet files of the lake, names them for the registrar, tells readings."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from app.engine import Batch, Peek, stage_app
from app.errors import UnusableResult
from app.lake.collected import Collected
from app.lake.lookout import Lookout, kept, looked_for, texts_of
from app.lake.memory import Memory
from app.lake.open import open_warehouse
from app.lake.reading import read_recognized
from app.lake.readings import Readings
from app.lake.tracking import WATCH
from app.lake.warehouse import WrittenFile
from app.lake.watchlist import change_list
from app.lake.window import FileEnd, LakeRecord
from app.settings import settings
from app.tables import RESULTS
from app.telemetry import results_read
from app.topics import LAKE_FILES, PLATES_READ, PLATES_RECOGNIZED
from schemas.records import LakeFile, PlatesRecognized, ResultRow, WatchChanged, WindowMarker

app = stage_app("scribe")
warehouse = app.use(open_warehouse)
reader = ThreadPoolExecutor(1, "scribe-reads")
"""Windows of several partitions are read one after the other: at once each would only wait for the interpreter."""
lookout = Lookout(settings().lake_track_gap_s)


def file_end() -> FileEnd:
    """Return the rule by which the next files end."""
    return FileEnd(settings().lake_file_bytes)


def marker(sent_at_us: int) -> WindowMarker:
    """Return the record that ends a window after a silence."""
    return WindowMarker(archive="", sent_at_us=sent_at_us)


def hurry(values: Sequence[LakeRecord], rows: Peek[ResultRow]) -> bool:
    """Tell whether a vehicle that is looked for comes into sight, or the list of them changes."""
    if not lookout.knows:
        lookout.look_for(looked_for(rows.get(WATCH)).values())
    results = [one for one in values if isinstance(one, PlatesRecognized)] if lookout.looks else []
    read = ((one.source_id, text) for one in results for text in texts_of(one.result))
    return lookout.comes(read, time.monotonic()) or any(isinstance(one, WatchChanged) for one in values)


@app.agent(
    PLATES_RECOGNIZED, name="scribe", table=RESULTS, sends=[LAKE_FILES, PLATES_READ],
    window=file_end, marker=marker, linger_s=settings().lake_linger_s, hurry=hurry,
)  # fmt: skip
async def scribe(batch: Batch[LakeRecord, None]) -> None:
    """Write the rows of a window's new results; the files' names come from its offset, so that a repeat replaces them.

    A result that cannot be used goes to dead.letters alone.
    """
    loop = asyncio.get_running_loop()
    rows, readings = await loop.run_in_executor(reader, collected, batch)  # seconds of JSON: heartbeats go on
    stem = f"{batch.partition:04d}-{batch.first_offset:012d}"
    for file in await asyncio.to_thread(written, rows, stem):
        batch.send(LAKE_FILES, file.table, LakeFile(file.table, file.day, file.path, file.rows, file.size_bytes))
    for source_id, read in readings.records():
        batch.send(PLATES_READ, source_id, read)


def written(rows: Collected, stem: str) -> list[WrittenFile]:
    """Write the files of a window."""
    return [warehouse().write_day(name, day, table, stem) for name, day, table in rows.tables()]


def collected(batch: Batch[LakeRecord, None]) -> tuple[Collected, Readings]:
    """Return the rows and the readings of a batch's new results; refuses what cannot be used."""
    memory, rows, readings = Memory(batch.table, settings().lake_memory_shelves), Collected(), Readings()
    watch(batch)
    new = repeated = newest_us = 0
    refused: list[str] = []
    for item in batch:
        if not isinstance(item.value, PlatesRecognized):
            continue
        try:
            result = read_recognized(item.value)
        except UnusableResult as error:
            batch.refuse(item, UnusableResult(*error.args))  # the one caught holds this frame, and with it all rows
            refused.append(error.reason)
            continue
        if memory.takes(result.source_id, result.result_id):
            rows.add(result)
            readings.add(result)
            new, newest_us = new + 1, max(newest_us, result.at_us)
        else:
            repeated += 1
    memory.close()
    results_read(new, repeated, refused, newest_us)
    return rows, readings


def watch(batch: Batch[LakeRecord, None]) -> None:
    """Take the changes of the watch list; one that it has no room for the tracker refuses."""
    if changes := [item.value for item in batch if isinstance(item.value, WatchChanged)]:
        listed = looked_for(batch.table.get(WATCH))
        for change in changes:
            change_list(listed, change)
        batch.table.put(WATCH, kept(listed))
        lookout.look_for(listed.values())
