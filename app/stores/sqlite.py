"""Catalog in an SQLite file (write-ahead log): several processes write and read it at once,
each batch of rows is one transaction."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from app.errors import InfrastructureError, OperatorError
from app.stores.rows import CameraDayRow, DecisionRow, FrameRow, Row
from app.stores.sqlite_tables import FORGET_TAGS, LAYOUT_VERSION, TABLES, WRITE_TAGS, layout
from app.stores.write_ahead import write_ahead

R = TypeVar("R", bound=Row)
T = TypeVar("T")

PAGE = 500


class SqliteCatalog:
    """Hold the catalog in one file; all calls run in one thread of its own, on one connection for writing,
    one per query."""

    def __init__(self, path: Path, busy_s: float) -> None:
        """Make the file if need be; `busy_s`: how long another process may hold the file before a call gives up.

        Raises OperatorError for a file that is no catalog of this version or cannot be written, InfrastructureError
        when it stays locked.
        """
        self._path, self._busy_s = path, busy_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="catalog")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._translated():
                self._writing = self._connect()
                write_ahead(self._writing.execute, self._busy_s)
                self._writing.execute("PRAGMA synchronous = FULL")
                self._lay_out()
        except OSError as error:
            raise OperatorError(
                f"catalog {path}", str(error), "let ROADSIEVE_CATALOG_PATH name a file that can be written"
            ) from error

    async def close(self) -> None:
        """Wait for the call under way and close the file."""
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        self._writing.close()

    async def write(self, rows: Sequence[Row]) -> None:
        """Write rows in one transaction; older versions than those in the file are left out."""
        if rows:
            await self._run(lambda: self._write(rows))

    async def frame(self, frame_id: str) -> FrameRow | None:
        """Return one frame, None when there is none."""
        async with aclosing(self._query(FrameRow, "WHERE frame_id = ?", (frame_id,))) as found:
            return await anext(found, None)

    def frames_of_camera(self, camera_id: str, from_us: int, until_us: int) -> AsyncIterator[FrameRow]:
        """Yield a camera's frames captured from one time until before another, in the order of time."""
        where = "WHERE camera_id = ? AND at_us >= ? AND at_us < ? ORDER BY at_us, frame_id"
        return self._query(FrameRow, where, (camera_id, from_us, until_us))

    def frames_with_tag(self, tag: str, day: str) -> AsyncIterator[FrameRow]:
        """Yield the frames of a day that carry a tag, in the order of time."""
        where = "JOIN frame_tags USING (frame_id) WHERE tag = ? AND frame_tags.day = ?"
        return self._query(FrameRow, f"{where} ORDER BY frame_tags.at_us, frame_id", (tag, day))

    def decisions(self, window_id: str) -> AsyncIterator[DecisionRow]:
        """Yield the decisions of a window, in the order of rank, those that were no candidates first."""
        return self._query(DecisionRow, "WHERE window_id = ? ORDER BY rank, frame_id", (window_id,))

    def days_of_camera(self, camera_id: str) -> AsyncIterator[CameraDayRow]:
        """Yield what one camera showed, day by day."""
        return self._query(CameraDayRow, "WHERE camera_id = ? ORDER BY day", (camera_id,))

    def scan(self, kind: type[R]) -> AsyncIterator[R]:
        """Yield every row of a kind, in the order of its key, as of one moment."""
        return self._query(kind, f"ORDER BY {', '.join(TABLES[kind].key)}", ())

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=self._busy_s, isolation_level=None, check_same_thread=False)

    def _lay_out(self) -> None:
        with self._transaction():
            version = self._writing.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in layout():
                    self._writing.execute(statement)
            elif version != LAYOUT_VERSION:
                raise OperatorError(
                    f"catalog {self._path}",
                    f"its layout is version {version}, this program's is {LAYOUT_VERSION}",
                    "move the file away: the log holds everything that is in it",
                )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._writing.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._writing.in_transaction:  # a full disk has ended it already
                self._writing.execute("ROLLBACK")
            raise
        self._writing.execute("COMMIT")

    def _write(self, rows: Sequence[Row]) -> None:
        frames = list(dict.fromkeys((row.frame_id,) for row in rows if isinstance(row, FrameRow)))
        with self._transaction():
            for kind, table in TABLES.items():
                self._writing.executemany(table.upsert, [table.to_values(row) for row in rows if type(row) is kind])
            self._writing.executemany(FORGET_TAGS, frames)
            self._writing.executemany(WRITE_TAGS, frames)

    async def _query(self, kind: type[R], where: str, arguments: tuple[Any, ...]) -> AsyncGenerator[R, None]:
        """Yield rows page by page, from a connection of their own, so that they show one moment and hold up nobody."""
        table = TABLES[kind]
        connection = await self._run(self._connect)
        try:
            cursor = await self._run(lambda: connection.execute(f"{table.select} {where}", arguments))
            while page := await self._run(lambda: cursor.fetchmany(PAGE)):
                for values in page:
                    yield table.to_row(values)
        finally:
            self._thread.submit(connection.close)

    async def _run(self, call: Callable[[], T]) -> T:
        with self._translated():
            return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "")
            kind, why, remedy = FAULTS.get(name.split("_")[1] if "_" in name else "", UNKNOWN_FAULT)
            raise kind(f"catalog {self._path}", why.format(error=error, busy_s=self._busy_s), remedy) from error


UNKNOWN_FAULT = (InfrastructureError, "{error}", "look at the disk it lies on and at the system's log")
LOCKED = "another process has held it for {busy_s:g} s"
FAULTS: dict[str, tuple[type[InfrastructureError | OperatorError], str, str]] = {
    "BUSY": (InfrastructureError, LOCKED, "end the process that has the file open for writing"),
    "LOCKED": (InfrastructureError, LOCKED, "end the process that has the file open for writing"),
    "FULL": (
        InfrastructureError,
        "its disk is full",
        "free space, or let ROADSIEVE_CATALOG_PATH name a file elsewhere",
    ),
    "NOTADB": (OperatorError, "the file is not an SQLite database", "let ROADSIEVE_CATALOG_PATH name another file"),
    "CORRUPT": (OperatorError, "the file is damaged", "move it away; the sinker writes it again from the log"),
    "READONLY": (OperatorError, "it cannot be written", "let ROADSIEVE_CATALOG_PATH name a file that can be written"),
    "CANTOPEN": (OperatorError, "it cannot be opened", "let ROADSIEVE_CATALOG_PATH name a file that can be written"),
}
"""First word of SQLite's error name -> what it means here."""
