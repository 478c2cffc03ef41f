"""The catalog in an SQLite file: several writers, a locked file, a full disk, a file of something else."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace

import pytest

from app.errors import InfrastructureError, OperatorError
from app.stores.rows import DecisionRow, FrameRow
from app.stores.sqlite import SqliteCatalog
from tests.unit.stores.example_rows import DECISION, FRAME
from tests.unit.stores.processes import ended, started

WRITER = """
import asyncio, sys
from pathlib import Path
from app.stores.sqlite import SqliteCatalog
from dataclasses import replace
from tests.unit.stores.example_rows import FRAME

async def write():
    catalog = SqliteCatalog(Path(sys.argv[1]), busy_s=30)
    for batch in range(5):
        await catalog.write([replace(FRAME, frame_id=f"{sys.argv[2]}-{batch}-{n}") for n in range(20)])
    await catalog.close()

asyncio.run(write())
"""


async def test_several_processes_make_and_write_one_catalog_at_once(tmp_path):
    path = tmp_path / "catalog.sqlite"
    writers = [await started(WRITER, path, name) for name in "abc"]
    assert await ended(writers) == [0, 0, 0]
    catalog = SqliteCatalog(path, busy_s=5)
    assert len([row async for row in catalog.scan(FrameRow)]) == 300
    await catalog.close()


async def test_a_locked_file_is_waited_for_then_said(tmp_path):
    path = tmp_path / "catalog.sqlite"
    catalog = SqliteCatalog(path, busy_s=0.2)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(InfrastructureError, match=r"another process has held it for 0.2 s; end the process"):
        await catalog.write([FRAME])
    holder.execute("ROLLBACK")
    holder.close()
    await catalog.write([FRAME])
    assert await catalog.frame("seg-0001") == FRAME
    await catalog.close()


async def test_a_lock_that_ends_in_time_is_nobodys_business(tmp_path):
    path = tmp_path / "catalog.sqlite"
    catalog = SqliteCatalog(path, busy_s=30)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(catalog.write([FRAME]))
    await asyncio.sleep(0.2)
    assert not writing.done()
    holder.execute("ROLLBACK")
    holder.close()
    await writing
    assert await catalog.frame("seg-0001") == FRAME
    await catalog.close()


async def test_a_batch_is_written_wholly_or_not_at_all(tmp_path):
    catalog = SqliteCatalog(tmp_path / "catalog.sqlite", busy_s=5)
    with pytest.raises(InfrastructureError):
        await catalog.write([FRAME, replace(DECISION, gain=None)])
    assert [row async for row in catalog.scan(FrameRow)] == []
    await catalog.write([FRAME, DECISION])
    assert [row async for row in catalog.scan(DecisionRow)] == [DECISION]
    await catalog.close()


async def test_a_full_disk_is_said_and_later_writes_go_on(tmp_path):
    catalog = SqliteCatalog(tmp_path / "catalog.sqlite", busy_s=5)
    pages = catalog._writing.execute("PRAGMA page_count").fetchone()[0]
    catalog._writing.execute(f"PRAGMA max_page_count = {pages + 4}")  # SQLite's own stand-in for a full disk
    many = [replace(FRAME, frame_id=f"{number}") for number in range(500)]
    with pytest.raises(InfrastructureError, match=r"its disk is full; free space"):
        await catalog.write(many)
    catalog._writing.execute("PRAGMA max_page_count = 1000000")
    await catalog.write(many)
    assert len([row async for row in catalog.scan(FrameRow)]) == 500
    await catalog.close()


def test_a_file_of_something_else_stops_the_start(tmp_path):
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(b"this is a text that somebody keeps here " * 50)
    with pytest.raises(
        OperatorError, match=r"catalog .*: the file is not an SQLite database; let ROADSIEVE_CATALOG_PATH"
    ):
        SqliteCatalog(path, busy_s=1)
    assert path.read_bytes().startswith(b"this is a text")


def test_a_folder_that_cannot_be_made_stops_the_start(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match="let ROADSIEVE_CATALOG_PATH name a file that can be written"):
        SqliteCatalog(tmp_path / "file/catalog.sqlite", busy_s=1)


def test_a_folder_in_its_place_stops_the_start(tmp_path):
    with pytest.raises(OperatorError, match="it cannot be opened"):
        SqliteCatalog(tmp_path, busy_s=1)


def test_the_layout_of_another_version_stops_the_start(tmp_path):
    path = tmp_path / "catalog.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(OperatorError, match="its layout is version 99"):
        SqliteCatalog(path, busy_s=1)
