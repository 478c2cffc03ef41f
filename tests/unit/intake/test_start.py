"""When a clip began, and who says so."""

from __future__ import annotations

import pytest

from app.intake.info import RideInfo
from app.intake.start import FUTURE_US, StartTime, positions_since, start_of
from schemas.records import Position, TimeSource

NOW_US = 1_700_000_000_000_000
GOOD_US, GOOD_2_US, GOOD_3_US = NOW_US - 3_000, NOW_US - 2_000, NOW_US - 1_000


@pytest.mark.parametrize(
    ("info_us", "container_us", "file_us", "start"),
    [
        (GOOD_US, GOOD_2_US, GOOD_3_US, StartTime(GOOD_US, "info")),
        (None, GOOD_2_US, GOOD_3_US, StartTime(GOOD_2_US, "container")),
        (None, None, GOOD_3_US, StartTime(GOOD_3_US, "file")),
        (None, None, None, StartTime(0, "unknown")),
        (0, GOOD_2_US, GOOD_3_US, StartTime(GOOD_2_US, "container")),
        (86_400_000_000, None, GOOD_3_US, StartTime(GOOD_3_US, "file")),
        (-1, -2_082_844_800_000_000, 0, StartTime(0, "unknown")),
        (NOW_US + FUTURE_US + 1, GOOD_2_US, None, StartTime(GOOD_2_US, "container")),
        (NOW_US + FUTURE_US, GOOD_2_US, None, StartTime(NOW_US + FUTURE_US, "info")),
    ],
)
def test_the_first_time_that_can_be_true_is_taken(
    info_us: int | None, container_us: int | None, file_us: int | None, start: StartTime
) -> None:
    assert start_of(info_us, container_us, file_us, NOW_US) == start


@pytest.mark.parametrize(
    ("source", "told"),
    [("info", "info JSON"), ("container", "container"), ("file", "file's time"), ("unknown", "unknown")],
)
def test_a_start_says_who_says_so(source: TimeSource, told: str) -> None:
    assert told in str(StartTime(GOOD_US, source))


def test_positions_of_a_trusted_info_stay_where_they_are() -> None:
    info = RideInfo(start_us=GOOD_US, positions=(Position(GOOD_US + 5, 1.0, 2.0),))
    assert positions_since(StartTime(GOOD_US, "info"), info) == info.positions


def test_positions_move_with_a_clock_that_was_never_set() -> None:
    info = RideInfo(start_us=1_000, positions=(Position(1_000, 1.0, 2.0), Position(2_000_000, 1.0, 2.1)))
    moved = positions_since(StartTime(GOOD_US, "container"), info)
    assert [fix.at_us for fix in moved] == [GOOD_US, GOOD_US + 1_999_000]
