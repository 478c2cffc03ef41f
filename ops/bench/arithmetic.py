"""The arithmetic of measurements: medians and spread, quantiles, the limit that parts set; pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of the rounds, and the least and the most of them."""

    median: float
    least: float
    most: float

    def text(self, digits: int = 1) -> str:
        """Return `median (least to most)`, the median alone where all rounds agree."""
        shown = [f"{value:,.{digits}f}" for value in (self.median, self.least, self.most)]
        return shown[0] if len(set(shown)) == 1 else f"{shown[0]} ({shown[1]} to {shown[2]})"


def spread(values: Iterable[float]) -> Spread:
    """Return the spread of at least one value; ValueError for none."""
    known = sorted(values)
    if not known:
        raise ValueError("no round was measured")
    return Spread(statistics.median(known), known[0], known[-1])


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that at least this share of the values does not exceed (nearest rank); ValueError for none."""
    if not values:
        raise ValueError("no value was measured")
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def ratio_to_limit(parts: Iterable[float], whole: float) -> float:
    """Return how much of its limit a run reaches: the sum of what its parts take alone over what the whole took.

    1: the run costs no more than its parts one after another; below it, the rest is overhead.
    """
    if whole <= 0:
        raise ValueError(f"a run that took {whole} has no limit")
    return sum(parts) / whole


def per_100k(cpu_s: float, records: int) -> float:
    """Return CPU seconds per 100,000 records."""
    return cpu_s / records * 100_000


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests to the object store for one hour of one camera's video."""

    per_camera_hour: float
    per_segment: float
    one_by_one: float
    """The same hour as one JPEG per frame: each is put, read by the detector and deleted once."""

    @property
    def ratio(self) -> float:
        """Return ours over one by one."""
        return self.per_camera_hour / self.one_by_one


#: What each frame costs when it is an object of its own: put, get by the detector, delete.
CALLS_PER_FRAME = 3


def requests_per_camera_hour(counted: Mapping[str, int], segments: int, video_s: float, fps: float) -> Requests:
    """Return what the counted requests of a run over so many segments and seconds of video come to in an hour."""
    total = sum(counted.values())
    return Requests(total / video_s * 3600, total / segments, CALLS_PER_FRAME * fps * 3600)
