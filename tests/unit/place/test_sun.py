"""The height of the sun against almanac facts, and the words made of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.place.sun import EARLIEST_TRUSTED_US, LATEST_TRUSTED_US, is_trusted_time, sun_elevation_deg, timeofday
from schemas.records import Position, TimeSource


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("place_deg", "at", "elevation_deg"),
    [
        # at the June solstice the sun stands over the tropic at local noon
        ((23.44, 0.0), "2024-06-21T12:02", 90.0),
        # at an equinox its noon height is 90 minus the latitude, at midnight the same below the horizon
        ((51.4769, 0.0), "2024-03-20T12:07", 38.52),
        ((51.4769, 0.0), "2024-03-20T00:07", -38.7),
        # polar day: on the Arctic Circle the midnight sun touches the horizon at the solstice
        ((66.56, 0.0), "2024-06-21T00:02", 0.0),
        # at the poles the height is the declination
        ((90.0, 0.0), "2024-06-20T20:51", 23.44),
        ((-90.0, 77.0), "2024-06-20T20:51", -23.44),
    ],
)
def test_the_sun_stands_where_the_almanac_says(place_deg: tuple[float, float], at: str, elevation_deg: float) -> None:
    found = sun_elevation_deg(Position(0, *place_deg), us(at), "info")
    assert found == pytest.approx(elevation_deg, abs=0.25)


@pytest.mark.parametrize(
    ("time_source", "at_us", "trusted"),
    [
        ("info", us("2018-08-02T15:00"), True),
        ("container", us("2018-08-02T15:00"), True),
        ("file", us("2018-08-02T15:00"), False),
        ("unknown", us("2018-08-02T15:00"), False),
        ("info", us("1970-01-01T00:10"), False),
        ("container", us("1904-01-01T00:00"), False),
        ("info", EARLIEST_TRUSTED_US, True),
        ("info", LATEST_TRUSTED_US, False),
    ],
)
def test_a_time_that_is_not_trusted_does_not_ask_the_sun(time_source: TimeSource, at_us: int, trusted: bool) -> None:
    assert is_trusted_time(time_source, at_us) is trusted
    assert (sun_elevation_deg(Position(0, 37.77, -122.42), at_us, time_source) is not None) is trusted


def test_without_a_position_the_height_of_the_sun_is_not_known() -> None:
    assert sun_elevation_deg(None, us("2018-08-02T15:00"), "info") is None


@given(st.floats(-90, 90), st.floats(-180, 180), st.integers(EARLIEST_TRUSTED_US, LATEST_TRUSTED_US - 1))
def test_the_sun_has_a_height_everywhere_and_always(latitude_deg: float, longitude_deg: float, at_us: int) -> None:
    found = sun_elevation_deg(Position(0, latitude_deg, longitude_deg), at_us, "info")
    assert found is not None
    assert -90.0 <= found <= 90.0
    assert abs(found) <= 90.0 - abs(latitude_deg) + 23.7


@pytest.mark.parametrize(
    ("elevation_deg", "luma_ratio", "word"),
    [
        (-6.1, 0.9, "night"),
        (-6.0, 0.9, "dawn/dusk"),
        (3.0, 0.0, "dawn/dusk"),
        (3.1, 0.0, "daytime"),
        (None, 0.22, "night"),
        (None, 0.23, "dawn/dusk"),
        (None, 0.34, "dawn/dusk"),
        (None, 0.35, "daytime"),
        (None, None, "unknown"),
        (float("nan"), 0.5, "daytime"),
        (float("nan"), float("nan"), "unknown"),
    ],
)
def test_the_sun_speaks_first_then_luminance(elevation_deg: float | None, luma_ratio: float | None, word: str) -> None:
    assert timeofday(elevation_deg, luma_ratio) == word


def test_one_real_minute_in_san_francisco_is_in_the_morning() -> None:
    # comma2k19, 2018-08-02 08:34 to 08:35 Pacific time: the sun was 25 degrees up
    found = sun_elevation_deg(Position(0, 37.72, -122.47), us("2018-08-02T15:34"), "info")
    assert found == pytest.approx(25.3, abs=1.0)
    assert timeofday(found, None) == "daytime"
