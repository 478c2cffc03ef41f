"""What is said at the end: archives, the share kept, decisions with their reasons, where things lie, dead letters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from app.commands.archive_table import archive_view
from app.commands.screen import amount_of_bytes, count, share
from app.demo.pick import Pick
from app.demo.samples import Sample
from app.demo.tally import Tally
from app.intake.outcome import ReplaySummary
from schemas.records import ArchiveDistribution, FrameDecision

_SIGNS = {"kept": "[green]kept[/]", "missed": "left", "duplicate": "[dim]same[/]"}
_LONG_ID = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{24}\b")


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """Everything a run came to."""

    replay: ReplaySummary
    tally: Tally
    archives: Mapping[str, ArchiveDistribution]
    samples: Sequence[Sample]
    pick: Pick | None
    """What this run kept beside a random pick; None where it kept nothing."""
    archive_folder: Path
    catalog: Path
    contact_sheet: Path | None


def summary_view(summary: DemoSummary) -> RenderableType:
    """Return the summary for a terminal."""
    parts: list[RenderableType] = [Text("")]
    for archive in summary.archives.values():
        parts += [archive_view(archive)]
    if summary.samples:
        parts += [
            Text.assemble(("decisions", "bold"), (" of this run, some of each kind", "dim")),
            _decisions(summary.samples),
        ]
    parts += [_this_run(summary)]
    if summary.pick is not None:
        parts += [_against_random(summary.pick)]
    parts += [_places(summary)]
    return Group(*parts)


def _this_run(summary: DemoSummary) -> Text:
    tally, replay = summary.tally, summary.replay
    before = f"{count(replay.sent_before)} of {count(replay.files)} videos were sent before"
    if tally.segments == 0:
        again = f"Nothing new: {before}; nothing was counted or archived twice.\n"
        return Text(again if replay.sent_before else "Nothing could be used.\n", style="bold")
    kept = f"{count(tally.frames_kept)} of {count(tally.frames)} frames, {amount_of_bytes(tally.bytes_kept)} of "
    return Text.assemble(
        ("this run ", "bold"), "kept ", (kept + amount_of_bytes(tally.bytes_seen), "bold green"),
        f" ({share(tally.bytes_kept, tally.bytes_seen)}); {count(tally.duplicates)} frames were near-duplicates",
        f"; {before} and counted once\n" if replay.sent_before else "\n",
    )  # fmt: skip


def _against_random(pick: Pick) -> RenderableType:
    shown = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("", "kept", "random pick", "random, mean", "at most"):
        shown.add_column(column, justify="right" if column else "left")
    for one in pick.figures:
        values = (one.kept, one.random, one.random_mean)
        told = [f"{value:.2f}" if one.of == 1.0 else f"{value:.4g}" for value in values]
        shown.add_row(one.name, f"[bold green]{told[0]}[/]", *told[1:], f"{one.of:g}")
    heading = Text.assemble(
        ("against random", "bold"), (" as many frames, drawn by hash from all that was seen", "dim")
    )
    return Group(heading, Padding(shown, (1, 0, 1, 2)))


def _places(summary: DemoSummary) -> RenderableType:
    places = Table.grid(padding=(0, 2, 0, 0))
    places.add_column(style="dim")
    places.add_column(overflow="fold")
    if summary.contact_sheet is not None:
        places.add_row("[bold]look at[/]", f"[bold]{escape(str(summary.contact_sheet))}[/]")
    places.add_row("pictures", escape(str(summary.archive_folder)))
    places.add_row("catalog", escape(str(summary.catalog)))
    if summary.replay.skipped:
        places.add_row("unusable", f"[yellow]{len(summary.replay.skipped)} files, named above with the reason[/]")
    if summary.tally.letters:
        places.add_row("[red]letters[/]", f"{summary.tally.letters} records could not be used: roadsieve letters list")
    return places


def _decisions(samples: Sequence[Sample]) -> RenderableType:
    shown = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    for sample in samples:
        decision = sample.decision
        gain = f", gain {decision.gain:.2g}, rank {decision.rank + 1}" if decision.rank >= 0 else ""
        where = f"{escape(sample.facts.clip_name)} at {sample.clip_at_s:.1f} s"
        shown.add_row(_SIGNS[sample.kind], f"{where}[dim]{gain}[/]\n[dim]{escape(_reasons(decision))}[/]")
    return Padding(shown, (1, 0, 1, 2))


def _reasons(decision: FrameDecision) -> str:
    return _LONG_ID.sub(r"\1…", "; ".join(decision.reasons))


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
        "against_random": [asdict(one) for one in summary.pick.figures] if summary.pick else [],
        "archive_folder": str(summary.archive_folder), "catalog": str(summary.catalog),
        "contact_sheet": str(summary.contact_sheet) if summary.contact_sheet else None,
    }  # fmt: skip
