"""The figures of the live display, against counting by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.demo.tally import StageMeter, Tally

STEPS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=60)


@given(STEPS)
def test_what_came_is_done_or_waits(steps: list[tuple[int, int]]) -> None:
    meter, next_offset, position = StageMeter(), dict.fromkeys(range(3), 0), dict.fromkeys(range(3), 0)
    for partition, advance in steps:
        meter.arrives(partition, next_offset[partition])
        next_offset[partition] += 1 + advance  # markers of transactions take offsets too
        position[partition] = min(next_offset[partition], position[partition] + 2 * advance)
        meter.moves(position)
        assert meter.done + meter.waiting == meter.arrived
    meter.moves(next_offset)
    assert meter.waiting == 0 and meter.done == len(steps)


def test_an_output_counts_before_the_position_is_reported() -> None:
    meter = StageMeter()
    for offset in range(4):
        meter.arrives(0, offset)
    meter.produced = 3
    assert (meter.done, meter.waiting) == (3, 1)
    meter.moves({0: 1})
    assert (meter.done, meter.waiting) == (3, 1)


def test_a_rate_is_over_the_last_ten_seconds() -> None:
    meter = StageMeter()
    for second in range(30):
        for _ in range(2 if second < 15 else 5):
            meter.arrives(0, meter.arrived)
        meter.moves({0: meter.arrived})
        meter.mark(float(second))
    assert meter.per_s == 5.0


def test_the_slowest_stage_is_the_one_most_segments_wait_for_but_never_the_curator() -> None:
    tally = Tally({stage: StageMeter() for stage in ("porter", "detector", "curator")})
    assert tally.slowest == ""
    tally.stages["curator"].arrived = 50
    tally.stages["detector"].arrived = 9
    assert tally.slowest == "detector"
