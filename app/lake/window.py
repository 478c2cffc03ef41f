"""When the scribe writes: a window of results ends by their bytes or by a marker, from the log alone; pure."""

from __future__ import annotations

from schemas.records import PlatesRecognized, WatchChanged, WindowMarker

LakeRecord = PlatesRecognized | WatchChanged | WindowMarker


class FileEnd:
    """Tell which record ends the files that are being collected: enough bytes of results, or a marker."""

    def __init__(self, max_bytes: int) -> None:
        self._left_bytes = max_bytes

    def add(self, value: LakeRecord) -> bool:
        """Take the next record; True when the window ends with it."""
        if isinstance(value, WindowMarker):
            return True
        self._left_bytes -= len(value.result) if isinstance(value, PlatesRecognized) else 0
        return self._left_bytes <= 0
