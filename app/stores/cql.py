"""Catalog in Cassandra or ScyllaDB: rows lie in tables by the questions that are asked (cql_schema/*.cql)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any, TypeVar

from app.stores.cql_migrations import require
from app.stores.cql_session import Access, CqlSession
from app.stores.cql_tables import (
    ALL_TABLES,
    HOURS_OF_DAY,
    TABLES,
    by_partition,
    columns_of,
    hour_of,
    row_of,
    written_at,
)
from app.stores.rows import DecisionRow, FrameRow, Row

R = TypeVar("R", bound=Row)

PAGE = 500
SHOWN = 50
"""Frames of a camera that are read together: who looks at some often wants no more."""
LOOKED_UP = 20
"""Frames of a tag that are looked up together: one answer for all costs a client a fifth of an answer for each."""
TOGETHER = 50
"""Most rows of one partition that travel as one statement."""


class CqlCatalog:
    """Hold the catalog in one keyspace; any number of processes write and read it at once."""

    def __init__(self, access: Access, keyspace: str) -> None:
        """Connect and prepare all statements; blocks.

        Raises OperatorError when the server refuses us or the keyspace is not migrated as this program needs it,
        InfrastructureError when it does not answer.
        """
        self._session = session = CqlSession(access, keyspace)
        try:
            require(session)
            self._inserts = {table.name: session.prepare(table.insert) for table in ALL_TABLES}
            frame = columns_of(FrameRow)
            self._frame = session.prepare(f"SELECT {frame} FROM frames WHERE frame_id = :frame_id")
            self._hours = session.prepare(
                "SELECT hour FROM hours_by_camera WHERE camera_id = :camera_id AND hour >= :first AND hour <= :last"
            )
            self._of_camera = session.prepare(
                f"SELECT {frame} FROM frames_by_camera "
                "WHERE camera_id = :camera_id AND hour = :hour AND at_us >= :from_us AND at_us < :until_us"
            )
            self._frames = session.prepare(f"SELECT {frame} FROM frames WHERE frame_id IN :frame_ids")
            self._with_tag = session.prepare(
                "SELECT at_us, frame_id FROM frames_by_tag WHERE tag = :tag AND day = :day AND hour_of_day = :hour"
            )
            self._hours_with_tag = session.prepare(
                "SELECT hour_of_day FROM frames_by_tag WHERE tag = :tag AND day = :day AND hour_of_day IN :hours "
                "PER PARTITION LIMIT 1"
            )
            self._decisions = session.prepare(
                f"SELECT {columns_of(DecisionRow)} FROM decisions WHERE window_id = :window_id"
            )
            self._scans = {
                kind: session.prepare(f"SELECT {columns_of(kind)} FROM {table.name}") for kind, table in TABLES.items()
            }
        except BaseException:
            session.close()
            raise

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.to_thread(self._session.close)

    async def write(self, rows: Sequence[Row]) -> None:
        """Write rows; each cell keeps the newest version that was ever written to it, in whatever order."""
        try:
            async with asyncio.TaskGroup() as group:
                for writes in by_partition(rows, TOGETHER):
                    bound = [
                        (self._inserts[one.table.name], {**one.values, "written_at": written_at(one.version)})
                        for one in writes
                    ]
                    group.create_task(self._session.write(bound))
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None  # a group would be taken for a fault of the record

    async def frame(self, frame_id: str) -> FrameRow | None:
        """Return one frame, None when there is none."""
        for values in await self._session.rows(self._frame, {"frame_id": frame_id}):
            found: FrameRow = row_of(FrameRow, values)
            return found
        return None

    async def frames_of_camera(self, camera_id: str, from_us: int, until_us: int) -> AsyncGenerator[FrameRow, None]:
        """Yield a camera's frames captured from one time until before another, in the order of time, hour by hour."""
        hours = {"camera_id": camera_id, "first": hour_of(from_us), "last": hour_of(until_us)}
        async for listed in self._session.pages(self._hours, hours, PAGE):
            for (hour,) in listed:
                asked = {"camera_id": camera_id, "hour": hour, "from_us": from_us, "until_us": until_us}
                async for page in self._session.pages(self._of_camera, asked, SHOWN):
                    for values in page:
                        yield row_of(FrameRow, values)

    async def frames_with_tag(self, tag: str, day: str) -> AsyncGenerator[FrameRow, None]:
        """Yield the frames of a day that carry a tag, in the order of time.

        The index says where frames were found that carried it once; each frame says whether it still does.
        """
        asked = {"tag": tag, "day": day, "hours": range(HOURS_OF_DAY)}
        for hour in sorted(row[0] for row in await self._session.rows(self._hours_with_tag, asked)):
            place = {"tag": tag, "day": day, "hour": hour}
            async for page in self._session.pages(self._with_tag, place, LOOKED_UP):
                ids = {"frame_ids": [frame_id for _, frame_id in page]}
                found = [row_of(FrameRow, values) for values in await self._session.rows(self._frames, ids)]
                frames: dict[str, FrameRow] = {frame.frame_id: frame for frame in found}
                for at_us, frame_id in page:
                    frame = frames.get(frame_id)
                    if frame is not None and tag in frame.tags and (frame.day, frame.at_us) == (day, at_us):
                        yield frame

    async def decisions(self, window_id: str) -> AsyncGenerator[DecisionRow, None]:
        """Yield the decisions of a window, in the order of rank; a window is small enough to be sorted here."""
        found = [row async for row in self._all(DecisionRow, self._decisions, {"window_id": window_id})]
        for row in sorted(found, key=lambda row: (row.rank, row.frame_id)):
            yield row

    def scan(self, kind: type[R]) -> AsyncIterator[R]:
        """Yield every row of a kind, in the order in which the cluster keeps them."""
        return self._all(kind, self._scans[kind], {})

    async def _all(self, kind: type[R], prepared: Any, values: dict[str, Any]) -> AsyncGenerator[R, None]:
        async for page in self._session.pages(prepared, values, PAGE):
            for row in page:
                yield row_of(kind, row)
