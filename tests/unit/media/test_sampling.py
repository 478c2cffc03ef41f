"""The grid of clip time: every grid time is answered once, however the clip was cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.media.sampling import on_grid

clips = st.lists(st.integers(1, 400_000), min_size=1, max_size=60).map(
    lambda gaps: [sum(gaps[:i]) for i in range(len(gaps) + 1)]
)
rates = st.floats(0.1, 60)


@given(clips, rates, st.data())
def test_cutting_a_clip_anywhere_samples_the_same_pictures(
    times_us: list[int], fps: float, data: st.DataObject
) -> None:
    *shown, end_us = times_us
    cuts = data.draw(st.sets(st.integers(0, len(shown))))
    borders = sorted({0, len(shown)} | cuts)
    pieces = [
        first + i for first, last in pairwise(borders) for i in on_grid(times_us[first:last], times_us[last], fps)
    ]
    assert pieces == on_grid(shown, end_us, fps)


@given(clips, rates)
def test_a_picture_is_sampled_if_a_grid_time_falls_on_its_display(times_us: list[int], fps: float) -> None:
    *shown, end_us = times_us
    sampled = set(on_grid(shown, end_us, fps))
    period_us = 1e6 / fps
    for i, (begin, end) in enumerate(pairwise(times_us)):
        next_grid_us = -(-begin // period_us) * period_us
        if abs(next_grid_us - end) > 1 and abs(next_grid_us - begin - period_us) > 1:  # beyond the rounding of a float
            assert (i in sampled) == (next_grid_us < end)


def test_the_first_picture_of_a_clip_is_always_sampled() -> None:
    assert on_grid([0, 40_000], 80_000, 0.1) == [0]


def test_nothing_is_sampled_of_nothing() -> None:
    assert on_grid([], 80_000, 5.0) == []
