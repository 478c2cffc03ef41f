"""What the extractor marks: near-duplicates that cost nothing, and keyframes that no flickering detector fires."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from app.curation.sift import new_camera, sift
from app.evaluation.baselines import naive_keyframes
from app.evaluation.supply import supply_of
from app.wire.codec import codec_of
from schemas.records import CameraState, SeenFrame, SegmentExtracted
from tests.unit.curation.records import detected, frame, policy_of

POLICY = policy_of()
SAMPLE_US = 200_000


def sifted(
    frames: Sequence[SeenFrame], per_segment: int = 5, clip: str = "k"
) -> tuple[CameraState, list[SegmentExtracted]]:
    state, found = new_camera("c"), []
    for start in range(0, len(frames), per_segment):
        part = [
            frame_at(one, index, (start + index) * SAMPLE_US)
            for index, one in enumerate(frames[start : start + per_segment])
        ]
        state, one = sift(state, detected(part, f"s{start:05d}", clip=clip), POLICY)
        found.append(one)
    return state, found


def frame_at(one: SeenFrame, index: int, at_us: int) -> SeenFrame:
    return SeenFrame(index, at_us, one.objects, one.attributes, one.measures, one.perceptual_hash, one.embedding)


def flags(found: Sequence[SegmentExtracted]) -> list[bool]:
    return [candidate.keyframe for segment in found for candidate in segment.frames]


def hashes(count: int, seed: int = 0) -> list[int]:
    return np.random.default_rng(seed).integers(-(2**63), 2**63 - 1, count).tolist()


def test_a_parked_car_costs_nothing_however_long_it_stands() -> None:
    state, found = sifted([frame(perceptual_hash=5) for _ in range(500)])
    repeats = [one for segment in found for one in segment.frames if one.duplicate_of]
    assert len(repeats) == 499
    assert {one.duplicate_of for one in repeats} == {"s00000-0000"}
    assert len(state.remembered) == 1
    assert (state.frames, state.duplicates, state.keyframes) == (500, 499, 1)


def test_different_pictures_are_no_duplicates_and_the_memory_stays_bounded() -> None:
    state, found = sifted([frame(perceptual_hash=one) for one in hashes(300)])
    assert not any(one.duplicate_of for segment in found for one in segment.frames)
    assert len(state.remembered) == POLICY.duplicates.memory_frames
    assert len(codec_of(CameraState).encode(state)) < 4_000


@pytest.mark.parametrize(("bits", "repeats"), [(0, True), (3, True), (4, False)])
def test_without_an_embedding_the_perceptual_hash_decides(bits: int, repeats: bool) -> None:
    _, found = sifted([frame(perceptual_hash=0), frame(perceptual_hash=(1 << bits) - 1)])
    second = found[0].frames[1]
    assert bool(second.duplicate_of) == repeats
    assert second.distance == pytest.approx(bits / 64)


@pytest.mark.parametrize(("angle", "repeats"), [(0.1, True), (0.4, False)])
def test_with_an_embedding_its_cosine_distance_decides_whatever_the_hash_says(angle: float, repeats: bool) -> None:
    turned = [np.cos(angle), np.sin(angle)]
    _, found = sifted([frame(embedding=[1.0, 0.0]), frame(embedding=turned, perceptual_hash=-1)])
    second = found[0].frames[1]
    assert bool(second.duplicate_of) == repeats
    assert second.distance == pytest.approx(1 - np.cos(angle), abs=0.01)


def test_something_new_in_an_unchanged_picture_is_a_keyframe_and_no_duplicate() -> None:
    still = [frame(objects=["car"], perceptual_hash=1)] * 30 + [frame(objects=["car", "person"], perceptual_hash=1)] * 5
    _, found = sifted(still)
    assert [number for number, flag in enumerate(flags(found)) if flag] == [0, 31]
    assert not found[6].frames[1].duplicate_of


def test_a_change_in_the_refractory_time_fires_when_it_is_over() -> None:
    frames = [frame(objects=["car"], perceptual_hash=h) for h in hashes(20)]
    frames += [frame(objects=["car", "person"], perceptual_hash=h) for h in hashes(3, 1)]
    frames += [frame(objects=["car", "person", "bus"], perceptual_hash=h) for h in hashes(9, 2)]
    _, found = sifted(frames)
    fired = [number for number, flag in enumerate(flags(found)) if flag]
    assert fired == [0, 21, 26]
    assert (fired[2] - fired[1]) * SAMPLE_US >= POLICY.keyframes.refractory_s * 1e6


def test_a_value_that_is_unknown_for_a_while_is_no_change() -> None:
    frames = [
        frame(word, perceptual_hash=h)
        for word, h in zip((["rainy"] * 20 + ["unknown"] * 20) * 2, hashes(80), strict=True)
    ]
    _, found = sifted(frames)
    assert sum(flags(found)) == 1


@pytest.mark.parametrize(
    ("words", "fired"),
    [
        (["daytime"] * 20 + ["dawn/dusk", "dawn/dusk", "daytime", "daytime"] * 20, [0]),
        (["daytime"] * 20 + ["dawn/dusk"] * 80, [0, 27]),
        (["daytime"] * 20 + [*["dawn/dusk"] * 9, *["daytime"] * 9] * 5, [0, 27]),
    ],
    ids=["it cannot decide", "it changes", "it cannot decide for long"],
)
def test_an_attribute_changes_when_its_new_value_holds_and_once_however_often_it_turns(
    words: list[str], fired: list[int]
) -> None:
    frames = [
        frame(attributes={"timeofday": word}, perceptual_hash=h)
        for word, h in zip(words, hashes(len(words)), strict=True)
    ]
    _, found = sifted(frames)
    assert [number for number, flag in enumerate(flags(found)) if flag] == fired


def test_where_a_segment_ends_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    frames = [
        frame(objects=[one for one in ("car", "person", "bus") if rng.random() < 0.6], perceptual_hash=h)
        for h in hashes(200, 4)
    ]
    whole, pieces = sifted(frames, per_segment=200), sifted(frames, per_segment=7)
    assert flags(whole[1]) == flags(pieces[1])
    assert whole[0].sightings == pieces[0].sightings


def flickering(seconds: int, seed: int) -> tuple[list[SeenFrame], list[int]]:
    """Return five samples a second of a street that changes every 20 s, seen by a detector that misses 40 %."""
    rng = np.random.default_rng(seed)
    classes = ("car", "person", "bus", "truck", "bike", "rider", "motor", "train")
    there, changes, frames = {"car"}, [], []
    for number in range(5 * seconds):
        if number % 100 == 99:
            there = there ^ {classes[1 + int(rng.integers(len(classes) - 1))]}
            changes.append(number)
        objects = []
        for one in classes:
            if one in there:
                objects += [one] * int(rng.binomial(2, 0.6))
            elif rng.random() < 0.005:
                objects.append(one)
        frames.append(frame(objects=objects, perceptual_hash=int(rng.integers(2**62))))
    return frames, changes


@pytest.mark.slow
def test_of_a_flickering_detector_there_are_ten_times_fewer_false_keyframes_at_the_same_true_changes() -> None:
    ours_false = naive_false = ours_true = changes_in_all = 0
    horizon = 5 * 10
    for seed in range(5):
        frames, changes = flickering(seconds=600, seed=seed)
        _, found = sifted(frames)
        ours = {number for number, flag in enumerate(flags(found)) if flag} - {0}
        naive = set(np.flatnonzero(naive_keyframes(supply_of(found, POLICY))).tolist()) - {0}
        ours_true += sum(any(change <= one < change + horizon for one in ours) for change in changes)
        changes_in_all += len(changes)

        def extra(fired: set[int], true: list[int] = changes) -> int:
            return len(fired) - sum(any(change <= one < change + horizon for one in fired) for change in true)

        ours_false += extra(ours)
        naive_false += extra(naive)
    assert ours_true >= 0.95 * changes_in_all
    assert naive_false >= 10 * max(ours_false, 1)
