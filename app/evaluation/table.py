"""The result as a table on a terminal."""

from __future__ import annotations

from statistics import fmean

from rich.console import Group, RenderableType
from rich.text import Text

from app.commands.screen import amount_of_bytes, count, table
from app.evaluation.baselines import BASELINES
from app.evaluation.figures import mean_count
from app.evaluation.labels import Findings
from app.evaluation.metrics import Result
from app.evaluation.trial import KEEP_ALL, OURS, Trial

#: Columns that a terminal of 80 has no room for.
WIDE_COLUMNS = 112


def trial_view(trial: Trial, findings: Findings, width_columns: int) -> RenderableType:
    """Return the table of all ways, the supply limit, the rare values, and what was odd about the labels.

    On a narrow terminal bytes, rare frames and time per candidate are left out; the JSON has everything.
    """
    names = list(trial.results[OURS][0].spread)
    wide = width_columns >= WIDE_COLUMNS
    columns = ["way", "kept", *names, "cells", "clips", *(("bytes", "rare", "µs") if wide else ())]
    shown = table(*columns, right=columns[1:])
    shown.padding = (0, 1, 0, 0)
    others = [results for way, results in trial.results.items() if way != KEEP_ALL]
    best = {name: max(_entropy(results, name) for results in others) for name in names}
    for way, results in trial.results.items():
        rest = (
            amount_of_bytes(mean_count(results, lambda one: one.bytes)),
            f"{sum(_rare(results, value)[0] for value in results[0].latency):g}",
            f"{fmean(one.us_per_candidate for one in results):.1f}",
        )
        shown.add_row(
            f"[bold green]{way}[/]" if way == OURS else way,
            count(mean_count(results, lambda one: one.kept)),
            *(_marked(_entropy(results, name), best[name]) for name in names),
            f"{mean_count(results, lambda one: one.cells.occupied):g}",
            count(mean_count(results, lambda one: one.distinct_clips)),
            *(rest if wide else ()),
        )
    limits, cells = (f"{trial.limits[name]:.3f}" for name in names), f"{trial.results[OURS][0].cells.seen}"
    shown.add_row("supply limit", "", *limits, cells, "", *("" for _ in (rest if wide else ())), style="dim")
    state_bytes = trial.results[OURS][0].state_bytes
    notes = [
        f"{count(trial.frames)} frames, budget {amount_of_bytes(trial.budget_bytes)}, "
        f"state {amount_of_bytes(state_bytes)}. Attributes: entropy over its largest value, unknown left out. "
        "Rare: kept frames of values below 1 %. Cells: combinations kept.",
        *(_rare_line(trial, value) for value in trial.results[OURS][0].latency),
        *findings.lines(),
    ]
    return Group(shown, *(Text(note, style="dim") for note in notes))


def _entropy(results: list[Result], name: str) -> float:
    return fmean(one.spread[name].entropy_ratio for one in results)


def _marked(value: float, best: float) -> str:
    return f"[bold]{value:.3f}[/]" if value >= best else f"{value:.3f}"


def _rare(results: list[Result], value: str) -> tuple[float, float]:
    attribute, _, word = value.partition("=")
    spreads = [one.spread[attribute] for one in results]
    return fmean(one.kept.get(word, 0) for one in spreads), fmean(one.seen.get(word, 0) for one in spreads)


def _rare_line(trial: Trial, value: str) -> str:
    ours, seen = _rare(trial.results[OURS], value)
    kept, way = max((_rare(trial.results[way], value)[0], way) for way in trial.results if way in BASELINES)
    return f"{value}: {ours:g} of {seen:g} kept; best other way {kept:g} ({way})"
