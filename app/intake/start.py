"""When a clip began, and who says so: its info JSON, else its container, else its file; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from app.intake.info import RideInfo
from app.place.sun import EARLIEST_TRUSTED_US
from schemas.records import Position, TimeSource

# A camera on the other side of the date line may write its local time as UTC.
FUTURE_US: Final = 24 * 3_600 * 1_000_000

_SAID_BY: Final[dict[TimeSource, str]] = {
    "info": "says its info JSON",
    "container": "says its container",
    "file": "says its file's time",
}


@dataclass(frozen=True, slots=True)
class StartTime:
    """When the first frame of a clip was taken; 0 where nobody knows."""

    at_us: int
    source: TimeSource

    def __str__(self) -> str:
        if self.source == "unknown":
            return "time unknown"
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.at_us)
        return f"recorded {moment:%Y-%m-%d %H:%M:%S} UTC ({_SAID_BY[self.source]})"


def start_of(info_us: int | None, container_us: int | None, file_us: int | None, now_us: int) -> StartTime:
    """Return the first of the times that can be true: not before 2005 (a clock nobody set), not after tomorrow."""
    times: tuple[tuple[TimeSource, int | None], ...] = (
        ("info", info_us),
        ("container", container_us),
        ("file", file_us),
    )
    for source, at_us in times:
        if at_us is not None and EARLIEST_TRUSTED_US <= at_us <= now_us + FUTURE_US:
            return StartTime(at_us, source)
    return StartTime(0, "unknown")


def positions_since(start: StartTime, info: RideInfo) -> tuple[Position, ...]:
    """Return the positions on the clock of the start: where the info's own clock is not trusted, shifted as a whole."""
    if start.source == "info" or info.start_us is None:
        return info.positions
    shift_us = start.at_us - info.start_us
    return tuple(replace(fix, at_us=fix.at_us + shift_us) for fix in info.positions)
