"""How the tally looks while the demo runs: a small table on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from app.commands.screen import amount_of_bytes, count, share, span
from app.demo.tally import Tally
from app.intake.outcome import ReplayProgress


@dataclass(frozen=True, slots=True)
class Moment:
    """What is shown at one moment."""

    phase: str
    since_s: float
    replay: ReplayProgress
    tally: Tally


def picture(moment: Moment) -> RenderableType:
    """Return the live display."""
    return Group(Text(""), _heading(moment), Text(""), _stages(moment.tally), Text(""), *_totals(moment.tally))


def line(moment: Moment) -> str:
    """Return the same on one line, for logs."""
    tally = moment.tally
    stages = ", ".join(
        f"{stage} {meter.done}" + (f" (+{meter.waiting})" if meter.waiting else "")
        for stage, meter in tally.stages.items()
    )
    kept = f"kept {count(tally.frames_kept)} of {count(tally.frames)} frames, {amount_of_bytes(tally.bytes_kept)}"
    return f"{span(moment.since_s):>8}  {moment.phase}; sent {count(moment.replay.segments)}; {stages}; {kept}"


def _heading(moment: Moment) -> Text:
    replay = moment.replay
    files = f"{replay.files_done} of {replay.files} videos sent" if replay.files else "looking for videos"
    return Text.assemble(
        ("  roadsieve", "bold"), f"   {files}, {count(replay.segments)} segments, {amount_of_bytes(replay.bytes)}",
        (f"   {moment.phase}, {span(moment.since_s)}", "dim"),
    )  # fmt: skip


def _stages(tally: Tally) -> Table:
    shown = Table(box=None, padding=(0, 2), header_style="dim")
    for column in ("stage", "segments", "per s", "waiting"):
        shown.add_column(column, justify="left" if column == "stage" else "right", min_width=9)
    shown.add_column("", min_width=26)
    most = max(1, *(meter.waiting for meter in tally.stages.values()))
    for stage, meter in tally.stages.items():
        slowest = stage == tally.slowest
        remark = "slowest" if slowest else "collects its window" if stage == "curator" and meter.waiting else ""
        queue = "▪" * round(16 * meter.waiting / most) if meter.waiting else ""
        rate = f"{meter.per_s:.1f}" if meter.per_s else "–"
        style = "yellow" if slowest else "dim"
        shown.add_row(
            stage, count(meter.done), rate, count(meter.waiting), Text(f"{queue} {remark}".strip(), style=style)
        )
    return shown


def _totals(tally: Tally) -> list[Text]:
    letters = Text(f"  dead letters  {tally.letters}", style="red") if tally.letters else Text("")
    return [
        Text.assemble(
            ("  seen  ", "dim"),
            f"{count(tally.segments)} segments, {count(tally.frames)} frames, "
            f"{count(tally.duplicates)} near-duplicates, {amount_of_bytes(tally.bytes_seen)}",
        ),
        Text.assemble(
            ("  kept  ", "dim"),
            (f"{count(tally.frames_kept)} frames, {amount_of_bytes(tally.bytes_kept)}", "green"),
            f", {share(tally.bytes_kept, tally.bytes_seen)} of the bytes",
        ),
        letters,
    ]
