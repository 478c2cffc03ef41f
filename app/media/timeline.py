"""Pure arithmetic of media time: ticks of a time base to microseconds."""

from __future__ import annotations

from fractions import Fraction


def microseconds(ticks: int, time_base: Fraction) -> int:
    """Return `ticks` of `time_base` seconds in microseconds, rounded half up, in exact integers."""
    numerator = ticks * time_base.numerator * 2_000_000 + time_base.denominator
    return numerator // (2 * time_base.denominator)
