"""The laws of entropy and divergence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.curation.entropy import effective_number, entropy, entropy_ratio, js_divergence, kl_divergence

counts = st.lists(st.integers(0, 10_000), min_size=2, max_size=12).filter(lambda one: sum(one) > 0)


@given(counts)
def test_entropy_lies_between_one_value_and_all_alike(one: list[int]) -> None:
    assert 0.0 <= entropy(one) <= math.log(len(one)) + 1e-12
    assert 0.0 <= entropy_ratio(one) <= 1.0
    assert 1.0 - 1e-12 <= effective_number(one) <= len(one) + 1e-9


@given(counts, st.integers(2, 9))
def test_entropy_does_not_depend_on_how_much_was_counted(one: list[int], times: int) -> None:
    assert entropy_ratio(one) == pytest.approx(entropy_ratio([times * count for count in one]))


@given(counts)
def test_the_distance_to_oneself_is_zero_and_to_others_is_not_negative(one: list[int]) -> None:
    assert js_divergence(one, one) == pytest.approx(0.0, abs=1e-12)
    uniform = np.ones(len(one))
    assert kl_divergence(uniform, one) >= 0.0
    assert js_divergence(uniform, one) == pytest.approx(js_divergence(one, uniform))
    assert js_divergence(uniform, one) <= math.log(2) + 1e-12


def test_a_wanted_value_that_is_missing_is_infinitely_far_unless_there_is_a_prior() -> None:
    assert kl_divergence([0.5, 0.5], [3, 0]) == math.inf
    assert 0 < kl_divergence([0.5, 0.5], [3, 0], prior=0.5) < math.inf


@pytest.mark.parametrize("nothing", [[], [0], [7], [0, 0, 0]])
def test_fewer_than_two_values_or_no_counts_have_no_entropy(nothing: list[int]) -> None:
    assert entropy_ratio(nothing) == 0.0
