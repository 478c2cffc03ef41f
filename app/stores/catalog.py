"""Port of the catalog: the rows that people and programs query; the log is the truth,
the catalog can be written again from it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol, TypeVar

from app.stores.rows import CameraDayRow, DecisionRow, FrameRow, Row

R = TypeVar("R", bound=Row)


class Catalog(Protocol):
    """Hold rows by their keys; every method raises InfrastructureError when the catalog fails."""

    async def write(self, rows: Sequence[Row]) -> None:
        """Write rows, durable on return; a row whose key holds a newer version is left out.
        Repeating a call changes nothing."""

    async def frame(self, frame_id: str) -> FrameRow | None:
        """Return one frame, None when there is none."""

    def frames_of_camera(self, camera_id: str, from_us: int, until_us: int) -> AsyncIterator[FrameRow]:
        """Yield a camera's frames captured from one time until before another, in the order of time."""

    def frames_with_tag(self, tag: str, day: str) -> AsyncIterator[FrameRow]:
        """Yield the frames of a day (YYYY-MM-DD, UTC) that carry a tag, in the order of time."""

    def decisions(self, window_id: str) -> AsyncIterator[DecisionRow]:
        """Yield the decisions of a window, in the order of rank, those that were no candidates first."""

    def days_of_camera(self, camera_id: str) -> AsyncIterator[CameraDayRow]:
        """Yield what one camera showed, day by day."""

    def scan(self, kind: type[R]) -> AsyncIterator[R]:
        """Yield every row of a kind, each once, in the adapter's own order: for what concerns all of them,
        and for comparisons."""
