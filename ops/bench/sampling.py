"""What looking costs by sampling, as a section of the measurements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ops.bench.media import measure
from ops.bench.report import Section


def sampling(files: Sequence[Path], rounds: int, say: Callable[[str], None]) -> Section:
    """Measure cutting, decoding and each sampling of some videos."""
    costs = {}
    for path in files:
        say(f"media: {path.name}")
        costs[path.stem] = measure(path, rounds)
    kinds = list(next(iter(costs.values())))
    section = Section("media", "CPU seconds per second of video (ratio to decoding alone)", ("video", *kinds))
    for name, cost in costs.items():
        section.rows.append((name, *(f"{cost[kind]:.4f} ({cost[kind] / cost['decode only']:.2f})" for kind in kinds)))
    section.figures = costs
    section.limits = "the decoder: pictures between two keyframes must be decoded whether they are looked at or not."
    return section
