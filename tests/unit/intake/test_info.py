"""The dirt that info JSON files have, and what is left of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.info import LARGEST_INFO_BYTES, RideInfo, parse_info
from schemas.records import Position

START_MS = 1503828163000


def row(ms: float = 0, **more: Any) -> dict[str, Any]:
    return {"timestamp": START_MS + ms, "latitude": 40.71, "longitude": -74.0} | more


def fix(ms: int = 0, **more: float) -> Position:
    return Position((START_MS + ms) * 1_000, 40.71, -74.0, **more)


def parsed(**info: Any) -> RideInfo:
    return parse_info(json.dumps(info).encode())


def test_a_whole_info_gives_start_ride_and_positions() -> None:
    info = parsed(
        id="x", rideID="r1", filename="wrong.mov", startTime=START_MS, endTime=START_MS + 40_000,
        accelerometer=[{"timestamp": START_MS, "x": 0.03, "y": -0.98, "z": -0.05}],
        gps=[row(altitude=12.3, speed=8.4) | {"horizontal accuracy": 10.0, "vertical accuracy": 6.0}],
        locations=[row(speed=8.5, course=182.1, accuracy=9.0), row(1_000, speed=9.0, course=-1)],
    )  # fmt: skip
    both = fix(altitude_m=12.3, speed_mps=8.5, course_deg=182.1, accuracy_m=9.0)
    assert info == RideInfo("r1", START_MS * 1_000, (both, fix(1_000, speed_mps=9.0)))


@pytest.mark.parametrize(
    ("rows", "positions", "dropped"),
    [
        pytest.param([row(speed=-1, course=-1)], (fix(),), 0, id="-1 means not known"),
        pytest.param([row(course=361, speed=1e9)], (fix(),), 0, id="values out of range are left out"),
        pytest.param([row(speed="8.5")], (fix(speed_mps=8.5),), 0, id="numbers as text"),
        pytest.param([row(speed=True)], (fix(),), 0, id="a truth value is no number"),
        pytest.param([row(latitude=None)], (), 1, id="no latitude"),
        pytest.param([row(latitude=91)], (), 1, id="latitude out of range"),
        pytest.param([row(longitude=float("nan"))], (), 1, id="not a number"),
        pytest.param([row(longitude=float("inf"))], (), 1, id="infinite"),
        pytest.param([row(latitude=0, longitude=0)], (), 1, id="no fix yet"),
        pytest.param([row(timestamp="noon")], (), 1, id="no time"),
        pytest.param([row(timestamp=1e300)], (), 1, id="absurd time"),
        pytest.param([row(), row()], (fix(),), 0, id="duplicates"),
        pytest.param([row(2_000), row(0), row(1_000)], (fix(0), fix(1_000), fix(2_000)), 0, id="unordered"),
        pytest.param([None, 3, "x", []], (), 4, id="rows that are no objects"),
        pytest.param([], (), 0, id="empty"),
    ],
)
@pytest.mark.parametrize("name", ["locations", "gps"])
def test_dirty_positions(name: str, rows: list[Any], positions: tuple[Position, ...], dropped: int) -> None:
    info = parsed(startTime=START_MS, **{name: rows})
    assert (info.positions, info.dropped_fixes, info.fault) == (positions, dropped, "")


@pytest.mark.parametrize("rows", [None, 5, "x", {}])
def test_positions_that_are_no_list_are_none(rows: Any) -> None:
    assert parsed(startTime=START_MS, locations=rows, gps=rows).positions == ()


@pytest.mark.parametrize(
    ("info", "start_us"),
    [
        ({"startTime": START_MS}, START_MS * 1_000),
        ({"startTime": str(START_MS)}, START_MS * 1_000),
        ({"startTime": START_MS + 0.5}, START_MS * 1_000 + 500),
        ({"startTime": 0}, 0),
        ({"startTime": None, "gps": [row(7)]}, (START_MS + 7) * 1_000),
        ({"gps": [row(7)]}, (START_MS + 7) * 1_000),
        ({"startTime": "today"}, None),
        ({}, None),
    ],
)
def test_the_start_is_what_the_info_says_else_its_first_fix(info: dict[str, Any], start_us: int | None) -> None:
    assert parsed(**info).start_us == start_us


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b'{"startTime": 15038', "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[1]", "list"),
        (b"null", "NoneType"),
    ],
)
def test_a_file_that_is_no_info_has_its_fault_said(data: bytes, word: str) -> None:
    info = parse_info(data)
    assert word in info.fault
    assert info == RideInfo(fault=info.fault)


def test_a_file_too_large_is_not_parsed() -> None:
    assert "more than" in parse_info(bytes(LARGEST_INFO_BYTES + 1)).fault


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["startTime", "rideID", "gps", "locations", "timestamp", "latitude", "longitude", "speed", "course", "altitude"]
    ), inner, max_size=6),
)  # fmt: skip


@given(st.one_of(st.binary(max_size=50), anything.map(lambda value: json.dumps(value).encode())))
def test_no_content_raises_and_positions_are_ordered_and_unique(data: bytes) -> None:
    times = [one.at_us for one in parse_info(data).positions]
    assert times == sorted(set(times))
