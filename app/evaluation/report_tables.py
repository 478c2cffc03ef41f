"""The tables of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import isinf
from statistics import fmean

from app.commands.screen import amount_of_bytes, count
from app.evaluation.baselines import BASELINES
from app.evaluation.metrics import Result
from app.evaluation.trial import KEEP_ALL, OURS, Trial


def at_a_glance(trial: Trial) -> str:
    """Return for each attribute the entropy kept, beside what was seen, the best other way and the supply limit."""
    cards = []
    for name in trial.results[OURS][0].spread:
        best, way = max((_entropy(trial.results[way], name), way) for way in trial.results if way in BASELINES)
        seen = _entropy(trial.results[KEEP_ALL], name)
        cards.append(
            f"<div>{escape(name)}<b>{_entropy(trial.results[OURS], name):.3f}</b><small>seen {seen:.3f}, supply limit "
            f"{trial.limits[name]:.3f}</small><small>best other way {best:.3f}, {way}</small></div>"
        )
    return f'<div class="cards">{"".join(cards)}</div>'


def ways_table(trial: Trial) -> list[str]:
    """Return two tables of all ways: what was kept and how diverse it is; how far from the target, at what cost."""
    names = list(trial.results[OURS][0].spread)
    kept, far = [], []
    for way, results in trial.results.items():
        one, style = results[0], "ours" if way == OURS else ""
        kept.append(
            _row(
                way,
                [
                    count(one.kept),
                    amount_of_bytes(one.bytes),
                    *(f"{_entropy(results, name):.3f}" for name in names),
                    *(f"{one.spread[name].effective_number:.2f}" for name in names),
                    f"{one.cells.occupied}",
                    f"{one.cells.well_filled}",
                ],
                style,
            )
        )
        far.append(
            _row(
                way,
                [
                    *(_nats(one.spread[name].kl_nats) for name in names),
                    *(f"{one.spread[name].js_nats:.3f}" for name in names),
                    count(one.distinct_clips),
                    count(round(one.effective_clips)),
                    count(one.alike_pairs),
                    f"{one.us_per_candidate:.1f}",
                    amount_of_bytes(one.state_bytes) if one.state_bytes else "",
                ],
                style,
            )
        )
    limits = ["", "", *(f"{trial.limits[name]:.3f}" for name in names), *("" for _ in names)]
    kept.append(_row("supply limit", [*limits, f"{trial.results[OURS][0].cells.seen}", ""], "faint"))
    effective, kl, js = ([f"{name} {word}" for name in names] for word in ("eff.", "KL", "JS"))
    return [
        _table(["way", "kept", "bytes", *names, *effective, "cells", "with 5"], kept),
        '<p class="note">eff.: effective number of values, exp H. Cells: combinations in the archive.</p>',
        _table(["way", *kl, *js, "clips", "eff. clips", "alike pairs", "µs/frame", "state"], far),
        '<p class="note">KL, JS: divergence from the target in nats, ∞ where a wanted value was not kept. Alike pairs: '
        "kept frames of one clip that the labels do not tell apart. µs: CPU per candidate.</p>",
    ]


def rare_table(trial: Trial) -> str:
    """Return for each rare value what was kept, and how long after its first sight the first one was."""
    rows = []
    for value, latency in trial.results[OURS][0].latency.items():
        attribute, _, word = value.partition("=")
        best, way = max((_kept(trial.results[way], attribute, word), way) for way in BASELINES)
        rows.append(
            _row(
                value,
                [
                    count(trial.results[OURS][0].spread[attribute].seen[word]),
                    f"{_kept(trial.results[OURS], attribute, word):g}",
                    f"{best:g} ({way})",
                    "never" if latency is None else f"{count(latency)} frames",
                ],
            )
        )
    return _table(["value", "seen", "kept", "best other way", "first kept after"], rows)


def front_table(found: Mapping[float, Result], own: float) -> str:
    """Return clips and entropies for each clip weight, the policy's own marked."""
    names = list(next(iter(found.values())).spread)
    rows = [
        _row(
            f"{weight:g}",
            [count(one.distinct_clips), *(f"{one.spread[name].entropy_ratio:.4f}" for name in names)],
            "ours" if weight == own else "",
        )
        for weight, one in found.items()
    ]
    return _table(["clip_weight", "distinct clips", *names], rows)


def _entropy(results: Sequence[Result], name: str) -> float:
    return fmean(one.spread[name].entropy_ratio for one in results)


def _kept(results: Sequence[Result], attribute: str, word: str) -> float:
    return fmean(one.spread[attribute].kept.get(word, 0) for one in results)


def _nats(value: float) -> str:
    return "∞" if isinf(value) else f"{value:.3f}"


def _table(heads: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _row(name: str, cells: Iterable[str], style: str = "") -> str:
    marked = f' class="{style}"' if style else ""
    return f"<tr{marked}><td>{escape(name)}</td>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
