"""What guesses speak for together is what a loop over them would find."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.lake.contract import MakeModelYear
from app.lake.fusing import surest
from tests.unit.lake.plain_rows import fused

guesses = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 1.5, 3.0, 4.5, 0.1, 0.2])), max_size=6)


@given(st.lists(guesses, max_size=5))
def test_of_each_thing_the_largest_sum_and_of_equals_the_first(things: list[list[tuple[int, float]]]) -> None:
    flat = [(place, said, sure) for place, thing in enumerate(things) for said, sure in thing]
    of, said, sures = (np.array([one[at] for one in flat], kind) for at, kind in ((0, int), (1, int), (2, float)))
    found = surest(of, said, sures)
    told = [fused([MakeModelYear(str(one), sure) for one, sure in thing])[:2] for thing in things if thing]
    assert found.things.tolist() == [place for place, thing in enumerate(things) if thing]
    assert [(str(said[guess]), total) for guess, total in zip(found.guesses, found.sums, strict=True)] == told
