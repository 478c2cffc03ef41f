"""No selection is better than the limit."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.curation.entropy import entropy_ratio
from app.evaluation.limit import entropy_ratio_limit

frames_shown = st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=8)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(frames_shown, st.integers(1, 8))
def test_no_selection_exceeds_the_limit(rows: list[list[bool]], keep: int) -> None:
    shown = np.array(rows, dtype=np.bool_).T
    keep = min(keep, shown.shape[1])
    best = max(
        entropy_ratio(shown[:, list(chosen)].sum(axis=1)) for chosen in combinations(range(shown.shape[1]), keep)
    )
    assert best <= entropy_ratio_limit(shown, keep) + 1e-9


def test_the_limit_of_single_values_is_what_filling_up_from_the_rarest_reaches() -> None:
    supply = [3048, 1242, 608, 22, 14, 5]
    codes = np.repeat(np.arange(6), supply)
    shown = np.arange(6)[:, None] == codes[None, :]
    filled = entropy_ratio([69, 69, 69, 22, 14, 5])
    assert entropy_ratio_limit(shown, 248) == pytest.approx(filled, abs=0.001)


def test_everything_kept_leaves_no_choice() -> None:
    shown = np.array([[True, True, False], [False, True, True]])
    assert entropy_ratio_limit(shown, 3) == pytest.approx(entropy_ratio([2, 2]), abs=1e-6)
