"""The position between two fixes: linear, within limits, the shorter way round."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.place.interpolate import FixLimits, is_position, position_at, usable_fixes
from schemas.records import Position

SECOND_US = 1_000_000


def fix(second: float, latitude_deg: float = 40.0, longitude_deg: float = -74.0, **more: float) -> Position:
    return Position(round(second * SECOND_US), latitude_deg, longitude_deg, **more)


@pytest.mark.parametrize(
    ("latitude_deg", "longitude_deg", "is_one"),
    [
        (40.7, -74.0, True),
        (90.0, 180.0, True),
        (-90.0, -180.0, True),
        (0.0, 0.0, False),
        (0.0, 10.0, True),
        (90.1, 0.0, False),
        (0.0, 180.1, False),
        (math.nan, 0.0, False),
        (1.0, math.inf, False),
    ],
)
def test_a_position_is_two_finite_numbers_on_earth(latitude_deg: float, longitude_deg: float, is_one: bool) -> None:
    assert is_position(latitude_deg, longitude_deg) is is_one


def test_usable_fixes_are_ordered_unique_and_on_earth() -> None:
    dirty = [fix(2, 42.0), fix(1, math.nan), fix(0, 40.0), fix(0, 41.0), fix(3, 0.0, 0.0)]
    assert usable_fixes(dirty) == [fix(0, 40.0), fix(2, 42.0)]


@pytest.mark.parametrize(
    ("second", "latitude_deg"),
    [(0, 40.0), (0.5, 40.5), (1, 41.0), (1.25, 41.25), (2, 42.0), (-5, 40.0), (7, 42.0), (-5.1, None), (7.1, None)],
)
def test_a_position_is_linear_inside_and_holds_for_five_seconds_outside(
    second: float, latitude_deg: float | None
) -> None:
    found = position_at([fix(0, 40.0), fix(1, 41.0), fix(2, 42.0)], round(second * SECOND_US))
    assert (found.latitude_deg if found else None) == latitude_deg


@pytest.mark.parametrize(("second", "latitude_deg"), [(3, 40.0), (97, 50.0), (50, None), (5.1, None)])
def test_a_long_gap_is_not_bridged(second: float, latitude_deg: float | None) -> None:
    found = position_at([fix(0, 40.0), fix(100, 50.0)], round(second * SECOND_US))
    assert (found.latitude_deg if found else None) == latitude_deg


@pytest.mark.parametrize(
    ("west", "east", "ratio", "longitude_deg"),
    [
        (179.0, -179.0, 0.25, 179.5),
        (179.0, -179.0, 0.75, -179.5),
        (-179.0, 179.0, 0.75, 179.5),
        (-10.0, 10.0, 0.5, 0.0),
    ],
)
def test_the_antimeridian_is_crossed_the_short_way(
    west: float, east: float, ratio: float, longitude_deg: float
) -> None:
    found = position_at([fix(0, 10.0, west), fix(1, 10.0, east)], round(ratio * SECOND_US))
    assert found is not None
    assert found.longitude_deg == pytest.approx(longitude_deg)


def test_the_course_turns_the_short_way_and_a_missing_value_stays_missing() -> None:
    found = position_at([fix(0, course_deg=350.0, speed_mps=10.0), fix(1, course_deg=20.0)], SECOND_US // 2)
    assert found is not None
    assert found.course_deg == pytest.approx(5.0)
    assert found.speed_mps is None


def test_without_fixes_there_is_no_position() -> None:
    assert position_at([], 0) is None


places = st.tuples(st.floats(-90, 90), st.floats(-180, 180)).filter(lambda place: place != (0.0, 0.0))


@given(st.lists(st.tuples(st.integers(0, 50), places), max_size=20), st.integers(-10 * SECOND_US, 60 * SECOND_US))
def test_a_position_between_fixes_is_between_their_places(
    rows: list[tuple[int, tuple[float, float]]], at_us: int
) -> None:
    fixes = usable_fixes([fix(second, *place) for second, place in rows])
    found = position_at(fixes, at_us, FixLimits())
    if found is None:
        assert all(abs(one.at_us - at_us) > FixLimits().edge_us for one in fixes) or not fixes
        return
    assert abs(found.longitude_deg) <= 180.0
    assert min(one.latitude_deg for one in fixes) - 1e-9 <= found.latitude_deg
    assert found.latitude_deg <= max(one.latitude_deg for one in fixes) + 1e-9
