"""Laws of the pinhole camera and of roads and rides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.load import ride, road
from ops.load.camera import NEAREST_M, clipped, look

ANGLES = st.floats(-0.4, 0.4)


@given(ANGLES, ANGLES, ANGLES)
def test_a_point_straight_ahead_falls_on_the_middle_and_turning_keeps_lengths(
    yaw: float, pitch: float, roll: float
) -> None:
    camera = look(np.array([3.0, -2.0, 1.5]), yaw, pitch, roll, 800.0, (1280, 720))
    ahead = camera.place + camera.turn[2] * 20
    np.testing.assert_allclose(camera.pixels(camera.seen(ahead[None]))[0], (640, 360), atol=1e-6)
    np.testing.assert_allclose(camera.turn @ camera.turn.T, np.eye(3), atol=1e-9)


def test_right_is_right_up_is_up_and_twice_as_far_is_half_as_large() -> None:
    camera = look(np.zeros(3), 0.0, 0.0, 0.0, 500.0, (1000, 600))
    pixels = camera.pixels(camera.seen(np.array([[1.0, 10, 0], [0, 10, 1.0], [1.0, 20, 0]])))
    np.testing.assert_allclose(pixels, [(550, 300), (500, 250), (525, 300)])


@given(st.lists(st.tuples(*[st.floats(-5, 5)] * 3), min_size=3, max_size=6))
def test_what_is_clipped_lies_in_front(points: list[tuple[float, float, float]]) -> None:
    part = clipped(np.array(points))
    assert len(part) == 0 or part[:, 2].min() >= NEAREST_M - 1e-9


@pytest.mark.parametrize("kind", sorted(road.CURVINESS))
def test_a_road_is_continuous_and_distances_along_it_are_true(kind: str) -> None:
    course = road.build(np.random.default_rng(1), kind, 500)
    places, _ = course.at(np.arange(-50.0, 450.0))
    np.testing.assert_allclose(np.linalg.norm(np.diff(places, axis=0), axis=1), 1.0, atol=0.01)
    spot, heading = course.spot(123.4, 2.0)
    many, headings = course.at(np.array([123.4]), 2.0)
    np.testing.assert_allclose(spot, many[0])
    assert heading == pytest.approx(headings[0])


@pytest.mark.parametrize("kind", sorted(ride.PACE))
def test_a_ride_never_goes_backwards_nor_faster_than_traffic_and_stops_where_it_has_to(kind: str) -> None:
    for seed in range(12):
        drive = ride.build(np.random.default_rng(seed), kind, np.arange(60.0, 2000.0, 110.0), 40.0)
        assert np.diff(drive.travelled_m).min() >= 0
        assert drive.speed_mps.max() < ride.PACE[kind][1] * 1.25
        np.testing.assert_allclose(np.diff(drive.travelled_m), drive.speed_mps[1:] * ride.STEP_S, atol=0.35)
        for stop in drive.stops:
            middle = (max(stop.begin_s, 0) + min(stop.end_s, 40)) / 2
            if 0 < middle < 40:
                assert drive.mps(middle) == pytest.approx(0.0)
                assert drive.s_m(middle) == pytest.approx(stop.s_m)
