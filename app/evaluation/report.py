"""The result as one HTML file with pictures that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from statistics import fmean

from app.curation.policy import Policy, revised
from app.errors import OperatorError
from app.evaluation.chart import bars, lines
from app.evaluation.labels import Findings
from app.evaluation.metrics import Result
from app.evaluation.trial import KEEP_ALL, OFFLINE, OURS, Scene, Trial, at_share, run_trial, try_policy

BUDGETS = (0.01, 0.05, 0.10, 0.20)
CLIP_WEIGHTS = (0.0, 0.1, 0.2, 0.35, 0.5, 1.0, 2.0)

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 1180px; margin: 2em auto; padding: 0 1em; color: #1c2126 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; display: block; overflow-x: auto }
td, th { padding: .2em .7em; text-align: right }
td:first-child, th:first-child { text-align: left }
tr:first-child th { border-bottom: 1px solid #888 }
tr.ours td { font-weight: 600; background: #eef7f2 }
figure { display: inline-block; margin: .5em 1em .5em 0; width: 560px }
figcaption { font-weight: 600 } svg text { font: 11px system-ui, sans-serif; fill: #333 } p.note { color: #666 }
"""

Scenes = Callable[[int], Scene]


def write_report(
    path: Path,
    source: str,
    trial: Trial,
    scenes: Scenes,
    policy: Policy,
    window_frames: int,
    findings: Findings,
    say: Callable[[str], None],
) -> None:
    """Write the report: tries budgets of 1, 5, 10, 20 % and, for clips, several clip weights. Raises OperatorError."""
    by_budget: dict[float, Trial] = {}
    for share in BUDGETS:
        say(f"report: budget {share:.0%}")
        by_budget[share] = run_trial(scenes, [0], at_share(policy, share), window_frames, _quiet)
    ours = trial.results[OURS][0]
    names = list(ours.spread)
    sections = [
        f"<h1>What a policy keeps of {escape(source)}</h1>",
        f"<p>{trial.frames} frames, windows of {window_frames}, budget {trial.budget_bytes} bytes, policy "
        f"<code>{policy.hash}</code>. Entropies are ratios of the largest possible value; unknown is left out.</p>",
        _table(trial, names),
        "<h2>Distributions: seen, kept, target</h2>",
        *(_figure(name, _distribution(ours, name)) for name in names),
        "<h2>Entropy of the archive over time</h2>",
        *(_figure(name, _over_time(trial, name)) for name in names),
        "<h2>Combinations of attributes in the archive</h2>",
        _figure(f"of {ours.cells.seen} seen", _cells(trial)),
        "<h2>Recall of rare values against the budget</h2>",
        *(_figure(value, _recall(by_budget, value)) for value in ours.latency),
        "<h2>Entropy against the budget</h2>",
        *(_figure(name, _by_budget(by_budget, name)) for name in names),
        "<h2>Clips and bytes</h2>",
        _figure("distinct clips", _per_way(trial, lambda one: one.distinct_clips, "clips")),
        _figure("bytes kept", _per_way(trial, lambda one: one.bytes, "bytes")),
    ]
    clips = len(set(scenes(0).truth.clips))
    if clips < trial.frames:
        say("report: front over the clip weight")
        sections += [
            "<h2>Entropy against distinct clips, over the clip weight</h2>",
            *_front(scenes(0), policy, window_frames),
        ]
    if found := findings.lines():
        sections += ["<h2>Odd in the labels</h2>", "<ul>", *(f"<li>{escape(line)}</li>" for line in found), "</ul>"]
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>roadsieve evaluate</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(sections)}</body></html>"
    )
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"report {path}", str(error), "name a file in a folder that can be written") from error


def front(scene: Scene, policy: Policy, window_frames: int) -> dict[float, Result]:
    """Return what our policy keeps for each clip weight."""
    found = {}
    for weight in CLIP_WEIGHTS:
        redundancy = policy.redundancy.model_dump() | {"clip_weight": weight}
        found[weight], _ = try_policy(scene, revised(policy, redundancy=redundancy), window_frames)
    return found


def _front(scene: Scene, policy: Policy, window_frames: int) -> list[str]:
    found = front(scene, policy, window_frames)
    names = list(next(iter(found.values())).spread)
    series = {
        name: sorted((float(one.distinct_clips), one.spread[name].entropy_ratio) for one in found.values())
        for name in names
    }
    rows = "".join(
        f"<tr><td>{weight:g}</td><td>{one.distinct_clips}</td>"
        + "".join(f"<td>{one.spread[name].entropy_ratio:.4f}</td>" for name in names)
        + "</tr>"
        for weight, one in found.items()
    )
    head = "".join(f"<th>{escape(name)}</th>" for name in ("clip_weight", "distinct clips", *names))
    return [_figure("front", lines(series, "distinct clips", "entropy ratio")), f"<table><tr>{head}</tr>{rows}</table>"]


def _table(trial: Trial, names: Sequence[str]) -> str:
    measures = [*names, *(f"{name} KL" for name in names), *(f"{name} JS" for name in names)]
    last = ["cells", "with 5", "clips", "effective", "alike pairs", "µs/frame", "state bytes"]
    head = "".join(f"<th>{escape(name)}</th>" for name in ["way", "kept", "bytes", *measures, *last])
    rows = []
    for way, results in trial.results.items():
        one = results[0]
        cells = [
            str(one.kept),
            str(one.bytes),
            *(f"{fmean(each.spread[name].entropy_ratio for each in results):.3f}" for name in names),
            *(f"{one.spread[name].kl_nats:.3f}" for name in names),
            *(f"{one.spread[name].js_nats:.3f}" for name in names),
            f"{one.cells.occupied}/{one.cells.seen}",
            str(one.cells.well_filled),
            str(one.distinct_clips),
            f"{one.effective_clips:.0f}",
            str(one.alike_pairs),
            f"{one.us_per_candidate:.1f}",
            str(one.state_bytes or ""),
        ]
        style = ' class="ours"' if way == OURS else ""
        rows.append(f"<tr{style}><td>{way}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    limit = "".join(f"<td>{trial.limits[name]:.3f}</td>" for name in names)
    rows.append(f"<tr><td>supply limit</td><td></td><td></td>{limit}</tr>")
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _distribution(result: Result, name: str) -> str:
    spread = result.spread[name]
    values = list(spread.seen)

    def ratios(counts: Mapping[str, int]) -> list[float]:
        total = sum(counts.values()) or 1
        return [counts[value] / total for value in values]

    target = [spread.target[value] for value in values]
    return bars(values, {"seen": ratios(spread.seen), "kept": ratios(spread.kept), "target": target}, "share")


def _over_time(trial: Trial, name: str) -> str:
    def points(result: Result) -> list[tuple[float, float]]:
        found = result.entropy_over_time[name]
        return [(trial.frames * (number + 1) / len(found), value) for number, value in enumerate(found)]

    ways = {way: points(results[0]) for way, results in trial.results.items() if way not in (OFFLINE, KEEP_ALL)}
    return lines(ways, "frames seen", "entropy ratio", dots=False)


def _by_budget(by_budget: Mapping[float, Trial], name: str) -> str:
    ways = [way for way in next(iter(by_budget.values())).results if way != KEEP_ALL]
    series = {
        way: [(100 * share, trial.results[way][0].spread[name].entropy_ratio) for share, trial in by_budget.items()]
        for way in ways
    }
    limit = {"supply limit": [(100 * share, trial.limits[name]) for share, trial in by_budget.items()]}
    return lines(series | limit, "budget, %", "entropy ratio")


def _recall(by_budget: Mapping[float, Trial], value: str) -> str:
    ways = [way for way in next(iter(by_budget.values())).results if way != KEEP_ALL]
    series = {
        way: [(100 * share, trial.results[way][0].recall.get(value, 0.0)) for share, trial in by_budget.items()]
        for way in ways
    }
    return lines(series, "budget, %", "recall")


def _cells(trial: Trial) -> str:
    return _per_way(trial, lambda one: one.cells.occupied, "cells kept")


def _per_way(trial: Trial, of: Callable[[Result], int], title: str) -> str:
    ways = [way for way in trial.results if way != KEEP_ALL]
    return bars(ways, {title: [float(of(trial.results[way][0])) for way in ways]}, title)


def _figure(title: str, chart: str) -> str:
    return f"<figure><figcaption>{escape(title)}</figcaption>{chart}</figure>"


def _quiet(what: str) -> None:
    """Say nothing: the report announces its own steps."""
