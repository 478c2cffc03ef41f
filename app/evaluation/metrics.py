"""What a way of choosing kept, measured against what there was and what was wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from app.curation.attributes import JointAttribute
from app.curation.entropy import effective_number, entropy_ratio, js_divergence, kl_divergence
from app.evaluation.supply import Supply

RARE_RATIO = 0.01
WELL_FILLED = 5


@dataclass(frozen=True, slots=True)
class Spread:
    """How the kept frames lie over one attribute."""

    entropy_ratio: float
    effective_number: float
    kl_nats: float
    """KL(target || kept); infinite where a wanted value was not kept."""
    js_nats: float
    seen: dict[str, int]
    kept: dict[str, int]
    target: dict[str, float]


@dataclass(frozen=True, slots=True)
class Cells:
    """How many combinations of attributes are in the archive."""

    occupied: int
    well_filled: int
    """With at least five frames."""
    seen: int
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Values joined by " | " -> (seen, kept)."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one way of choosing came to."""

    kept: int
    bytes: int
    spread: dict[str, Spread]
    cells: Cells
    recall: dict[str, float]
    """attribute=value -> kept share of the frames with it."""
    latency: dict[str, int | None]
    """Rare attribute=value -> frames from its first sight to the first kept; None when none was kept."""
    distinct_clips: int
    effective_clips: float
    alike_pairs: int
    """Pairs of kept frames of one clip that the labels do not tell apart."""
    us_per_candidate: float
    state_bytes: int = 0
    entropy_over_time: dict[str, list[float]] = field(default_factory=dict)
    """Attribute -> entropy ratio of what was kept, at equal distances in the stream."""


def measure(
    supply: Supply, kept: Sequence[int], spent_bytes: int, us_per_candidate: float, state_bytes: int = 0
) -> Result:
    """Measure the frames `kept`, numbers in log order."""
    numbers = np.array(sorted(kept), dtype=np.intp)
    spread: dict[str, Spread] = {}
    recall: dict[str, float] = {}
    latency: dict[str, int | None] = {}
    over_time: dict[str, list[float]] = {}
    for name in (*supply.single, *supply.several):
        shown, values, board = supply.shown(name), supply.values(name), supply.boards[name]
        seen_counts, kept_counts = shown.sum(axis=1), shown[:, numbers].sum(axis=1)
        target = board.target()[board.targeted()]
        spread[name] = Spread(
            entropy_ratio=entropy_ratio(kept_counts),
            effective_number=effective_number(kept_counts),
            kl_nats=kl_divergence(target, kept_counts),
            js_nats=js_divergence(target, kept_counts),
            seen=dict(zip(values, seen_counts.tolist(), strict=True)),
            kept=dict(zip(values, kept_counts.tolist(), strict=True)),
            target=dict(zip(values, target.tolist(), strict=True)),
        )
        for code, value in enumerate(values):
            if not seen_counts[code]:
                continue
            recall[f"{name}={value}"] = float(kept_counts[code] / seen_counts[code])
            if seen_counts[code] < RARE_RATIO * shown.shape[1]:
                first = int(shown[code].argmax())
                got = numbers[shown[code, numbers]]
                latency[f"{name}={value}"] = int(got[0]) - first if len(got) else None
        over_time[name] = _over_time(shown, numbers)
    clips = Counter(supply.clips[number] for number in numbers)
    return Result(
        kept=len(numbers),
        bytes=spent_bytes,
        spread=spread,
        cells=_cells(supply, numbers),
        recall=recall,
        latency=latency,
        distinct_clips=len(clips),
        effective_clips=effective_number(list(clips.values())) if clips else 0.0,
        alike_pairs=_alike_pairs(supply, numbers),
        us_per_candidate=us_per_candidate,
        state_bytes=state_bytes,
        entropy_over_time=over_time,
    )


def _over_time(shown: np.ndarray, numbers: np.ndarray, points: int = 40) -> list[float]:
    frames = shown.shape[1]
    cuts = [frames * (point + 1) // points for point in range(points)]
    return [entropy_ratio(shown[:, numbers[: int(np.searchsorted(numbers, cut))]].sum(axis=1)) for cut in cuts]


def _cells(supply: Supply, numbers: np.ndarray) -> Cells:
    for name, codes in supply.frames.codes.items():
        board = supply.boards[name]
        if isinstance(board.attribute, JointAttribute):
            seen, kept = (np.bincount(each, minlength=len(board.values)) for each in (codes, codes[numbers]))
            pairs = zip(board.values, seen.tolist(), kept.tolist(), strict=True)
            counts = {value: (there, got) for value, there, got in pairs if there}
            return Cells(int((kept > 0).sum()), int((kept >= WELL_FILLED).sum()), len(counts), counts)
    return Cells(0, 0, 0)


def _alike_pairs(supply: Supply, numbers: np.ndarray) -> int:
    vectors = np.packbits(supply.label_vectors()[numbers].astype(np.bool_), axis=1)
    alike = Counter((supply.clips[number], row.tobytes()) for number, row in zip(numbers, vectors, strict=True))
    return sum(count * (count - 1) // 2 for count in alike.values())
