"""Ticks to microseconds, exact."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.media.timeline import microseconds


@pytest.mark.parametrize(
    ("ticks", "time_base", "us"),
    [
        (0, Fraction(1, 25), 0),
        (1, Fraction(1, 25), 40_000),
        (1001, Fraction(1, 30_000), 33_367),
        (-1001, Fraction(1, 30_000), -33_367),
        (1, Fraction(1, 2_000_000), 1),  # a half goes up
        (90_000 * 3600 * 24 * 365, Fraction(1, 90_000), 31_536_000_000_000),
    ],
)
def test_known_times(ticks: int, time_base: Fraction, us: int) -> None:
    assert microseconds(ticks, time_base) == us


@given(st.integers(-(2**62), 2**62), st.fractions(min_value=Fraction(1, 10**9), max_value=10, max_denominator=10**9))
def test_the_error_is_at_most_half_a_microsecond(ticks: int, time_base: Fraction) -> None:
    assert abs(microseconds(ticks, time_base) - ticks * time_base * 1_000_000) <= Fraction(1, 2)
