"""Laws of what measurements are made of: medians, quantiles, limits, requests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.bench.arithmetic import per_100k, quantile, ratio_to_limit, requests_per_camera_hour, spread

FIGURES = st.lists(st.floats(0.001, 1e6), min_size=1, max_size=40)


@given(FIGURES)
def test_the_median_lies_between_the_least_and_the_most(values: list[float]) -> None:
    found = spread(values)
    assert found.least == min(values) <= found.median <= max(values) == found.most


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([2.0], "2.0"),
        ([1.0, 3.0, 2.0], "2.0 (1.0 to 3.0)"),
        ([2.01, 2.02], "2.0"),
        ([1000.0, 3000.0], "2,000.0 (1,000.0 to 3,000.0)"),
    ],
)
def test_a_spread_says_what_the_rounds_agree_on(values: list[float], text: str) -> None:
    assert spread(values).text() == text


@given(FIGURES, st.floats(0.01, 1.0))
def test_a_quantile_is_a_value_that_enough_of_the_others_do_not_exceed(values: list[float], share: float) -> None:
    found = quantile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values)


@pytest.mark.parametrize("nothing", [lambda: spread([]), lambda: quantile([], 0.5), lambda: ratio_to_limit([1.0], 0.0)])
def test_what_was_not_measured_is_no_figure(nothing: object) -> None:
    assert callable(nothing)
    with pytest.raises(ValueError, match=r"measured|limit"):
        nothing()


@given(FIGURES)
def test_a_run_that_costs_its_parts_reaches_its_limit(parts: list[float]) -> None:
    assert ratio_to_limit(parts, sum(parts)) == pytest.approx(1.0)
    assert ratio_to_limit(parts, 2 * sum(parts)) == pytest.approx(0.5)


def test_costs_are_per_100_000_records() -> None:
    assert per_100k(1.5, 50_000) == pytest.approx(3.0)


def test_an_hour_of_segments_is_held_against_an_hour_of_frames() -> None:
    found = requests_per_camera_hour({"put": 30, "get": 30, "delete": 1}, segments=30, video_s=60.0, fps=5.0)
    assert found.per_camera_hour == pytest.approx(61 * 60)
    assert found.per_segment == pytest.approx(61 / 30)
    assert found.one_by_one == 3 * 18_000
    assert found.ratio == pytest.approx(3660 / 54_000)
