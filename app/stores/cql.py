"""Catalog in Cassandra or ScyllaDB: rows lie in tables by the questions that are asked (cql_schema/*.cql)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from app.stores.cql_migrations import require
from app.stores.cql_session import Access, CqlSession
from app.stores.cql_tables import (
    ALL_TABLES,
    TABLES,
    batched,
    by_partition,
    hour_of,
    written_at,
)
from app.stores.cql_values import columns_of, decision_of, frame_in, frame_of, row_of, unpacked
from app.stores.rows import CameraDayRow, DecisionRow, FrameRow, Row

R = TypeVar("R", bound=Row)
Place = Sequence[Any]
"""When, and which frame."""

PAGE = 500
SHOWN = 20
"""Frames of a camera that are read first: who looks at some often wants no more. Each page is twice the one before."""
WINDOW_PAGE = 5_000
"""A window in one answer: at exactly a page of rows the server says that there may be more."""
LOOKED_UP = 20
"""Frames of a tag that are looked up together: one answer for all costs a client a fifth of an answer for each."""
TOGETHER = 50
"""Most rows of one partition that travel as one statement."""
READ: dict[type[Any], Callable[[Sequence[Any]], Any]] = {DecisionRow: decision_of, FrameRow: frame_of}
"""What reads kinds that lie in a cell now and lay in columns before."""


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
            cell = "frame_id, seen, version"
            self._frame = session.prepare(f"SELECT {cell} FROM frames WHERE frame_id = :frame_id")
            self._frames = session.prepare(f"SELECT {cell} FROM frames WHERE frame_id IN :frame_ids")
            frame = f"{columns_of(FrameRow)}, seen"
            self._frames_of_old = session.prepare(f"SELECT {frame} FROM frames WHERE frame_id IN :frame_ids")
            self._hours_of_camera = session.prepare(
                "SELECT hour FROM hours_by_camera WHERE camera_id = :camera_id AND hour > :first AND hour <= :last"
            )
            self._of_camera = session.prepare(
                f"SELECT at_us, {cell} FROM frames_by_camera "
                "WHERE camera_id = :camera_id AND hour = :hour AND at_us >= :from_us AND at_us < :until_us"
            )
            self._hours_of_tag = session.prepare("SELECT hour_of_day FROM hours_by_tag WHERE tag = :tag AND day = :day")
            self._with_tag = session.prepare(
                "SELECT at_us, frame_id FROM frames_by_tag WHERE tag = :tag AND day = :day AND hour_of_day = :hour"
            )
            self._decisions = session.prepare(
                "SELECT frame_id, decided, version FROM decisions WHERE window_id = :window_id"
            )
            day = columns_of(CameraDayRow)
            self._days = session.prepare(f"SELECT {day} FROM camera_days WHERE camera_id = :camera_id")
            decision = f"{columns_of(DecisionRow)}, decided"
            self._decisions_of_old = session.prepare(f"SELECT {decision} FROM decisions WHERE window_id = :window_id")
            selected = {kind: columns_of(kind) for kind in TABLES} | {DecisionRow: decision, FrameRow: frame}
            self._scans = {
                kind: session.prepare(f"SELECT {selected[kind]} FROM {table.name}") for kind, table in TABLES.items()
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
        return (await self._frames_in(await self._session.rows(self._frame, {"frame_id": frame_id}))).get(frame_id)

    async def frames_of_camera(self, camera_id: str, from_us: int, until_us: int) -> AsyncGenerator[FrameRow, None]:
        """Yield a camera's frames captured from one time until before another, in the order of time, hour by hour."""
        span = {"camera_id": camera_id, "from_us": from_us, "until_us": until_us}
        async for hour in self._hours(camera_id, hour_of(from_us), hour_of(until_us)):
            async for page in self._session.pages(self._of_camera, {**span, "hour": hour}, SHOWN):
                frames = await self._frames_in([cell for _, *cell in page])
                for at_us, frame_id, *_ in page:
                    if (frame := frames.get(frame_id)) is not None and frame.at_us == at_us:
                        yield frame

    async def _hours(self, camera_id: str, first: int, last: int) -> AsyncGenerator[int, None]:
        """Yield the first hour unasked: it nearly always has some; then those of the later ones that have any."""
        yield first
        if first < last:
            later = {"camera_id": camera_id, "first": first, "last": last}
            async for listed in self._session.pages(self._hours_of_camera, later, PAGE):
                for (hour,) in listed:
                    yield hour

    async def frames_with_tag(self, tag: str, day: str) -> AsyncGenerator[FrameRow, None]:
        """Yield the frames of a day that carry a tag, in the order of time.

        The index says where frames were found that carried it once; each frame says whether it still does.
        """
        places: list[Place] = []
        async for place in self._places(tag, day):
            places.append(place)
            if len(places) == LOOKED_UP:
                for frame in await self._still_with_tag(tag, day, places):
                    yield frame
                places = []
        for frame in await self._still_with_tag(tag, day, places) if places else ():
            yield frame

    async def _places(self, tag: str, day: str) -> AsyncGenerator[Place, None]:
        asked = {"tag": tag, "day": day}
        for (hour,) in await self._session.rows(self._hours_of_tag, asked):
            async for page in self._session.pages(self._with_tag, {**asked, "hour": hour}, LOOKED_UP):
                for place in page:
                    yield place

    async def _still_with_tag(self, tag: str, day: str, places: Sequence[Place]) -> list[FrameRow]:
        asked = {"frame_ids": [frame_id for _, frame_id in places]}
        frames = await self._frames_in(await self._session.rows(self._frames, asked))
        found = [(frames.get(frame_id), at_us) for at_us, frame_id in places]
        return [one for one, at_us in found if one and tag in one.tags and (one.day, one.at_us) == (day, at_us)]

    async def _frames_in(self, cells: Sequence[Sequence[Any]]) -> dict[str, FrameRow]:
        """Return the frames of cells by their ids; what a program before migration 3 wrote is looked up whole."""
        frames = {frame_id: frame_in(seen) for frame_id, seen, version in cells if version is None}
        for some in batched([frame_id for frame_id, _, version in cells if version is not None], LOOKED_UP):
            for values in await self._session.rows(self._frames_of_old, {"frame_ids": list(some)}):
                frames[values[0]] = frame_of(values)
        return frames

    async def decisions(self, window_id: str) -> AsyncGenerator[DecisionRow, None]:
        """Yield the decisions of a window, in the order of rank; a window is small enough to be sorted here."""
        found: list[DecisionRow] = []
        asked = {"window_id": window_id}
        async for page in self._session.pages(self._decisions, asked, WINDOW_PAGE):
            if any(version is not None for _, _, version in page):  # a program before migration 2 wrote some
                whole = self._session.pages(self._decisions_of_old, asked, WINDOW_PAGE)
                found = [decision_of(values) async for some in whole for values in some]
                break
            found += [unpacked(window_id, frame_id, decided) for frame_id, decided, _ in page]
        found.sort(key=lambda row: (row.rank, row.frame_id))
        for row in found:
            yield row

    def days_of_camera(self, camera_id: str) -> AsyncIterator[CameraDayRow]:
        """Yield what one camera showed, day by day."""
        return self._all(CameraDayRow, self._days, {"camera_id": camera_id})

    def scan(self, kind: type[R]) -> AsyncIterator[R]:
        """Yield every row of a kind, in the order in which the cluster keeps them."""
        return self._all(kind, self._scans[kind], {})

    async def _all(self, kind: type[R], prepared: Any, values: dict[str, Any]) -> AsyncGenerator[R, None]:
        read: Callable[[Sequence[Any]], Any] = READ.get(kind) or partial(row_of, kind)
        async for page in self._session.pages(prepared, values, PAGE):
            for row in page:
                yield read(row)
