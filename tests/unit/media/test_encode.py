"""Laws of encoding: what goes in comes out, upright, at its time, and the same bytes every time."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from app.media import Sampling, cut, decode_sampled, probe
from app.media.encode import encode_clip


def ramps(count: int, width: int = 96, height: int = 64) -> Iterator[np.ndarray]:
    for number in range(count):
        planes = np.full((height * 3 // 2, width), 128, np.uint8)
        planes[:height] = 40 + number + np.linspace(0, 120, width, dtype=np.uint8)
        yield planes


@pytest.mark.parametrize("suffix", ["mov", "mp4"])
def test_frames_come_back_at_their_times_with_a_keyframe_each_second(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"clip.{suffix}"
    assert encode_clip(file, ramps(45), (96, 64), Fraction(15), 1_500_000_000_000_000) == 45
    facts = probe(file)
    assert (facts.codec, facts.created_at_us, facts.rotation_deg) == ("h264", 1_500_000_000_000_000, 0)
    segments = list(cut(file, max_ms=1000))
    assert [segment.frame_count for segment in segments] == [15, 15, 15]
    assert [segment.clip_offset_us for segment in segments] == [0, 1_000_000, 2_000_000]
    pixels = decode_sampled(segments[0].video, Sampling(), lambda wh: [wh]).frames[0].views[0]
    assert pixels[32, 80].mean() - pixels[32, 10].mean() > 60


def test_the_same_pictures_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.mov", "b.mov"):
        encode_clip(tmp_path / name, ramps(20), (96, 64), Fraction(30), 1_500_000_000_000_000)
    assert (tmp_path / "a.mov").read_bytes() == (tmp_path / "b.mov").read_bytes()


def test_a_rotation_is_undone_by_whoever_decodes(tmp_path: Path) -> None:
    file = tmp_path / "turned.mov"
    encode_clip(file, ramps(10), (96, 64), Fraction(10), 1_500_000_000_000_000, rotation_deg=90)
    facts = probe(file)
    assert (facts.width_px, facts.height_px, facts.rotation_deg) == (64, 96, 90)
    pixels = decode_sampled(next(iter(cut(file))).video, Sampling(), lambda wh: [wh]).frames[0].views[0]
    assert pixels[80, 32].mean() - pixels[10, 32].mean() > 60  # left was coded dark; turned clockwise, it is on top


@pytest.mark.parametrize("wh", [(95, 64), (96, 63)])
def test_odd_sizes_are_refused(tmp_path: Path, wh: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="even"):
        encode_clip(tmp_path / "odd.mov", ramps(1), wh, Fraction(30), 0)
