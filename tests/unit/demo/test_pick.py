"""Both sides of the contact sheet are equally many, drawn the same way in every run, and measured by the same rule."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.demo import pick as pick_module
from app.demo.pick import MOST_SHOWN, NOTHING, DecidedSegments, Pick, conditions
from app.policy_files import read_policy
from schemas.records import SegmentDecided
from tests.unit.demo.shots import WEATHER, decided

POLICY = read_policy(None)[1]
SEGMENTS = st.lists(
    st.tuples(st.lists(st.sampled_from(WEATHER), max_size=4), st.frozensets(st.integers(0, 3), max_size=4)), max_size=12
).map(lambda drawn: [decided(number, tuple(words), kept) for number, (words, kept) in enumerate(drawn)])


def picked(segments: list[SegmentDecided]) -> Pick | None:
    known = DecidedSegments()
    for segment in segments:
        known.add(segment)
    return known.pick(POLICY)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(SEGMENTS)
def test_the_random_pick_is_as_large_as_what_was_kept_and_holds_no_frame_twice(segments: list[SegmentDecided]) -> None:
    kept = sum(one.kept for segment in segments for one in segment.frames)
    pick = picked(segments)
    if pick is None:
        assert kept == 0
        return
    assert pick.frames_kept == kept and len(pick.kept) == len(pick.random) == min(kept, MOST_SHOWN)
    assert all(shot.decision.kept for shot in pick.kept)
    assert len({shot.id for shot in pick.random}) == len(pick.random)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(SEGMENTS, st.randoms())
def test_the_order_of_the_decisions_changes_nothing(segments: list[SegmentDecided], chance: random.Random) -> None:
    shuffled = list(segments)
    chance.shuffle(shuffled)
    assert picked(segments) == picked(shuffled)


def test_figures_are_those_of_the_frames() -> None:
    segments = [decided(number, ("clear",)) for number in range(90)]
    segments += [decided(90 + number, (WEATHER[number],), frozenset({0})) for number in range(3)]
    pick = picked(segments)
    assert pick is not None
    figures = {one.name: one for one in pick.figures}
    assert abs(figures["entropy of weather"].kept - 0.613) < 0.001  # three of six, one each: ln 3 / ln 6
    assert figures["entropy of weather"].random_mean < 0.2
    assert figures["conditions that turn up"].kept == figures["conditions that turn up"].of == 3
    assert figures["clips that turn up"].of == 47


def test_what_is_alike_stands_together_the_commonest_first() -> None:
    pick = picked([decided(number, ("clear", "rainy", "clear"), frozenset({0, 1, 2})) for number in range(5)])
    assert pick is not None
    assert [shot.conditions.split(",")[0] for shot in pick.kept] == ["clear"] * 10 + ["rainy"] * 5


def test_memory_is_bounded_and_what_is_forgotten_still_counts() -> None:
    known = DecidedSegments()
    for number in range(pick_module.MOST_SEGMENTS + 50):
        known.add(decided(number, ("clear",), frozenset({0})))
    assert len(known._known) == pick_module.MOST_SEGMENTS
    assert known.frames_kept == pick_module.MOST_SEGMENTS + 50


def test_what_nobody_knows_is_not_told() -> None:
    unknown, known = decided(0, ("unknown", "snowy")).frames
    assert conditions(unknown) == "highway, night" and conditions(known) == "snowy, highway, night"
    unknown.frame.attributes.update(scene="unknown", timeofday="unknown")
    assert conditions(unknown) == NOTHING
