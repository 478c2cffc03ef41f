"""The result as JSON for scripts: means over the seeds, in one fixed shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any

from app.evaluation.metrics import Result
from app.evaluation.trial import Trial


def as_figures(trial: Trial) -> dict[str, Any]:
    """Return limits and policies; counts are whole where the seeds agree."""
    return {
        "limits": {"entropy_ratio": trial.limits},
        "policies": {name: _figures(results) for name, results in trial.results.items()},
    }


def in_full(trial: Trial) -> dict[str, Any]:
    """Return the same with every measure of every seed."""
    return as_figures(trial) | {
        "budget_bytes": trial.budget_bytes,
        "frames": trial.frames,
        "seeds": {name: [asdict(one) for one in results] for name, results in trial.results.items()},
    }


def _figures(results: Sequence[Result]) -> dict[str, Any]:
    first = results[0]
    return {
        "kept": mean_count(results, lambda one: one.kept),
        "bytes": mean_count(results, lambda one: one.bytes),
        "entropy_ratio": {name: fmean(one.spread[name].entropy_ratio for one in results) for name in first.spread},
        "joint_cells": {
            "occupied": mean_count(results, lambda one: one.cells.occupied),
            "seen": mean_count(results, lambda one: one.cells.seen),
        },
        "recall": {value: fmean(one.recall.get(value, 0.0) for one in results) for value in first.recall},
        "distinct_clips": mean_count(results, lambda one: one.distinct_clips),
        "us_per_candidate": fmean(one.us_per_candidate for one in results),
    }


def mean_count(results: Sequence[Result], of: Callable[[Result], int]) -> int | float:
    """Return the mean of a count over the seeds, an int where it is whole."""
    mean = fmean(of(one) for one in results)
    return int(mean) if mean == int(mean) else mean
