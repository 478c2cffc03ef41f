"""Measures the calls to a catalog, whatever the adapter; object stores and registries measure their own requests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from app import telemetry
from app.stores.catalog import Catalog, R
from app.stores.rows import CameraDayRow, DecisionRow, FrameRow, Row


class MeasuredCatalog:
    """Stand before a catalog; the calls that stages wait for are measured, questions that stream their rows are not:
    how long those take is up to who reads them.
    """

    def __init__(self, catalog: Catalog, adapter: str) -> None:
        self._catalog, self._adapter = catalog, adapter
        telemetry.store_opened("catalog", adapter)

    async def write(self, rows: Sequence[Row]) -> None:
        """Write rows, durable on return."""
        with telemetry.store_call("catalog", self._adapter, "write"):
            await self._catalog.write(rows)

    async def frame(self, frame_id: str) -> FrameRow | None:
        """Return one frame, None when there is none."""
        with telemetry.store_call("catalog", self._adapter, "frame"):
            return await self._catalog.frame(frame_id)

    def frames_of_camera(self, camera_id: str, from_us: int, until_us: int) -> AsyncIterator[FrameRow]:
        """Yield a camera's frames of a time."""
        return self._catalog.frames_of_camera(camera_id, from_us, until_us)

    def frames_with_tag(self, tag: str, day: str) -> AsyncIterator[FrameRow]:
        """Yield the frames of a day that carry a tag."""
        return self._catalog.frames_with_tag(tag, day)

    def decisions(self, window_id: str) -> AsyncIterator[DecisionRow]:
        """Yield the decisions of a window."""
        return self._catalog.decisions(window_id)

    def days_of_camera(self, camera_id: str) -> AsyncIterator[CameraDayRow]:
        """Yield what one camera showed, day by day."""
        return self._catalog.days_of_camera(camera_id)

    def scan(self, kind: type[R]) -> AsyncIterator[R]:
        """Yield every row of a kind."""
        return self._catalog.scan(kind)
