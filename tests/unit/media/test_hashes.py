"""A perceptual hash stays near its picture and far from others."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from app.media import Sampling, cut, decode_sampled, hash_distance, perceptual_hash


def scene(seed: int) -> np.ndarray:
    """Return a random picture [32, 32] of dark and bright boxes before a grey sky."""
    rng, grey = np.random.default_rng(seed), np.full((32, 32), 120.0)
    for _ in range(12):
        (top, left), (height, width) = rng.integers(0, 28, 2), rng.integers(3, 14, 2)
        grey[top : top + height, left : left + width] = rng.integers(20, 220)
    return grey


def hashed(picture: np.ndarray) -> int:
    return perceptual_hash(np.clip(picture, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    "change",
    [
        lambda grey: grey + np.random.default_rng(1).normal(0, 3, grey.shape),
        lambda grey: grey + 15,
        lambda grey: grey * 0.7,
        lambda grey: grey + np.linspace(0, 20, 32)[None, :],
    ],
    ids=["noise", "brighter", "less contrast", "light from one side"],
)
def test_a_changed_picture_stays_near(seed: int, change: object) -> None:
    assert hash_distance(hashed(scene(seed)), hashed(change(scene(seed)))) <= 6


def test_other_scenes_are_far() -> None:
    hashes = [hashed(scene(seed)) for seed in range(24)]
    assert min(hash_distance(one, other) for one, other in combinations(hashes, 2)) >= 12


@pytest.mark.parametrize("shade", [0, 1, 127, 255])
def test_a_flat_picture_hashes_to_nothing_at_any_brightness(shade: int) -> None:
    assert perceptual_hash(np.full((32, 32), shade, np.uint8)) == 0


def test_the_hash_is_a_signed_64_bit_number_and_stays_what_it_was() -> None:
    known = perceptual_hash((np.arange(1024).reshape(32, 32) * 37 % 251).astype(np.uint8))
    assert -(2**63) <= known < 2**63
    assert known == 3046714087609305792


@pytest.mark.parametrize(("one", "other", "bits"), [(0, 0, 0), (-1, 0, 64), (-(2**63), 0, 1), (5, 6, 2), (-1, 1, 63)])
def test_distance_counts_bits_of_signed_numbers(one: int, other: int, bits: int) -> None:
    assert hash_distance(one, other) == bits


@pytest.mark.slow
def test_neighbours_on_a_road_are_nearer_than_other_roads(shared_data: Path) -> None:
    clips = []
    for path in sorted((shared_data / "videos").glob("*.mp4")):
        segment = next(cut(path))
        frames = decode_sampled(segment.video, Sampling(fps=25), lambda wh: [(64, 36)]).frames
        clips.append([frame.perceptual_hash for frame in frames[:8]])
    within = [hash_distance(one, other) for hashes in clips for one, other in pairwise(hashes)]
    across = [hash_distance(a[0], b[0]) for a, b in combinations(clips, 2)]
    assert sorted(within)[len(within) * 9 // 10] < min(across)


@pytest.mark.slow
@pytest.mark.parametrize("crf", ["20", "40"])
def test_a_re_encoded_road_stays_near(crf: str, shared_data: Path, tmp_path: Path) -> None:
    source, again = shared_data / "videos/day-highway_udacity_test_video.mp4", tmp_path / "again.mp4"
    with av.open(str(source)) as original, av.open(str(again), "w") as output:
        track = output.add_stream("libx264", rate=25, options={"crf": crf, "x264-params": "log-level=none"})
        track.width, track.height, track.pix_fmt = 640, 360, "yuv420p"
        for frame in original.decode(video=0):
            output.mux(track.encode(frame.reformat(640, 360)))
        output.mux(track.encode(None))
    one, other = (
        decode_sampled(next(cut(path)).video, Sampling(fps=5), lambda wh: [(64, 36)]).frames for path in (source, again)
    )
    for before, after in zip(one, other, strict=False):
        assert hash_distance(before.perceptual_hash, after.perceptual_hash) <= 8
