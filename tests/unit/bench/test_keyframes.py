"""Keyframes on real dash-cam footage, beside the rule that fires whenever the class counts differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.bench.footage import footage
from ops.bench.keyframes import BY_EYE, clips_seen, measure_keyframes


@pytest.mark.slow
def test_on_real_footage_there_are_ten_times_fewer_false_keyframes_and_no_fewer_true_ones(
    shared_data: Path, tmp_path: Path
) -> None:
    source = footage(tmp_path)
    assert {one.facts.clip_name for one in source.segments} == set(BY_EYE)
    still, ride = measure_keyframes(clips_seen(source), source.segments[0].facts, fps=2.0)
    assert ride.changes >= 25
    assert ride.ours.found >= ride.naive.found
    assert ride.ours.found >= 0.95 * ride.changes
    for one in (still, ride):
        assert one.naive.false_per_minute >= 10 * one.ours.false_per_minute > 0
