"""How candidates are taken: by what they bring per byte, within the allowance, sharing what a segment costs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from app.curation.greedy import Costs, choose
from app.curation.terms import Term


class Fixed(Term):
    """Every candidate brings what it brings, whatever else is taken."""

    def __init__(self, gains: list[float]) -> None:
        self._gains = np.array(gains)

    @override
    def worth(self) -> np.ndarray:
        return self._gains

    @override
    def take(self, number: int) -> None:
        pass

    @override
    def put_back(self, number: int) -> None:
        pass


def costs(stills: list[int], videos: list[int] | None = None, segments: list[int] | None = None) -> Costs:
    count = len(stills)
    return Costs(
        np.array(stills, dtype=np.int64),
        np.array(videos or [0] * count, dtype=np.int64),
        np.array(segments or list(range(count)), dtype=np.intp),
    )


def test_the_best_per_byte_comes_first_and_the_first_of_equals() -> None:
    choice = choose([Fixed([1.0, 3.0, 1.0, 1.0])], costs([10, 40, 10, 20]), 60)
    assert [one.number for one in choice.taken] == [0, 2, 1]
    assert choice.left_bytes == 0


def test_frames_of_one_segment_share_its_video() -> None:
    shared = costs([1, 1, 1], [100, 100, 100], [0, 0, 1])
    choice = choose([Fixed([1.0, 0.9, 0.95])], shared, 102)
    assert [(one.number, one.cost_bytes) for one in choice.taken] == [(0, 101), (1, 1)]


def test_a_negative_gain_prefers_the_cheaper() -> None:
    choice = choose([Fixed([-1.0, -1.0])], costs([50, 10]), 50)
    assert [one.number for one in choice.taken] == [1]


def test_what_an_exchange_made_affordable_is_taken() -> None:
    """Put back, the frame of 3 bytes gives way to one whose segment is paid by now: the rest buys another."""
    stills, segments = [1] * 10 + [3, 1], [0] * 9 + [2, 0, 0]
    videos = [[1, 0, 3, 0][one] for one in segments]
    choice = choose([Fixed([0.0] * 9 + [1.0, 1.0, 0.0])], costs(stills, videos, segments), 6)
    taken = {one.number for one in choice.taken}
    assert all(choice.cost_bytes[number] > choice.left_bytes for number in range(len(stills)) if number not in taken)


gains = st.lists(st.floats(-1, 1, allow_nan=False), min_size=1, max_size=12)


@given(gains, st.data())
def test_the_allowance_is_never_exceeded_and_nothing_affordable_is_left(
    worths: list[float], data: st.DataObject
) -> None:
    count = len(worths)
    stills = data.draw(st.lists(st.integers(1, 50), min_size=count, max_size=count))
    segments = data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    per_segment = data.draw(st.lists(st.integers(0, 80), min_size=4, max_size=4))
    allowance = data.draw(st.integers(0, 300))
    offered = costs(stills, [per_segment[one] for one in segments], segments)
    choice = choose([Fixed(worths)], offered, allowance)
    taken = {one.number for one in choice.taken}
    assert len(taken) == len(choice.taken)
    assert sum(one.cost_bytes for one in choice.taken) == allowance - choice.left_bytes
    assert choice.left_bytes >= 0
    assert all(choice.cost_bytes[number] > choice.left_bytes for number in range(count) if number not in taken)
