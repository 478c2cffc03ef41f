"""What is said at the end: the archives, the share kept, sample decisions with their reasons, where things lie, dead letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from app.commands.archive_table import archive_view
from app.commands.screen import amount_of_bytes, count, share
from app.demo.samples import Sample
from app.demo.tally import Tally
from app.intake.outcome import ReplaySummary
from schemas.records import ArchiveDistribution

_SIGNS = {"kept": "[green]kept[/]", "missed": "left", "duplicate": "[dim]same[/]"}


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """Everything a run came to."""

    replay: ReplaySummary
    tally: Tally
    archives: Mapping[str, ArchiveDistribution]
    samples: Sequence[Sample]
    archive_folder: Path
    catalog: Path


def summary_view(summary: DemoSummary) -> RenderableType:
    """Return the summary for a terminal."""
    parts: list[RenderableType] = [Text("")]
    for archive in summary.archives.values():
        parts += [archive_view(archive)]
    if summary.samples:
        parts += [Text.assemble(("decisions", "bold"), (" of this run, some of each kind", "dim")), _decisions(summary.samples)]
    parts += [_this_run(summary), _places(summary)]
    return Group(*parts)


def _this_run(summary: DemoSummary) -> Text:
    tally, replay = summary.tally, summary.replay
    if tally.segments == 0:
        if replay.sent + replay.sent_before == 0:
            return Text("Nothing could be used.\n")
        return Text("Nothing new: these videos were sent before; nothing was archived or counted twice.\n")
    kept = f"{count(tally.frames_kept)} of {count(tally.frames)} frames and {amount_of_bytes(tally.bytes_kept)} of "
    return Text.assemble(
        ("this run kept ", "bold"), (kept + amount_of_bytes(tally.bytes_seen), "bold"),
        f", {share(tally.bytes_kept, tally.bytes_seen)} of the bytes; {count(tally.duplicates)} frames were near-duplicates.\n",
    )  # fmt: skip


def _places(summary: DemoSummary) -> RenderableType:
    places = Table.grid(padding=(0, 2))
    places.add_row("[dim]pictures[/]", escape(str(summary.archive_folder)))
    places.add_row("[dim]catalog[/]", escape(str(summary.catalog)))
    places.add_row("[dim]again[/]", "roadsieve stats   roadsieve letters list   roadsieve broker start")
    if summary.tally.letters:
        places.add_row("[red]letters[/]", f"{summary.tally.letters} records could not be used: roadsieve letters list")
    return places


def _decisions(samples: Sequence[Sample]) -> RenderableType:
    shown = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for _ in range(3):
        shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    for sample in samples:
        decision = sample.decision
        where = f"{escape(_short(sample.facts.clip_name))} [dim]at {sample.clip_at_s:.1f} s[/]"
        gain = f"gain {decision.gain:.3g}" if decision.rank >= 0 else ""
        shown.add_row(_SIGNS[sample.kind], where, f"[dim]{gain}[/]", escape("; ".join(decision.reasons)))
    return Group(shown, Text(""))


def _short(name: str, most: int = 28) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def summary_json(summary: DemoSummary) -> dict[str, Any]:
    """Return the summary for scripts."""
    tally = summary.tally
    return {
        "replay": asdict(summary.replay),
        "segments": tally.segments, "frames": tally.frames, "duplicates": tally.duplicates,
        "frames_kept": tally.frames_kept, "bytes_seen": tally.bytes_seen, "bytes_kept": tally.bytes_kept,
        "dead_letters": tally.letters,
        "archives": {name: asdict(archive) for name, archive in summary.archives.items()},
        "decisions": [
            {
                "clip": sample.facts.clip_name, "clip_at_s": sample.clip_at_s, "kept": sample.decision.kept,
                "gain": sample.decision.gain, "rank": sample.decision.rank, "reasons": list(sample.decision.reasons),
            }
            for sample in summary.samples
        ],
        "archive_folder": str(summary.archive_folder), "catalog": str(summary.catalog),
    }  # fmt: skip
