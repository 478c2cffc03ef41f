"""The result as one HTML file with pictures that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from importlib.resources import files
from pathlib import Path

from app.commands.screen import amount_of_bytes, count
from app.curation.policy import Policy, revised
from app.errors import OperatorError
from app.evaluation import pictures
from app.evaluation.labels import Findings
from app.evaluation.metrics import Result
from app.evaluation.report_tables import at_a_glance, front_table, rare_table, ways_table
from app.evaluation.trial import OURS, Scene, Trial, at_share, run_trial, try_policy

BUDGETS = (0.01, 0.05, 0.10, 0.20)
CLIP_WEIGHTS = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0)

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
    found = None
    if len(set(scenes(0).truth.clips)) < trial.frames:
        say("report: front over the clip weight")
        found = front(scenes(0), policy, window_frames)
    page = _page(source, trial, by_budget, found, policy, window_frames, findings)
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"report {path}", str(error), "name a file in a folder that can be written") from error


def front(scene: Scene, policy: Policy, window_frames: int) -> dict[float, Result]:
    """Return what our policy keeps for each clip weight, its own among them."""
    found = {}
    for weight in sorted({*CLIP_WEIGHTS, policy.redundancy.clip_weight}):
        redundancy = policy.redundancy.model_dump() | {"clip_weight": weight}
        found[weight], _ = try_policy(scene, revised(policy, redundancy=redundancy), window_frames)
    return found


def _page(
    source: str,
    trial: Trial,
    by_budget: dict[float, Trial],
    found: dict[float, Result] | None,
    policy: Policy,
    window_frames: int,
    findings: Findings,
) -> str:
    ours = trial.results[OURS][0]
    names = list(ours.spread)
    sections = [
        f"<h1>What a policy keeps of {escape(source.rsplit('/', 1)[-1])}</h1>",
        f'<p class="note">{count(ours.kept)} of {count(trial.frames)} frames kept: {amount_of_bytes(ours.bytes)} of a '
        f"budget of {amount_of_bytes(trial.budget_bytes)}. Windows of {count(window_frames)} frames, policy "
        f"<code>{policy.hash}</code>. Entropy is that of the values divided by that of an even spread, unknown left "
        "out: 1 is as diverse as it can be. The supply limit is what no selection of as many frames can exceed.</p>",
        at_a_glance(trial),
        "<h2>Every way, for the same bytes</h2>",
        *ways_table(trial),
        "<h2>Distributions: seen, kept, target</h2>",
        _figures((name, "", pictures.distribution(ours.spread[name])) for name in names),
        "<h2>Entropy of the archive over time</h2>",
        _figures((name, "", pictures.entropy_over_time(trial, name)) for name in names),
        "<h2>Coverage of the combinations</h2>",
        *_coverage(trial),
        "<h2>Rare values</h2>",
        '<p class="note">Values in fewer than 1 % of the frames: kept at 1, 5, 10 and 20 % of the bytes.</p>',
        rare_table(trial),
        _figures((value, "recall", pictures.recall(by_budget, value)) for value in ours.latency),
        "<h2>Entropy against the budget</h2>",
        _figures((name, "", pictures.entropy_by_budget(by_budget, name)) for name in names),
        "<h2>Clips and bytes</h2>",
        _figures(
            (
                ("distinct clips", "", pictures.by_way(trial, lambda one: one.distinct_clips)),
                ("megabytes kept", "", pictures.by_way(trial, lambda one: one.bytes / 1e6)),
            )
        ),
    ]
    if found is not None:
        sections += [
            "<h2>Entropy against distinct clips, over the clip weight</h2>",
            '<p class="note">Every point is a clip_weight; the policy’s own is marked in the table.</p>',
            _figures([("front", "", pictures.front(found))]),
            front_table(found, policy.redundancy.clip_weight),
        ]
    if odd := findings.lines():
        sections += ["<h2>Odd in the labels</h2>", "<ul>", *(f"<li>{escape(line)}</li>" for line in odd), "</ul>"]
    style = files("app.evaluation").joinpath("report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>roadsieve evaluate</title>'
        f"<style>{style}</style></head><body>{''.join(sections)}</body></html>"
    )


def _coverage(trial: Trial) -> list[str]:
    cells = trial.results[OURS][0].cells
    if not cells.seen:
        return ["<p>The policy has no joint attribute.</p>"]
    return [
        f'<p class="note">{cells.occupied} of {cells.seen} combinations that were seen are in the archive, '
        f"{cells.well_filled} of them at least five times. A number is how many frames were kept; a red border: "
        "seen and not kept; a gap: never seen.</p>",
        pictures.coverage(cells),
        _figures([("combinations in the archive", "", pictures.by_way(trial, lambda one: one.cells.occupied))]),
    ]


def _figures(charts: Iterable[tuple[str, str, str]]) -> str:
    drawn = (
        f"<figure><figcaption>{escape(title)} <span>{escape(unit)}</span></figcaption>{chart}</figure>"
        for title, unit, chart in charts
    )
    return f'<div class="figures">{"".join(drawn)}</div>'


def _quiet(what: str) -> None:
    """Say nothing: the report announces its own steps."""
