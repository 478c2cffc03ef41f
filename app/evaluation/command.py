"""`roadsieve evaluate`: what a policy would keep of recorded labels, beside simpler ways of choosing."""

from __future__ import annotations

import json as json_text
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from app.commands.screen import as_json, out, remarks
from app.curation.policy import Policy, revised
from app.errors import OperatorError
from app.evaluation.bursts import Shape, segments_of
from app.evaluation.confusion import confused, read_confusion
from app.evaluation.export import CATALOG, CATALOG_SUFFIXES, TOPIC_PREFIX, read_catalog, read_topic
from app.evaluation.figures import as_figures, in_full
from app.evaluation.labels import Findings, Label
from app.evaluation.reading import compare_with, read_labels
from app.evaluation.stream import sifted
from app.evaluation.supply import supply_of
from app.evaluation.table import trial_view
from app.evaluation.trial import Scene, at_share, run_trial
from app.policy_files import read_policy
from app.settings import settings
from schemas.records import SegmentExtracted

Scenes = Callable[[int], Scene]


LABELS_HELP = (
    "BDD100K or Scalabel labels (.json, .jsonl, or a folder), attributes (.csv), a catalog (.sqlite, or catalog: for "
    "that of the settings), or topic:segments.extracted."
)


def evaluate(
    labels: Annotated[str, Argument(help=LABELS_HELP)],
    policy: Annotated[Path | None, Option(help="Policy file; default the one that ships.")] = None,
    budget: Annotated[str, Option(help="Share of the bytes to keep, 5% or 0.05; default the policy's own.")] = "",
    window: Annotated[int, Option(min=1, help="Frames that are decided together.")] = 500,
    clip_length: Annotated[int, Option(min=1, help="1: a label is a frame. More: a clip of as many frames.")] = 1,
    cameras: Annotated[int, Option(min=1, help="Cameras that send clips at the same time.")] = 50,
    flicker_present: Annotated[float, Option(min=0, max=1, help="Share of a clip that shows a class it has.")] = 0.6,
    flicker_absent: Annotated[float, Option(min=0, max=1, help="Share of a clip that shows one it has not.")] = 0.005,
    confusion: Annotated[Path | None, Option(help="A detector's errors (JSON): decided on, not measured on.")] = None,
    seeds: Annotated[int, Option(min=1, help="Repeat with as many seeds and show the means.")] = 1,
    report: Annotated[Path | None, Option(help="Write a page with pictures here, all figures beside it.")] = None,
    json: Annotated[bool, Option("--json", help="Write JSON for scripts.")] = False,
) -> None:
    """Try a policy on labels: what it keeps, beside eight other ways of choosing and the limit that the supply sets.

    Example: [bold]roadsieve evaluate det_val.json --budget 5% --report report.html[/bold]
    """
    if report is not None and not report.absolute().parent.is_dir():
        raise OperatorError(f"report {report}", "its folder does not exist", "name a file in a folder that does")
    _, base = read_policy(policy)
    findings = Findings()
    chosen = at_share(base, share_of(budget))
    shape = Shape(clip_length, cameras, flicker_present, flicker_absent)
    scenes, chosen = _open(labels, chosen, shape, confusion, findings)
    trial = run_trial(scenes, range(seeds), chosen, window, _say)
    if report is not None:
        from app.evaluation.report import write_report  # a long module that the table does not need

        write_report(report, labels, trial, scenes, chosen, window, findings, _say)
        report.with_suffix(".json").write_text(json_text.dumps(in_full(trial), indent=1), encoding="utf-8")
        remarks.print(f"wrote {report} and {report.with_suffix('.json')}")
    if json:
        as_json(as_figures(trial))
        for line in findings.lines():
            remarks.print(f"note: {line}", markup=False)
    else:
        out.print(trial_view(trial, findings, out.width))


def share_of(text: str) -> float | None:
    """Read a budget, "5%" or "0.05"; None for an empty text. Raises OperatorError."""
    if not text:
        return None
    try:
        share = float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise OperatorError(f"budget {text!r}", "is no share of the bytes seen", "write 5% or 0.05, from 0 to 100%")
    return share


def _open(
    labels: str, policy: Policy, shape: Shape, confusion: Path | None, findings: Findings
) -> tuple[Scenes, Policy]:
    if labels.startswith(TOPIC_PREFIX) or labels == CATALOG or labels.endswith(CATALOG_SUFFIXES):
        if labels.startswith(TOPIC_PREFIX):
            segments = read_topic(labels.removeprefix(TOPIC_PREFIX), settings())
        else:
            path = None if labels == CATALOG else Path(labels)
            segments = read_catalog(path, settings(), policy.still_bytes_per_px)
        if not any(segment.frames for segment in segments):
            raise OperatorError(f"labels {labels}", "holds no frame", "replay videos first")
        scene = Scene(segments, supply_of(segments, policy))
        return (lambda seed: scene), policy
    found = read_labels(Path(labels), findings)
    compare_with(policy, found, findings)
    policy = revised(policy, keep="stills")  # labels come from pictures: there is no video to keep
    table = None if confusion is None else read_confusion(confusion)

    @lru_cache(maxsize=1)
    def scenes(seed: int) -> Scene:
        def stream_of(said: list[Label]) -> list[SegmentExtracted]:
            own = Shape(shape.clip_frames, shape.cameras, shape.seen_ratio, shape.invented_ratio, seed)
            return sifted(segments_of(said, own, policy.still_bytes_per_px), policy)

        true = stream_of(found)
        return Scene(true if table is None else stream_of(confused(found, table, seed)), supply_of(true, policy))

    return scenes, policy


def _say(what: str) -> None:
    remarks.print(f"[dim]{what}[/]")
