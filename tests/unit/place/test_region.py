"""Country and state from the nearest town."""

from __future__ import annotations

import math

import pytest

from app.place import region
from app.place.interpolate import position_at
from app.place.region import NOWHERE, region_at
from schemas.records import Position


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place_deg", "value"),
    [
        ((40.7128, -74.0060), "New York, United States"),
        ((37.7700, -122.4200), "California, United States"),
        ((37.8000, -122.3800), "California, United States"),  # on the bridge over the bay
        ((32.0853, 34.7818), "Tel Aviv, Israel"),
        ((53.5000, -2.2000), "England, United Kingdom"),
        ((39.1000, -94.6000), "Missouri, United States"),
        ((39.1000, -94.6300), "Kansas, United States"),
        ((-17.0000, 179.9900), "Northern, Fiji"),
        ((68.1000, -149.5000), "Alaska, United States"),  # 244 km from the next town
        ((0.0, -30.0), "unknown"),
        ((40.0, -60.0), "unknown"),
        ((90.0, 0.0), "unknown"),
        ((-90.0, 0.0), "unknown"),
        ((0.0, 0.0), "unknown"),
        ((math.nan, 1.0), "unknown"),
        ((91.0, 1.0), "unknown"),
    ],
)
def test_a_position_has_its_region(place_deg: tuple[float, float], value: str) -> None:
    assert region_at(Position(0, *place_deg)).value == value


def test_without_a_position_the_region_is_unknown() -> None:
    assert region_at(None) == NOWHERE


@pytest.mark.slow
def test_the_region_moves_with_the_camera_within_a_clip() -> None:
    fixes = [Position(0, 39.1, -94.58), Position(60_000_000, 39.1, -94.64)]
    states = [region_at(position_at(fixes, second * 1_000_000)).state for second in range(0, 61, 10)]
    assert states[0] == "Missouri"
    assert states[-1] == "Kansas"
    assert states == sorted(states, reverse=True)


@pytest.mark.slow
def test_a_cell_answers_the_same_whatever_was_asked_before() -> None:
    one, other = Position(0, 39.1049, -94.6049), Position(0, 39.0951, -94.5951)
    region._region_of_cell.cache_clear()
    first = region_at(one), region_at(other)
    region._region_of_cell.cache_clear()
    second = region_at(other), region_at(one)
    assert first == second[::-1]
    assert region._region_of_cell.cache_info().currsize == 1


def test_memory_of_cells_is_bounded() -> None:
    assert region._region_of_cell.cache_info().maxsize == region.CELLS_REMEMBERED
