"""`roadsieve replay`: videos of this machine become segments on the topic, with a live display and exit codes."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.commands.exits import Exit
from app.commands.screen import amount_of_bytes, as_json, count, out, remarks
from app.intake.outcome import ReplayOptions, ReplayProgress, ReplaySummary
from app.intake.pace import Speed
from app.intake.replay import replay as run_replay
from app.settings import settings

Paths = Annotated[
    list[Path] | None,
    typer.Argument(help="Videos, folders of videos, BDD100K folders, user_N folders.", show_default=False),
]
Cameras = Annotated[
    int | None,
    typer.Option(min=1, help="Spread the clips over so many cameras, by their content.", show_default=False),
]
AtSpeed = Annotated[Speed, typer.Option(help="As fast as it was recorded, twice that, or as fast as it goes.")]
Archive = Annotated[str, typer.Option(help="Archive that these cameras feed.")]
Again = Annotated[bool, typer.Option("--again", help="Send also what was sent before.")]
Scenes = Annotated[bool, typer.Option("--scenes", help="Instead of videos: rendered scenes without end, for load.")]
Json = Annotated[bool, typer.Option("--json", help="Write the summary as JSON for scripts.")]


def replay(
    paths: Paths = None,
    cameras: Cameras = None,
    speed: AtSpeed = Speed.MAX,
    archive: Archive = "default",
    again: Again = False,
    scenes: Scenes = False,
    json: Json = False,
) -> None:
    """Cut videos into segments and send them as if their cameras did.

    Positions and start times come from the info JSON of the same name, else the container, else the file. What was
    sent is remembered: the same command goes on where it stopped, and a second run sends nothing twice.

    Example: [bold]roadsieve replay my-videos/ --cameras 4 --speed real[/bold]
    """
    if bool(paths) == scenes:
        raise typer.BadParameter("name videos to send, or say --scenes; not both")
    options = ReplayOptions(archive=archive, cameras=cameras, speed=speed, again=again)
    columns = (
        TextColumn("{task.fields[files]}"),
        BarColumn(20),
        TextColumn("{task.fields[sent]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=remarks, transient=True) as bars:
        summary = asyncio.run(_run_until_stopped(paths or [], options, _Display(bars)))
    if summary is None:
        remarks.print("stopped; what was sent is remembered, the same command goes on from there")
        raise typer.Exit(Exit.INTERRUPTED)
    if json:
        as_json(asdict(summary) | {"exit_code": summary.exit_code})
    else:
        _show(summary)
    raise typer.Exit(summary.exit_code)


async def _run_until_stopped(paths: list[Path], options: ReplayOptions, display: _Display) -> ReplaySummary | None:
    """Return the summary, or None when Ctrl-C or SIGTERM stopped the run: what was on its way has then arrived."""
    sending = run_replay(paths, options, settings(), display) if paths else _scenes(options, display)
    running = asyncio.ensure_future(sending)
    with suppress(NotImplementedError):  # an event loop without signals (Windows)
        for stop in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(stop, running.cancel)
    try:
        return await running
    except asyncio.CancelledError:
        return None


async def _scenes(options: ReplayOptions, display: _Display) -> ReplaySummary:
    from ops.load.endless import replay_scenes  # late: no other replay renders anything

    return await replay_scenes(options, settings(), time.time_ns(), display)


class _Display:
    """Show how far the run is, and each line above the bar."""

    def __init__(self, bars: Progress) -> None:
        self._bars, self._task = bars, bars.add_task("", total=None, files="", sent="")

    def __call__(self, progress: ReplayProgress, line: str) -> None:
        if line:
            remarks.print(line, markup=False, soft_wrap=True)
        self._bars.update(
            self._task,
            total=progress.files,
            completed=progress.files_done,
            files=f"{progress.files_done} of {progress.files} files",
            sent=f"{count(progress.segments)} segments, {amount_of_bytes(progress.bytes)}",
        )


def _show(summary: ReplaySummary) -> None:
    amounts = (
        f"{summary.sent} of {summary.files} files sent",
        f"{count(summary.segments)} segments",
        f"{count(summary.frames)} frames",
        amount_of_bytes(summary.bytes),
        f"{summary.cameras} cameras",
        *(f"{number} start times from the {source}" for source, number in sorted(summary.time_sources.items())),
    )
    out.print(", ".join(amounts), soft_wrap=True)
    if summary.sent_before:
        out.print(f"{summary.sent_before} files were sent before and not sent again (--again sends them)")
    if summary.skipped:
        out.print(f"{len(summary.skipped)} could not be used (see above)")
