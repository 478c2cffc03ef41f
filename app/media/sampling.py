"""Pure: which pictures of a segment are looked at, as a function of clip time alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal


@dataclass(frozen=True, slots=True)
class Sampling:
    """Say which pictures to sample: on a grid of clip time (`fps`), or where the coder placed keyframes."""

    mode: Literal["fps", "keyframes"] = "fps"
    fps: float = 5.0

    def __post_init__(self) -> None:
        if self.mode == "fps" and not 0 < self.fps < 1000:
            raise ValueError(f"sampling at {self.fps} frames per second: give a rate above 0 and below 1000")


def on_grid(times_us: Sequence[int], end_us: int, fps: float) -> list[int]:
    """Return the indices of the pictures that are on display at the grid times k/fps, k = 0, 1, 2 …

    `times_us` are clip times in presentation order; the last picture is on display until `end_us`, which is the first
    time of the next segment. Whether a picture is sampled therefore depends on its own time and its successor's, never
    on where the segments were cut. No picture is sampled twice.
    """
    rate = Fraction(fps).limit_denominator(1_000_000)
    before = [_grid_points_before(time_us, rate) for time_us in (*times_us, max(end_us, *times_us[-1:], 0))]
    return [i for i in range(len(times_us)) if before[i + 1] > before[i]]


def _grid_points_before(time_us: int, rate: Fraction) -> int:
    return max(0, -(-time_us * rate.numerator // (rate.denominator * 1_000_000)))
