"""How amounts look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commands.screen import amount_of_bytes, bar, count, share, span


@pytest.mark.parametrize(
    ("size_bytes", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (99_499, "99.5 kB"), (99_500, "100 kB"), (999_499, "999 kB"),
     (999_500, "1.0 MB"), (12_100_000, "12.1 MB"), (3_400_000_000_000_000, "3400 TB")],
)  # fmt: skip
def test_amounts_have_three_digits_and_a_unit(size_bytes: float, shown: str) -> None:
    assert amount_of_bytes(size_bytes) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.9, "60 s"), (60, "1 min"), (185, "3 min 5 s"),
     (7800, "2 h 10 min"), (86_400, "24 h"), (432_000, "5 days")],
)  # fmt: skip
def test_spans_have_two_units_at_most(seconds: float, shown: str) -> None:
    assert span(seconds) == shown


def test_counts_and_shares() -> None:
    assert (count(1234567), share(1, 8), share(1, 0)) == ("1 234 567", "12.5 %", "–")


@given(st.floats(-1, 2), st.integers(1, 40))
def test_a_bar_is_as_wide_as_its_cells(ratio: float, width: int) -> None:
    assert len(bar(ratio, width)) == width


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_larger_ratio_has_no_shorter_bar(one: float, other: float) -> None:
    lower, higher = sorted((one, other))
    assert len(bar(lower).rstrip()) <= len(bar(higher).rstrip())
